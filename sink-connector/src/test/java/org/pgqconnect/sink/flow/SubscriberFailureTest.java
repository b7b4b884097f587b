/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pgqconnect.postgres.ConnectionConfig;
import org.pgqconnect.sink.session.SubscriberSession;

class SubscriberFailureTest {
  private final SubscriberFailure failure =
      new SubscriberFailure(
          new SubscriberSession.Settings(
              new ConnectionConfig("h", 5432, "d", "u", null, "prefer", new Properties()),
              "it's",
              0,
              0,
              0,
              0));

  @Test
  void saysWhereWhatAndWithWhichState() {
    assertThat(failure.describe(new SQLException("gone\nand more", "08006"), true))
        .isEqualTo(
            "The subscriber h:5432/d failed while batches were applied for subscription it's: gone"
                + " (SQLSTATE 08006)");
    assertThat(failure.describe(new SQLException(), true)).endsWith(": null (SQLSTATE none)");
  }

  @ParameterizedTest
  @CsvSource({
    "42501, GRANT",
    "55P03, pg_blocking_pids(s.backend_pid)) WHERE s.name = 'it''s'",
    "57014, raise statement.timeout.ms"
  })
  void namesWhatHelps(String state, String help) {
    assertThat(failure.describe(new SQLException("no", state), true)).contains(help);
  }
}
