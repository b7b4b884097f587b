/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.pgqconnect.sink.install.SubscriptionStatus;
import org.pgqconnect.sink.install.SubscriptionStatus.Session;

class StalledSinkTest {
  private static final StalledSink BOUND = StalledSink.bound(Map.of(), 60);

  private static SubscriptionStatus sink(long updatedSeconds, String waitingFor, Session session) {
    return new SubscriptionStatus(
        "bank-sink",
        "bank",
        "q",
        "provider",
        7L,
        "2026-03-01 10:00:00+00",
        "2026-03-01 10:00:01+00",
        updatedSeconds,
        session,
        waitingFor,
        0,
        Map.of(),
        List.of());
  }

  private static Session session(String state, long seconds) {
    return new Session(42, state, seconds, null, null);
  }

  private static Session blocked(String event, long seconds, String by) {
    return new Session(42, "active", seconds, event, by);
  }

  private static String problem(SubscriptionStatus status) {
    return BOUND.problem(status).orElseThrow();
  }

  @Test
  void aLockOfAnotherSessionIsNamedWithWhoHoldsIt() {
    assertThat(problem(sink(70, null, blocked("relation", 12, "17, 18"))))
        .startsWith(
            "has stored nothing for 70 s, since 2026-03-01 10:00:01+00. Its session has waited for"
                + " a lock for 12 s")
        .contains(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid IN (17, 18);",
            "pg_prepared_xacts");
    assertThat(problem(sink(70, null, blocked("relation", 12, ""))))
        .endsWith("SELECT * FROM pg_locks WHERE pid = 42 AND NOT granted;");
  }

  @Test
  void aCommitThatWaitsForAStandbyIsNamedAlsoWhenEachOneEndsInTime() {
    assertThat(problem(sink(61, null, blocked("SyncRep", 10, null))))
        .contains("Its COMMIT has waited for 10 s for a standby that synchronous_standby_names")
        .endsWith("ALTER SYSTEM SET synchronous_standby_names = ''; SELECT pg_reload_conf();");
  }

  @Test
  void aStatementThatRunsForTooLongIsNamed() {
    assertThat(problem(sink(70, null, session("active", 65))))
        .contains("has run one statement for 65 s", "WHERE pid = 42;", "statement.timeout.ms");
  }

  @Test
  void aLargeBatchOfWhichNothingMoreComesIsNamed() {
    assertThat(problem(sink(300, null, session("idle in transaction", 61))))
        .contains("nothing of it has come for 61 s", "./pgq-connect status");
  }

  @Test
  void aLargeBatchThatMakesProgressIsNot() {
    assertThat(BOUND.problem(sink(3_000, null, session("idle in transaction", 5)))).isEmpty();
    assertThat(BOUND.problem(sink(3_000, null, session("active", 20)))).isEmpty();
    assertThat(BOUND.problem(sink(3_000, null, blocked("extend", 0, "17")))).isEmpty();
  }

  @Test
  void anIdleSinkHearsHeartbeats() {
    assertThat(BOUND.problem(sink(20, null, session("idle", 20)))).isEmpty();
    assertThat(problem(sink(90, null, session("idle", 90))))
        .contains("Its session is idle", "raise source.silence.max.ms of the sink");
  }

  @Test
  void whatTheSinkSaysItselfIsNotSaidTwice() {
    Optional<String> problem =
        BOUND.problem(sink(90, "a record of topic bank.transaction", session("idle", 90)));
    assertThat(problem).isEmpty();
  }

  @Test
  void heartbeatsThatAreFurtherApartOrNotMissedAreNoFault() {
    SubscriptionStatus idle = sink(200, null, session("idle", 200));
    Map<String, String> slower = Map.of("source.silence.max.ms", "300000");
    Map<String, String> never = Map.of("source.silence.max.ms", "0");
    assertThat(StalledSink.bound(slower, 60).problem(idle)).isEmpty();
    assertThat(StalledSink.bound(never, 60).problem(idle)).isEmpty();
    assertThat(StalledSink.bound(never, 60).problem(sink(200, null, session("active", 61))))
        .isPresent();
    assertThat(StalledSink.bound(Map.of(), 300).problem(idle)).isEmpty();
  }

  @Test
  void aSinkThatIsNotConnectedOrHasNoBatchYetIsToldOtherwise() {
    assertThat(BOUND.problem(sink(500, null, null))).isEmpty();
  }
}
