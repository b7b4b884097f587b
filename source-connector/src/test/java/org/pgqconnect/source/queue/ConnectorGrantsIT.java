/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.postgres.Grant;
import org.pgqconnect.postgres.Revocation;
import org.pgqconnect.source.capture.CaptureInstaller;
import org.pgqconnect.source.copy.ChunkReader;
import org.pgqconnect.source.copy.CopyChunk;
import org.pgqconnect.source.copy.CopyRequest;
import org.pgqconnect.source.copy.TableCopies;
import org.pgqconnect.source.decode.EventDecoder;
import org.pgqconnect.source.decode.Layouts;
import org.pgqconnect.source.engine.ConnectorGrants;
import org.pgqconnect.source.engine.ConnectorGrants.Duty;
import org.pgqconnect.source.engine.EngineInstaller;
import org.pgqconnect.source.lock.AdvisoryLock;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;
import org.pgqconnect.source.tick.TickSql;
import org.pgqconnect.source.watch.Maintenance;
import org.pgqconnect.time.NanoClock;

/**
 * The rights that a connector's role is given are what it needs, each of them; and nobody else gets
 * any by the installation.
 */
class ConnectorGrantsIT {
  private static final String ROLE = "reading_only";

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void everyRightIsNeededAndMissed(TestServer server) throws Exception {
    boolean extension = server == TestServer.PGQ_EXTENSION;
    try (TestDatabase database = prepared(server);
        TestSession owner = database.open(extension ? "postgres" : "installer");
        TestSession reader = database.open(ROLE)) {
      reader.run("set timezone = 'UTC'");
      List<Grant> needed = ConnectorGrants.needed(extension, EnumSet.allOf(Duty.class));
      assertThat(ConnectorGrants.missing(reader.connection(), "q", needed)).isEqualTo(needed);
      new EngineInstaller().grant(owner.connection(), "q", ROLE);
      assertThat(ConnectorGrants.missing(reader.connection(), "q", needed)).isEmpty();
      work(owner, reader.connection());

      for (Grant grant : needed) {
        owner.run(Revocation.of(grant, ROLE));
        if (grant.object().equals("pgq.event_template")) {
          for (String table : new String[] {"", "_0", "_1", "_2"}) {
            owner.run(
                Revocation.of(
                    Grant.onTable(grant.privilege(), "pgq.event_1" + table, grant.reason()), ROLE));
          }
        }
        assertThat(ConnectorGrants.missing(reader.connection(), "q", needed))
            .containsExactly(grant);
        assertThatThrownBy(() -> work(owner, reader.connection()))
            .as("without: " + grant)
            .hasMessageContaining("permission denied");
        reader.connection().setAutoCommit(true);
        new EngineInstaller().grant(owner.connection(), "q", ROLE);
      }
      work(owner, reader.connection());
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void whoMayWriteMayNotReadWhatOthersWrote(TestServer server) throws Exception {
    try (TestDatabase database = prepared(server);
        TestSession owner =
            database.open(server == TestServer.PGQ_EXTENSION ? "postgres" : "installer");
        TestSession app = database.open("app")) {
      owner.run("grant insert on t to app");
      app.run("insert into t values (100, 'written by an application')");
      assertThat(owner.events()).contains("c|(100,\"written by an application\")");
      owner.run("select pgq.register_consumer('q', 'other')");
      for (String sql :
          new String[] {
            "select * from pgq.event_1",
            "select * from pgq.event_1_0",
            "select * from pgq.event_template",
            "select * from pgq.retry_queue",
            "select pgq.next_batch('q', 'other')",
            "select pgq.get_batch_events(1)",
            "select pgq.get_batch_cursor(1, 'c', 1)",
            "select pgq.batch_event_sql(1)",
            "select pgq.register_consumer('q', 'app')",
            "select pgq.insert_event('q', 'a', 'b')",
            "select pgq.ticker('q')",
            "select pgq.drop_queue('q', true)",
            "select * from pgq_connect.layout",
            "select * from pgq_connect.captured_table",
            "select * from pgq_connect.capture_status()"
          }) {
        assertThatThrownBy(() -> app.run(sql)).as(sql).hasMessageContaining("permission denied");
      }
    }
  }

  private static TestDatabase prepared(TestServer server) throws SQLException {
    TestDatabase database = server.newDatabase();
    boolean extension = server == TestServer.PGQ_EXTENSION;
    try (TestSession admin = database.open("postgres");
        TestSession owner = database.open(extension ? "postgres" : "installer")) {
      if (admin.text("select to_regrole(?)::text", ROLE) == null) {
        admin.run("create role " + ROLE + " login password 'secret' noinherit");
      }
      EngineInstaller installer = new EngineInstaller();
      installer.install(owner.connection());
      installer.createQueue(owner.connection(), "q");
      owner.run("create table t (id int primary key, v text)");
      owner.text("select pgq_connect.add_table('q', 't', true)");
      owner.run("create table masked (id int primary key, v text)");
      owner.text("select pgq_connect.add_table('q', 'masked', true, masks => '{\"v\": \"hash\"}')");
      owner.run("insert into masked values (1, 'secret')");
      owner.run("insert into t select n, 'v' from generate_series(1, 10) n");
      owner.run("grant usage on schema public to " + ROLE);
      owner.run("grant select on t, masked to " + ROLE);
      owner.run("update pgq.queue set queue_rotation_period = '0'");
    }
    return database;
  }

  /** All that a source's sessions do. */
  private static void work(TestSession owner, Connection reader) throws SQLException {
    owner.run("update pgq.queue set queue_ticker_max_count = 500");
    owner.run("update t set v = v || 'x'");
    owner.run("update pgq_connect.table_copy set state = 'requested', last_key = null");
    execute(reader, TickSql.LIFT_LIMITS, "q");
    Queue queue = new Queue(reader, "q", "c");
    assertThat(AdvisoryLock.reader("q", "c").tryTake(reader)).isEmpty();
    queue.requireExists();
    queue.otherPublisher();
    queue.beginSession(true);
    execute(
        reader,
        "select from pgq_connect.note_left_out('q', 'c', '{public}', '{elsewhere}', '{f}', true)");
    execute(reader, "select from pgq_connect.note_missed('q', 1, false)");
    execute(reader, "select from pgq_connect.note_unordered('q', 'public', 'other')");
    queue.register();
    queue.registerAt(queue.subscription().orElseThrow().id());
    new CaptureInstaller().verify(reader, "q");
    new CaptureInstaller().renewRowMarks(reader, "q");
    new CaptureInstaller().list(reader, "q");
    execute(reader, TickSql.LOOK.formatted("pgq.event_1", eventIdType(owner), 1), "{1,2}");
    execute(reader, TickSql.TICKER, "q");
    Tick position = queue.subscription().orElseThrow();
    OpenBatch batch = queue.nextBatch(position, 1000, 0).orElseThrow();
    EventDecoder decoder = new EventDecoder("q", new Layouts(reader, NanoClock.SYSTEM));
    // All at once: layouts are read by the same session, which sends nothing else before the last
    // event.
    for (long after : new long[] {0, 1}) {
      try (EventCursor events = queue.events(batch, after, 10_000)) {
        for (Event event : events.next()) {
          decoder.decode(event);
        }
      }
    }
    queue.finish(batch);
    execute(reader, "select pgq_connect.columns_of('t'::regclass)");
    execute(reader, "select pgq_connect.key_of('t'::regclass, null)");
    execute(reader, "select pgq_connect.btree_opclass('integer'::regtype)");
    TableCopies copies = new TableCopies(reader, "q", Remedy.ofQueue("q"));
    ChunkReader chunks = new ChunkReader(reader, "q", 100, Remedy.ofQueue("q"), NanoClock.SYSTEM);
    Optional<CopyRequest> request = copies.nextRequest(table -> table.table().equals("masked"));
    // A copy begins at a tick that is younger than the first look at its request.
    assertThat(chunks.read(request.orElseThrow(), batch.tick())).isEmpty();
    execute(reader, TickSql.TICKER, "q");
    CopyChunk chunk =
        chunks.read(request.orElseThrow(), queue.lastTick().orElseThrow()).orElseThrow();
    copies.published(chunk, queue.lastTick().orElseThrow());
    copies.goBack(batch.tick());
    // Twice, because a rotation that was begun without a right to end it is ended first.
    for (int i = 0; i < 2; i++) {
      owner.run("select pg_current_xact_id()");
      execute(reader, TickSql.TICKER, "q");
      finishAll(queue);
      new Maintenance("q").run(reader);
      execute(reader, "select pgq.maint_rotate_tables_step1(?)", "q");
      execute(reader, "select pgq.maint_rotate_tables_step2()");
    }
  }

  private static String eventIdType(TestSession owner) {
    return owner.text(
        "select format_type(atttypid, atttypmod) from pg_attribute where attrelid ="
            + " 'pgq.event_1'::regclass and attname = 'ev_txid'");
  }

  private static void finishAll(Queue queue) throws SQLException {
    Optional<OpenBatch> batch = queue.nextBatch(queue.subscription().orElseThrow(), 1000, 0);
    while (batch.isPresent()) {
      queue.finish(batch.get());
      batch = queue.nextBatch(batch.get().tick(), 1000, 0);
    }
  }

  private static void execute(Connection connection, String sql, String... values)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        statement.setString(i + 1, values[i]);
      }
      statement.execute();
    }
  }
}
