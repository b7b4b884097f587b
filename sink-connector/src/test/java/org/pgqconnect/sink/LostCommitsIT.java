/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A server of its own, which is killed: with synchronous_commit=off it forgets what it committed.
 */
class LostCommitsIT {
  private static final TestQueue.Table T = TestQueue.table("public.t", 1, "id bigint", "v text");

  @TempDir Path directory;

  private EmbeddedPostgres start(int port) throws IOException, InterruptedException {
    for (int attempt = 0; ; attempt++) {
      try {
        return EmbeddedPostgres.builder()
            .setDataDirectory(directory.resolve("data"))
            .setCleanDataDirectory(false)
            .setPort(port)
            .setServerConfig("synchronous_commit", "off")
            .setServerConfig("wal_writer_delay", "10s")
            .setServerConfig("wal_writer_flush_after", "0")
            .setPGStartupWait(Duration.ofMinutes(2))
            .start();
      } catch (IOException | IllegalStateException e) {
        if (attempt == 20) {
          throw e;
        }
        Thread.sleep(500); // The killed server's backends may still be ending.
      }
    }
  }

  private static String value(int port, String sql) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + port + "/postgres", "postgres", "postgres");
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
    EmbeddedPostgres first = start(0);
    int port = first.getPort();
    value(port, "CREATE TABLE t (id bigint PRIMARY KEY, v text)");
    Map<String, String> config = new HashMap<>();
    config.put("name", "test-sink");
    config.put("topic.prefix", TestQueue.PREFIX);
    config.put("topics.regex", "bank\\..*");
    config.put("database.hostname", "127.0.0.1");
    config.put("database.port", Integer.toString(port));
    config.put("database.dbname", "postgres");
    config.put("database.user", "postgres");
    config.put("database.password", "postgres");
    config.put("retry.backoff.ms", "50");
    try (TestWorker worker = new TestWorker(config, false)) {
      TestQueue queue = new TestQueue(worker);
      queue.batch(0, 1).begin().copied(T, false).end();
      worker.start();
      worker.drain();
      value(port, "CHECKPOINT");
      for (long tick = 2; tick <= 50; tick++) {
        queue.batch(tick - 1, tick).begin().c(T, tick, "a").end();
        worker.drain();
      }
      assertThat(value(port, "SELECT tick_id FROM pgq_connect.subscription")).isEqualTo("50");
      String postmaster = Files.readAllLines(directory.resolve("data/postmaster.pid")).get(0);
      ProcessHandle.of(Long.parseLong(postmaster.strip())).orElseThrow().destroyForcibly();
      first.close(); // What is left of it here is a lock on the directory.
      EmbeddedPostgres second = start(port);
      try {
        queue.batch(50, 51).begin().c(T, 51L, "a").end();
        worker.drain();
        assertThat(value(port, "SELECT count(*) FROM t")).isEqualTo("50");
        assertThat(value(port, "SELECT tick_id FROM pgq_connect.subscription")).isEqualTo("51");
      } finally {
        worker.stop();
        second.close();
      }
    }
  }
}
