/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.errors.RetriableException;
import org.junit.jupiter.api.Test;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.source.history.SourceOffset;
import org.pgqconnect.source.session.RetryException;

class ConnectFailureTest {
  private static ConnectException of(Exception failure) {
    Map<String, String> keys = new HashMap<>();
    keys.put("name", "bank");
    keys.put("database.hostname", "localhost");
    keys.put("database.dbname", "p");
    keys.put("database.user", "u");
    keys.put("topic.prefix", "t");
    keys.put("queue.name", "q");
    return ConnectFailure.of(new PgqSourceConfig(keys).session(), failure);
  }

  @Test
  void whatAnOperatorMustDoFailsTheTaskWithTheWholeCommand() {
    SQLException cause = new SQLException("denied", "42501");
    StopException stop = new StopException("Do: " + Remedy.ofQueue("q").install(), cause);
    ConnectException failure = of(stop);
    assertThat(failure)
        .isExactlyInstanceOf(ConnectException.class)
        .hasMessageStartingWith("Do: ./pgq-connect provider install --host localhost ")
        .hasMessageEndingWith(" --queue q")
        .hasCause(cause);
    assertThat(failure.getStackTrace()).as("of where it was found").isEqualTo(stop.getStackTrace());
    assertThat(of(new StopException("Nothing to complete")))
        .isExactlyInstanceOf(ConnectException.class)
        .hasMessage("Nothing to complete")
        .hasNoCause();
  }

  @Test
  void whatHappensWhileAFailureIsHandledStaysInTheTrace() {
    StopException stop = new StopException("x");
    stop.addSuppressed(new SQLException("no rollback"));
    assertThat(of(stop).getSuppressed()).containsExactly(stop.getSuppressed());
  }

  @Test
  void whatMayPassIsPolledAgain() {
    assertThat(of(new RetryException("Another session reads: " + Remedy.ofQueue("q").install())))
        .isExactlyInstanceOf(RetriableException.class)
        .hasMessageStartingWith("Another session reads: ./pgq-connect provider install --host ");
    SQLException lost = new SQLException("connection lost", "08006");
    assertThat(of(lost))
        .isExactlyInstanceOf(RetriableException.class)
        .hasMessageEndingWith(". Trying again")
        .hasCause(lost);
    assertThat(of(new SQLException("canceling statement due to lock timeout", "55P03")))
        .isExactlyInstanceOf(RetriableException.class);
  }

  @Test
  void theRestFailsTheTask() {
    SQLException missing = new SQLException("relation \"pgq.queue\" does not exist", "42P01");
    assertThat(of(missing)).isExactlyInstanceOf(ConnectException.class).hasCause(missing);
    IllegalStateException unexpected = new IllegalStateException("No row");
    assertThat(of(unexpected))
        .isExactlyInstanceOf(ConnectException.class)
        .hasMessageContaining("failed: java.lang.IllegalStateException: No row")
        .hasCause(unexpected);
  }

  @Test
  void whatKafkaSaysStays() {
    DataException data = new DataException("Invalid value");
    RetriableException retriable = new RetriableException("later");
    assertThat(of(data)).isSameAs(data);
    assertThat(of(retriable)).isSameAs(retriable);
  }

  @Test
  void anOffsetThatIsNoneOfOursIsRefusedInConnectsTerms() {
    assertThatThrownBy(
            () ->
                new PgqSourceConnector()
                    .alterOffsets(
                        Map.of("queue.name", "q"),
                        Map.of(SourceOffset.partition("q"), Map.of("tick_id", 1L))))
        .isExactlyInstanceOf(ConnectException.class)
        .hasMessageContaining("is not an offset of pgq-connect: it needs tick_id");
  }
}
