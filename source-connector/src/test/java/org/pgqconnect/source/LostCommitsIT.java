/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.connect.Await;
import org.pgqconnect.local.postgres.PostgresServer;
import org.pgqconnect.postgres.Database;
import org.pgqconnect.source.copy.CopyChunk;
import org.pgqconnect.source.copy.CopyRequest;
import org.pgqconnect.source.queue.OpenBatch;
import org.pgqconnect.source.session.ProviderSession;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;
import org.pgqconnect.time.NanoClock;

/** A server of its own, which is killed: with synchronous_commit=off it forgets commits. */
class LostCommitsIT {

  @Test
  void whatABatchHoldsIsOnTheDiskBeforeItIsPublished() throws Exception {
    try (PostgresServer server = forgetful()) {
      TestDatabase database = withTable(server);
      ProviderSession session = session(server, database);
      try (TestSession admin = database.open("postgres");
          TestSession app = database.open()) {
        admin.run("checkpoint");
        app.run("insert into t values (1)");
        app.run("select pgq.force_tick('q'); select pgq.ticker('q')");
        Optional<OpenBatch> batch = session.queue().nextBatch(session.position(), 0, 0);
        assertThat(batch).isPresent();
        app.run("insert into t values (2)");
      } finally {
        server.kill();
        session.close();
      }
      server.start();
      try (TestSession app = database.open()) {
        assertThat(app.rows("select id::text from t")).contains("1");
      }
    }
  }

  @Test
  void whatAChunkOfACopyHoldsIsOnTheDiskBeforeItIsPublished() throws Exception {
    try (PostgresServer server = forgetful()) {
      TestDatabase database = withTable(server);
      ProviderSession session = session(server, database);
      try (TestSession admin = database.open("postgres");
          TestSession app = database.open()) {
        CopyRequest request = session.copies().nextRequest(table -> true).orElseThrow();
        assertThat(session.chunks().read(request, session.position())).isEmpty();
        app.run("select pgq.force_tick('q'); select pgq.ticker('q')");
        admin.run("checkpoint");
        app.run("insert into t values (1)");
        String written = app.text("select pg_current_wal_insert_lsn()::text");
        CopyChunk chunk =
            session.chunks().read(request, session.queue().lastTick().orElseThrow()).orElseThrow();
        assertThat(chunk.rows()).extracting(row -> row[0]).containsExactly(1);
        assertThat(app.text("select (pg_current_wal_flush_lsn() >= ?::pg_lsn)::text", written))
            .isEqualTo("true");
      } finally {
        server.kill();
        session.close();
      }
      server.start();
      try (TestSession app = database.open()) {
        assertThat(app.rows("select id::text from t")).contains("1");
      }
    }
  }

  /** Of one process: the server itself is not started anew, but its crash recovery runs. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatACrashEmptiedIsReportedAlsoOnceItIsLogged(boolean oneProcess) throws Exception {
    try (PostgresServer server = TestServer.embedded().start()) {
      TestDatabase database = withTable(server);
      try (TestSession app = database.open()) {
        app.run("insert into t values (1); alter table t set unlogged");
        look(app);
        assertThat(state(app)).startsWith("unlogged|");
        if (oneProcess) {
          long pid = Long.parseLong(app.text("select pg_backend_pid()::text"));
          ProcessHandle.of(pid).orElseThrow().destroyForcibly();
        }
      }
      if (!oneProcess) {
        server.kill();
        server.start();
      }
      Await.atMost(Duration.ofSeconds(60), "crash recovery").until(() -> isEmpty(database));
      try (TestSession app = database.open()) {
        app.run("alter table t set logged");
        look(app);
        assertThat(state(app))
            .startsWith(
                "changes missed|it was unlogged when the server was started again, which may have"
                    + " emptied it without an event|");
        app.run("select pgq_connect.forget_partitions('q', 'public', 't')");
        look(app);
        assertThat(state(app)).startsWith("ok|");
      }
    }
  }

  private static boolean isEmpty(TestDatabase database) {
    try (TestSession app = database.open()) {
      return app.rows("select id::text from t").isEmpty();
    } catch (RuntimeException e) {
      return false; // in recovery
    }
  }

  /** As the source does, every capture.check.interval.ms. */
  private static void look(TestSession session) {
    session.rows("select pgq_connect.renew_row_marks('q')::text");
  }

  private static String state(TestSession session) {
    return session.rows("select state, detail, remedy from pgq_connect.capture_status('q')").get(0);
  }

  private static PostgresServer forgetful() throws Exception {
    return TestServer.embedded()
        .setting("synchronous_commit", "off")
        .setting("wal_writer_delay", "10s")
        .setting("wal_writer_flush_after", "1GB")
        .start();
  }

  private static TestDatabase withTable(PostgresServer server) throws Exception {
    TestDatabase database = TestDatabase.create(server, false).withQueue();
    try (TestSession app = database.open()) {
      app.run("create table t (id int primary key)");
      app.rows("select pgq_connect.add_table('q', 't')::text");
    }
    return database;
  }

  private static ProviderSession session(PostgresServer server, TestDatabase database)
      throws Exception {
    PgqSourceConfig config =
        new PgqSourceConfig(
            Map.of(
                "name", "own",
                "topic.prefix", "p",
                "queue.name", "q",
                "database.hostname", server.host(),
                "database.port", String.valueOf(server.port()),
                "database.dbname", database.name(),
                "database.user", "installer",
                "database.password", "secret"));
    return ProviderSession.open(
        new Database(config.connection()), config.session(), Optional.empty(), NanoClock.SYSTEM);
  }
}
