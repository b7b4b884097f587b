/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.Test;
import org.pgqconnect.connect.Await;
import org.pgqconnect.sink.install.SubscriberInstaller;
import org.pgqconnect.sink.testing.TestDatabase;
import org.pgqconnect.sink.testing.TestQueue;
import org.pgqconnect.sink.testing.TestWorker;

/**
 * A role that takes another one as it logs in, as those of a vault do: the server does not show it
 * when its own session began, nor let it end others of its own.
 */
class BorrowedRoleIT {
  private static boolean isConnected(TestDatabase database) throws SQLException {
    try (Connection connection = database.connectAs("postgres")) {
      return SubscriberInstaller.readStatus(connection).get(0).connected();
    }
  }

  private static void await(String what, Callable<Boolean> condition) throws Exception {
    Await.atMost(Duration.ofSeconds(60), what).every(Duration.ofMillis(50)).until(condition);
  }

  @Test
  void isSeenToBeConnectedAndTakesOverWhatItCannotEnd() throws Exception {
    try (TestDatabase database = new TestDatabase()) {
      database.createPlainRole();
      database.run(
          """
          DO $$ BEGIN
            CREATE ROLE borrower LOGIN NOINHERIT IN ROLE plain PASSWORD 'borrower';
          EXCEPTION WHEN duplicate_object THEN NULL;
          END $$\
          """);
      database.run("ALTER ROLE borrower SET role = plain");
      Map<String, String> config = database.config("database.user", "borrower");
      try (TestWorker first = new TestWorker(config, false);
          TestWorker second = new TestWorker(config, false)) {
        TestQueue queue = new TestQueue(first);
        queue.batch(1, 2).begin().end();
        new TestQueue(second).batch(1, 2).begin().end();
        first.start();
        first.drain();
        assertThat(isConnected(database)).isTrue();
        second.start();
        second.drain();
        assertThat(isConnected(database)).isTrue();
        queue.batch(2, 3).begin().end();
        assertThatThrownBy(first::drain)
            .isInstanceOf(ConnectException.class)
            .hasMessageContaining("Another session has taken subscription test-sink over");
      }
      await("no session to be shown", () -> !isConnected(database));
    }
  }
}
