/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.local.postgres.PostgresServer;
import org.pgqconnect.sink.testing.TestQueue;
import org.pgqconnect.sink.testing.TestServer;
import org.pgqconnect.sink.testing.TestWorker;

/**
 * A server of its own, which is killed: with synchronous_commit=off it forgets what it committed.
 */
class LostCommitsIT {
  private static final TestQueue.Table T = TestQueue.table("public.t", 1, "id bigint", "v text");
  private static final TestQueue.Table OTHER = TestQueue.table("public.other", 1, "id bigint");
  private static final String STATE =
      "SELECT state || ' ' || note FROM pgq_connect.subscribed_table WHERE table_name = 't'";

  private static String value(PostgresServer server, String sql) throws SQLException {
    try (Connection connection = server.connect("postgres");
        Statement statement = connection.createStatement()) {
      if (!statement.execute(sql)) {
        return null;
      }
      try (ResultSet row = statement.getResultSet()) {
        row.next();
        return row.getString(1);
      }
    }
  }

  @Test
  void whatAKilledServerForgotIsReadAgain() throws Exception {
    try (PostgresServer server = forgetful()) {
      whatAKilledServerForgotIsReadAgain(server);
    }
  }

  private static PostgresServer forgetful() {
    return TestServer.embedded()
        .setting("synchronous_commit", "off")
        .setting("wal_writer_delay", "10s")
        .setting("wal_writer_flush_after", "0")
        .start();
  }

  private static Map<String, String> config(PostgresServer server) {
    Map<String, String> config = new HashMap<>();
    config.put("name", "test-sink");
    config.put("topic.prefix", TestQueue.PREFIX);
    config.put("topics.regex", "bank\\..*");
    config.put("database.hostname", server.host());
    config.put("database.port", Integer.toString(server.port()));
    config.put("database.dbname", "postgres");
    config.put("database.user", server.user());
    config.put("database.password", server.password());
    config.put("retry.backoff.ms", "50");
    return config;
  }

  /** A crash empties it in place. It is not written meanwhile, and its note was taken back. */
  @ParameterizedTest
  @ValueSource(strings = {"t", "t_1"})
  void anUnloggedTableThatACrashEmptiedIsReported(String unlogged) throws Exception {
    try (PostgresServer server = TestServer.embedded().start();
        TestWorker worker = new TestWorker(config(server), false)) {
      value(
          server,
          "CREATE TABLE other (id bigint PRIMARY KEY); CREATE TABLE t (id bigint PRIMARY KEY, v"
              + " text)"
              + (unlogged.equals("t")
                  ? ""
                  : " PARTITION BY RANGE (id); CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM (1)"
                      + " TO (9); CREATE TABLE t_2 PARTITION OF t FOR VALUES FROM (9) TO (99)"));
      TestQueue queue = new TestQueue(worker);
      queue.batch(0, 1).begin().copied(T, false).copied(OTHER, false).end();
      queue.batch(1, 2).begin().c(T, 1L, "a").c(T, 10L, "a").c(OTHER, 1L).end();
      worker.start();
      worker.drain();
      value(server, "ALTER TABLE %s SET UNLOGGED".formatted(unlogged));
      worker.start(); // looks at the files
      queue.batch(2, 3).begin().c(OTHER, 2L).end();
      worker.drain();
      value(server, "UPDATE pgq_connect.subscribed_table SET note = NULL");
      server.kill();
      server.start();
      queue.batch(3, 4).begin().c(OTHER, 3L).end();
      if (unlogged.equals("t")) {
        assertThatThrownBy(worker::drain)
            .hasMessageContaining("Table public.t on the subscriber is not what")
            .hasMessageEndingWith("resync --prefix bank public.t");
        worker.start();
      }
      worker.drain();
      assertThat(value(server, "SELECT count(*) FROM other")).isEqualTo("3");
      assertThat(value(server, STATE))
          .matches(unlogged.equals("t") ? "expecting-copy .*" : "ok Another session rewrote .*")
          .endsWith("resync --prefix bank public.t");
    }
  }

  private static void whatAKilledServerForgotIsReadAgain(PostgresServer server) throws Exception {
    value(server, "CREATE TABLE t (id bigint PRIMARY KEY, v text)");
    try (TestWorker worker = new TestWorker(config(server), false)) {
      TestQueue queue = new TestQueue(worker);
      queue.batch(0, 1).begin().copied(T, false).end();
      worker.start();
      worker.drain();
      value(server, "CHECKPOINT");
      for (long tick = 2; tick <= 50; tick++) {
        queue.batch(tick - 1, tick).begin().c(T, tick, "a").end();
        worker.drain();
      }
      assertThat(value(server, "SELECT tick_id FROM pgq_connect.subscription")).isEqualTo("50");
      server.kill();
      server.start();
      queue.batch(50, 51).begin().c(T, 51L, "a").end();
      worker.drain();
      assertThat(value(server, "SELECT count(*) FROM t")).isEqualTo("50");
      assertThat(value(server, "SELECT tick_id FROM pgq_connect.subscription")).isEqualTo("51");
    }
  }
}
