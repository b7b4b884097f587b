/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.pgqconnect.local.postgres.PostgresServer;

/**
 * A server of its own, which is killed: with synchronous_commit=off it forgets what it committed.
 */
class LostCommitsIT {
  private static final TestQueue.Table T = TestQueue.table("public.t", 1, "id bigint", "v text");

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

  private static void whatAKilledServerForgotIsReadAgain(PostgresServer server) throws Exception {
    value(server, "CREATE TABLE t (id bigint PRIMARY KEY, v text)");
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
    try (TestWorker worker = new TestWorker(config, false)) {
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
