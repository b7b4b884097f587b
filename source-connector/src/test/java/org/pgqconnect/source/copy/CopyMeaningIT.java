/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.tuple;
import static org.pgqconnect.failure.Printed.statement;

import java.sql.Connection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.ConnectionConfig;
import org.pgqconnect.postgres.Database;
import org.pgqconnect.postgres.Secret;
import org.pgqconnect.source.capture.CaptureInstaller;
import org.pgqconnect.source.decode.Layout;
import org.pgqconnect.source.queue.Queue;
import org.pgqconnect.source.queue.Tick;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;
import org.pgqconnect.time.NanoClock;

/** A copy reads all rows, each once, whatever the key's type and the session's settings. */
class CopyMeaningIT {
  private static final int CHUNK_ROWS = 2;

  private static List<String> copied(TestDatabase database, TestSession session) throws Exception {
    List<String> rows = new ArrayList<>();
    try (Connection connection = new Database(config(database.connectorKeys())).open("copy")) {
      new Queue(connection, "q", "copy").beginSession(true);
      TableCopies copies = new TableCopies(connection, "q", Remedy.ofQueue("q"));
      ChunkReader chunks =
          new ChunkReader(connection, "q", CHUNK_ROWS, Remedy.ofQueue("q"), NanoClock.SYSTEM);
      for (var request = copies.nextRequest(table -> true);
          request.isPresent();
          request = copies.nextRequest(table -> true)) {
        Tick tick = tick(session);
        var chunk = chunks.read(request.get(), tick);
        if (chunk.isPresent()) {
          chunk.get().rows().forEach(row -> rows.add(Arrays.toString(row)));
          copies.published(chunk.get(), tick);
        }
      }
    }
    return rows;
  }

  static Tick tick(TestSession session) throws Exception {
    session.run("select pgq.force_tick('q'); select pgq.ticker('q')");
    return new Tick(
        Long.parseLong(session.text("select max(tick_id)::text from pgq.tick")),
        "2026-01-01 00:00:00+00",
        session.text("select pg_current_snapshot()::text"),
        0);
  }

  static ConnectionConfig config(Map<String, String> keys) {
    return new ConnectionConfig(
        keys.get("database.hostname"),
        Integer.parseInt(keys.get("database.port")),
        keys.get("database.dbname"),
        keys.get("database.user"),
        new Secret(keys.get("database.password")),
        "prefer",
        new Properties());
  }

  private static void add(TestSession session, String table) {
    session.rows("select pgq_connect.add_table('q', ?::regclass)::text", table);
  }

  @Test
  void aRowConditionMayUseAnOperatorWithAQuestionMark() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          "create table j (id int primary key, tags jsonb); insert into j select i,"
              + " jsonb_build_object(case when i % 2 = 0 then 'a?' else 'b' end, i) from"
              + " generate_series(1, 10) i; select pgq_connect.add_table('q', 'j', condition =>"
              + " $$tags ? 'a?'$$)");
      assertThat(copied(database, session)).hasSize(5).allMatch(row -> row.contains("a?"));
    }
  }

  @Test
  void aTableThatTheRoleMayNotReadIsCopiedAfterWhatTheMessagePrints() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open();
        TestSession admin = database.open("postgres")) {
      String table = "\"Mixed Case\".\"a \"\"b\"";
      admin.run(
          "create schema \"Mixed Case\"; create table %s (id int primary key); insert into %1$s values (7)"
              .formatted(table));
      admin.run(
          "grant usage on schema \"Mixed Case\" to installer; grant select, trigger on %s to installer"
              .formatted(table));
      add(session, table);
      admin.run("revoke select on %s from installer".formatted(table));
      String refused = catchThrowable(() -> copied(database, session)).getMessage();
      admin.run(statement(refused, "needs: (GRANT SELECT .*?;) and"));
      assertThat(copied(database, session)).containsExactly("[7]");
      admin.run("alter table %s enable row level security".formatted(table));
      CopyRequests.request(session.connection(), "q", new TableId("Mixed Case", "a \"b"));
      refused = catchThrowable(() -> copied(database, session)).getMessage();
      admin.run(statement(refused, "row security: (ALTER ROLE .*? BYPASSRLS;)"));
      try {
        assertThat(copied(database, session)).containsExactly("[7]");
      } finally {
        admin.run("alter role installer nobypassrls");
      }
    }
  }

  @Test
  void aRequestedCopyOfWhichNothingIsReadSaysWhatKeepsIt() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open();
        TestSession locker = database.open()) {
      session.run("create table a (id int primary key); create table \"B b\" (id int primary key)");
      add(session, "a");
      add(session, "\"B b\"");
      session.run("alter table \"B b\" rename to c");
      locker.run("begin; lock table a");
      try (Connection connection = new Database(config(database.connectorKeys())).open("status")) {
        assertThat(CopyWaits.of(connection, "q"))
            .extracting(CopyWaits::table, CopyWaits::there, CopyWaits::lockedBy, CopyWaits::behind)
            .containsExactlyInAnyOrder(
                tuple(
                    new TableId("public", "a"),
                    true,
                    locker.text("select pg_backend_pid()::text"),
                    null),
                tuple(new TableId("public", "B b"), false, null, null));
        locker.run("rollback");
        session.run("update pgq_connect.table_copy set state = 'copying' where table_name = 'B b'");
        assertThat(CopyWaits.of(connection, "q"))
            .extracting(CopyWaits::table, CopyWaits::lockedBy, CopyWaits::behind)
            .containsExactly(tuple(new TableId("public", "a"), null, new TableId("public", "B b")));
      }
    }
  }

  @Test
  void aChunkThatWasReadAfterAnAlterWaitsUntilAllEarlierRowsArePublished() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          "create table t (id int primary key, a int); insert into t select g, g from"
              + " generate_series(1, 5) g");
      add(session, "t");
      try (Connection connection = new Database(config(database.connectorKeys())).open("copy")) {
        new Queue(connection, "q", "copy").beginSession(true);
        TableCopies copies = new TableCopies(connection, "q", Remedy.ofQueue("q"));
        ChunkReader chunks =
            new ChunkReader(connection, "q", CHUNK_ROWS, Remedy.ofQueue("q"), NanoClock.SYSTEM);
        CopyRequest first = copies.nextRequest(table -> true).orElseThrow();
        var begun = chunks.read(first, tick(session));
        while (begun.isEmpty()) { // Until the tick covers the request.
          begun = chunks.read(first, tick(session));
        }
        copies.published(begun.get(), tick(session));
        CopyRequest next = copies.nextRequest(table -> true).orElseThrow();
        Tick before = tick(session);
        session.run("insert into t values (6, 6); alter table t rename a to b");
        assertThat(chunks.read(next, before)).isEmpty();
        CopyChunk chunk = chunks.read(next, tick(session)).orElseThrow();
        assertThat(chunk.layout().columns()).extracting(Layout.Column::name).contains("b");
        assertThat(chunk.rows()).extracting(row -> row[0]).containsExactly(3, 4);
      }
    }
  }

  /** LOCK TABLE refuses it. */
  @Test
  void aForeignTableIsCopied() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession admin = database.open("postgres");
        TestSession session = database.open()) {
      session.run("create table t (id int primary key, v text)");
      session.run("insert into t values (1, 'a'), (2, 'b'), (3, 'c')");
      String url =
          admin.text(
              "select format('host %L, port %L, dbname %L', '127.0.0.1', inet_server_port()::text,"
                  + " current_database())");
      admin.run(
          "create extension postgres_fdw; create server loop foreign data wrapper postgres_fdw"
              + " options ("
              + url
              + "); create user mapping for public server loop options (user 'installer', password"
              + " 'secret')");
      admin.run(
          "create foreign table far (id int not null, v text) server loop options (table_name 't');"
              + " grant select on far to public; alter foreign table far owner to installer");
      session.rows("select pgq_connect.add_table('q', 'far', key_columns => '{id}')::text");
      assertThat(copied(database, session)).containsExactly("[1, a]", "[2, b]", "[3, c]");

      session.rows("select pgq_connect.remove_table('q', 'far')::text");
      session.rows("select pgq_connect.add_table('q', 'far', key_columns => '{id}')::text");
      admin.run("alter foreign table far options (set table_name 'gone')");
      assertThatThrownBy(() -> copied(database, session))
          .isInstanceOf(StopException.class)
          .hasMessageStartingWith("Foreign table public.far cannot be copied: ")
          .hasMessageEndingWith(
              "or stop capturing it: ./pgq-connect provider remove --queue q public.far");
    }
  }

  @Test
  void theCopyOfATableThatIsNotThereDoesNotKeepTheOthersWaiting() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          """
          create schema other;
          create table a (id int primary key);
          create table other.b (id int primary key);
          create table c (id int primary key);
          create table d (id int primary key);
          insert into a select generate_series(1, 5);
          insert into c values (1), (2), (3);
          insert into d values (7)\
          """);
      for (String table : List.of("a", "other.b", "c", "d")) {
        add(session, table);
      }
      TableId a = new TableId("public", "a");
      try (Connection connection = new Database(config(database.connectorKeys())).open("copy")) {
        new Queue(connection, "q", "copy").beginSession(true);
        TableCopies copies = new TableCopies(connection, "q", Remedy.ofQueue("q"));
        ChunkReader chunks =
            new ChunkReader(connection, "q", CHUNK_ROWS, Remedy.ofQueue("q"), NanoClock.SYSTEM);
        var begun = copies.nextRequest(table -> true).orElseThrow();
        assertThat(begun.table()).isEqualTo(a);
        Tick tick = tick(session);
        var chunk = chunks.read(begun, tick);
        while (chunk.isEmpty()) { // Until the tick covers the request.
          tick = tick(session);
          chunk = chunks.read(begun, tick);
        }
        copies.published(chunk.get(), tick);
        var next = copies.nextRequest(table -> true).orElseThrow();
        assertThat(next.started()).isTrue();
        // In the middle of its copy, and between the look and the read.
        session.run("drop table a; drop schema other cascade; alter table d rename to e");
        assertThat(chunks.read(next, tick(session))).isEmpty();
        assertThat(copies.nextRequest(table -> true).orElseThrow().table())
            .isEqualTo(new TableId("public", "c"));
      }
      assertThat(copied(database, session)).containsExactly("[1]", "[2]", "[3]");
      String states = "select table_name, state from pgq_connect.table_copy order by table_name";
      assertThat(session.rows(states))
          .containsExactly("a|copying", "b|requested", "c|done", "d|requested");
      // What has its name back is copied, and what is removed is forgotten.
      session.run("alter table e rename to d");
      assertThat(copied(database, session)).containsExactly("[7]");
      CaptureInstaller installer = new CaptureInstaller();
      installer.remove(session.connection(), "q", a);
      assertThat(session.rows(states))
          .containsExactly("a|removed", "b|requested", "c|done", "d|done");
      CopyRequests.Plan plan =
          CopyRequests.plan(
              session.connection(),
              "q",
              List.of(new TableId("other", "b"), new TableId("public", "c")));
      assertThat(plan.tables()).containsExactly(new TableId("public", "c"));
      assertThat(plan.refused())
          .containsExactly(
              Map.entry(
                  new TableId("other", "b"),
                  "Table other.b was dropped on the provider, so there is nothing to copy. Stop"
                      + " replicating it: ./pgq-connect provider remove --queue q other.b"));
      session.run("alter table d rename to e");
      assertThatThrownBy(
              () -> CopyRequests.request(session.connection(), "q", new TableId("public", "d")))
          .hasMessageContaining("Table public.d is called public.e now")
          .hasMessageContaining("then ./pgq-connect provider add --queue q public.e");
      assertThatThrownBy(
              () -> CopyRequests.request(session.connection(), "q", new TableId("other", "b")))
          .hasMessageContaining("./pgq-connect provider remove --queue q other.b");
    }
  }

  /** No trigger of ours knows such a table; only its copy does. */
  @Test
  void theCopyOfADroppedTableThatPgqsOwnTriggerCapturedCanBeWithdrawn() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          """
          create table t (id int primary key);
          create trigger logger after insert or update or delete on t for each row
            execute function pgq.logutriga('q')\
          """);
      TableId t = new TableId("public", "t");
      CopyRequests.request(session.connection(), "q", t);
      session.run("drop table t");
      assertThat(copied(database, session)).isEmpty();
      assertThat(new CaptureInstaller().remove(session.connection(), "q", t)).isTrue();
      assertThat(session.text("select state from pgq_connect.table_copy")).isEqualTo("removed");
    }
  }

  @Test
  void keysOfExtensionTypesAreReadInTheirOwnOrder() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession admin = database.open("postgres");
        TestSession session = database.open()) {
      admin.run("create extension citext");
      session.run("create table one (k citext primary key)");
      session.run("insert into one select v from unnest('{a,B,c,D,e,F,g}'::text[]) v");
      add(session, "one");
      assertThat(copied(database, session))
          .containsExactlyInAnyOrder("[a]", "[B]", "[c]", "[D]", "[e]", "[F]", "[g]");
      session.run("create table two (n int, k citext, m int, primary key (n, k, m))");
      session.run(
          "insert into two select n, v, m from unnest('{a,B,c,D}'::text[]) v, generate_series(1, 2)"
              + " n, generate_series(1, 3) m");
      add(session, "two");
      assertThat(copied(database, session)).hasSize(24).doesNotHaveDuplicates();
    }
  }

  @Test
  void keysWhoseOrderHasOperatorsOfOtherNamesAreReadInThatOrder() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession admin = database.open("postgres");
        TestSession session = database.open()) {
      admin.run("create extension hstore; create extension ltree; create extension cube");
      session.run(
          """
          create schema other;
          create type other.pair as (a int, b int);
          create function other.compare(other.pair, other.pair) returns int language sql immutable
            as 'select pg_catalog.btint4cmp($1.a + $1.b, $2.a + $2.b)';
          create function other.lt(other.pair, other.pair) returns bool language sql immutable as 'select other.compare($1, $2) < 0';
          create function other.le(other.pair, other.pair) returns bool language sql immutable as 'select other.compare($1, $2) <= 0';
          create function other.eq(other.pair, other.pair) returns bool language sql immutable as 'select other.compare($1, $2) = 0';
          create function other.ge(other.pair, other.pair) returns bool language sql immutable as 'select other.compare($1, $2) >= 0';
          create function other.gt(other.pair, other.pair) returns bool language sql immutable as 'select other.compare($1, $2) > 0';
          create operator other.<<# (leftarg = other.pair, rightarg = other.pair, function = other.lt);
          create operator other.<=# (leftarg = other.pair, rightarg = other.pair, function = other.le);
          create operator other.==# (leftarg = other.pair, rightarg = other.pair, function = other.eq);
          create operator other.>=# (leftarg = other.pair, rightarg = other.pair, function = other.ge);
          create operator other.># (leftarg = other.pair, rightarg = other.pair, function = other.gt)\
          """);
      admin.run(
          """
          create operator class other.by_sum default for type other.pair using btree as
            operator 1 other.<<#, operator 2 other.<=#, operator 3 other.==#, operator 4 other.>=#, operator 5 other.>#,
            function 1 other.compare(other.pair, other.pair)\
          """);
      session.run(
          "create type color as enum ('z', 'y', 'x', 'w', 'v'); create domain den as color");
      session.run("create domain tags as hstore; create domain price as numeric(8,2)");
      Map.of(
              "other.pair", "row(i, -2 * i)::other.pair",
              "hstore", "hstore('k', i::text)",
              "ltree", "text2ltree('a.' || i)",
              "cube", "cube(i)",
              "color", "(enum_range(null::color))[i]",
              "den", "(enum_range(null::color))[i]",
              "tags", "hstore('k', i::text)",
              "hstore[]", "array[hstore('k', i::text)]",
              "price", "i")
          .forEach(
              (type, value) -> {
                session.run("create table one (k %s primary key)".formatted(type));
                session.run(
                    "insert into one select %s from generate_series(1, 5) i".formatted(value));
                session.run(
                    "create table two (n char(3), k %s, v varchar, b bit(3), primary key (n, k, v, b))"
                        .formatted(type));
                session.run(
                    "insert into two select 'D' || n, k, v, '101' from one, generate_series(1, 2)"
                        + " n, unnest('{x,y}'::text[]) v");
                add(session, "one");
                add(session, "two");
                assertThat(copiedRows(database, session))
                    .as(type)
                    .hasSize(25)
                    .doesNotHaveDuplicates();
                session.rows("select pgq_connect.remove_table('q', 'public.one')");
                session.rows("select pgq_connect.remove_table('q', 'public.two')");
                session.run("drop table one, two");
              });
    }
  }

  private static List<String> copiedRows(TestDatabase database, TestSession session) {
    try {
      return copied(database, session);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aColumnThatHasNoOrderIsRefusedAsKey() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          "create domain place as point; create table t (id int not null, p place not null)");
      assertThatThrownBy(
              () ->
                  session.rows(
                      "select pgq_connect.add_table('q', 't', key_columns => '{id,p}')::text"))
          .hasMessageContaining(
              "Column p of table public.t is of type public.place, whose values have no order, so"
                  + " it cannot be part of the key")
          .hasMessageContaining("--key column,column");
      assertThat(
              session.rows("select pgq_connect.add_table('q', 't', key_columns => '{id}')::text"))
          .hasSize(1);
    }
  }

  @Test
  void functionsAndOperatorsOfOthersDoNotRun() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession admin = database.open("postgres");
        TestSession session = database.open()) {
      session.run("create table t (id int primary key, v text)");
      session.run("insert into t select i, 'x' from generate_series(1, 5) i");
      add(session, "t");
      session.run(
          """
          create table public.ran (what text);
          create function public.ran(what text) returns text language sql as 'insert into public.ran values (what) returning what';
          create function public.concat(integer) returns text language sql as $$ select public.ran('concat') $$;
          create function public.json_build_array(text) returns json language sql as $$ select to_json(public.ran('array')) $$;
          create function public.set_config(text, text, boolean) returns text language sql as $$ select public.ran('config') $$;
          create function public.after(int4, int4) returns boolean language sql as $$ select public.ran('after') is null $$;
          create operator public.> (leftarg = int4, rightarg = int4, function = public.after);
          create domain public.text as pg_catalog.text check (value = 'never')\
          """);
      admin.run(
          "alter database %s set search_path = public, pg_catalog".formatted(database.name()));
      assertThat(copied(database, session))
          .containsExactly("[1, x]", "[2, x]", "[3, x]", "[4, x]", "[5, x]");
      assertThat(session.rows("select what from public.ran")).isEmpty();
    }
  }

  @Test
  void settingsOfTheRoleDoNotChangeWhatIsRead() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession admin = database.open("postgres");
        TestSession session = database.open()) {
      session.run(
          "create table t (id timestamptz primary key, i interval, b bytea, f double precision, m"
              + " money, a text[], r regclass)");
      session.run(
          """
          set timezone = 'UTC';
          insert into t values ('2024-03-31 02:30:00.5+00', '-1 year 2 days 03:00', '\\x00ff', 0.1, '-1234.56', '{a,NULL}', 'pg_catalog.pg_class'),
                               ('2024-04-01 00:00:00+00', null, null, 1e-300, null, '{}', null),
                               ('infinity', '1 mon', '', 'NaN', '0', null, null)\
          """);
      add(session, "t");
      Map<String, String> odd =
          Map.of(
              "datestyle", "'German, DMY'",
              "timezone", "'Asia/Kathmandu'",
              "intervalstyle", "'iso_8601'",
              "bytea_output", "'escape'",
              "extra_float_digits", "-15",
              "array_nulls", "off",
              "quote_all_identifiers", "on",
              "default_transaction_isolation", "'serializable'",
              "default_transaction_read_only", "on",
              "row_security", "on");
      odd.forEach(
          (name, value) ->
              admin.run(
                  "alter role installer in database %s set %s = %s"
                      .formatted(database.name(), name, value)));
      assertThat(copied(database, session))
          .first()
          .asString()
          .startsWith("[2024-03-31 02:30:00.5+00, -1 years +2 days 03:00:00, ")
          .endsWith(", 0.1, -$1,234.56, {a,NULL}, pg_class]");
    }
  }

  @Test
  void tablesThatOthersReferToAreCopiedFirstEvenWhenTheyAreAddedLater() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("create table z (id int primary key) partition by range (id)");
      session.run("create table z1 partition of z for values from (1) to (1000)");
      session.run("create table m (id int primary key references z1)");
      session.run("create table a (id int primary key references m) partition by range (id)");
      session.run("create table a1 partition of a for values from (1) to (1000)");
      session.run("insert into z select generate_series(1, 5)");
      session.run("insert into m select generate_series(1, 5)");
      session.run("insert into a select generate_series(1, 5)");
      add(session, "a");
      try (Connection connection = new Database(config(database.connectorKeys())).open("copy")) {
        new Queue(connection, "q", "copy").beginSession(true);
        TableCopies copies = new TableCopies(connection, "q", Remedy.ofQueue("q"));
        ChunkReader chunks =
            new ChunkReader(connection, "q", CHUNK_ROWS, Remedy.ofQueue("q"), NanoClock.SYSTEM);
        Set<String> order = new LinkedHashSet<>();
        boolean first = true;
        for (var request = copies.nextRequest(table -> true);
            request.isPresent();
            request = copies.nextRequest(table -> true)) {
          Tick tick = tick(session);
          var chunk = chunks.read(request.get(), tick);
          if (chunk.isPresent()) {
            copies.published(chunk.get(), tick);
            order.add(request.get().table().table());
            if (first) {
              first = false;
              add(session, "m");
              add(session, "z");
            } else {
              chunk.get().rows().forEach(row -> order.add(request(chunk.get()) + row[0]));
            }
          }
        }
        assertThat(order).startsWith("a", "z").containsSubsequence("z5", "m1", "m5", "a3", "a5");
        assertThat(CopyOrder.parentsFirst(connection, ids("a", "missing", "m", "z")))
            .isEqualTo(ids("missing", "z", "m", "a"));
      }
    }
  }

  @Test
  void partitionsThatAreCapturedByThemselvesAreCopiedUnderTheNameOfTheWhole() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          """
          create table p (id int primary key, v text) partition by range (id);
          create table p1 partition of p for values from (1) to (10);
          create table p2 (v text, id int not null);
          alter table p attach partition p2 for values from (10) to (20);
          create table p3 partition of p for values from (20) to (30) partition by range (id);
          create table p3a partition of p3 for values from (20) to (30);
          create table p4 partition of p for values from (30) to (40);
          insert into p select i, 'x' from generate_series(8, 32) i\
          """);
      add(session, "p2");
      assertThat(copied(database, session)).containsExactly(range(10, 20));
      add(session, "p1");
      assertThat(copied(database, session)).containsExactly(range(8, 20));
      session.rows("select pgq_connect.add_table('q', 'p4', copy => false)::text");
      assertThat(copied(database, session)).isEmpty();
      CopyRequests.request(session.connection(), "q", new TableId("public", "p"));
      session.rows("select pgq_connect.remove_table('q', 'p4')");
      add(session, "p3");
      assertThat(copied(database, session)).containsExactly(range(8, 30));
      session.run("insert into p values (1, 'one'); update p set v = 'y' where id in (11, 21, 31)");
      assertThat(session.events("public.p")).containsExactly("c|(1,one)", "u|(y,11)", "u|(21,y)");
      assertThat(session.rows("select distinct state from pgq_connect.capture_status('q')"))
          .containsExactly("ok");
      // One that is a table of its own now is not what the name means, nor is one that is gone.
      session.run("update p set v = 'x'; alter table p detach partition p1");
      CopyRequests.request(session.connection(), "q", new TableId("public", "p"));
      assertThat(copied(database, session)).containsExactly(range(10, 30));
      session.run("drop table p1");
      CopyRequests.request(session.connection(), "q", new TableId("public", "p"));
      assertThat(copied(database, session)).containsExactly(range(10, 30));
    }
  }

  @Test
  void aPartitionIsNotCapturedBesideAnotherOneWithOtherColumnsOrKey() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          """
          create table p (id int not null, v text not null) partition by range (id);
          create table p1 partition of p (primary key (id)) for values from (1) to (10);
          create table p2 partition of p (primary key (v)) for values from (10) to (20)\
          """);
      session.rows("select pgq_connect.add_table('q', 'p1', exclude => '{v}')::text");
      assertThatThrownBy(() -> add(session, "p2"))
          .hasMessageContaining(
              "Partition public.p2 cannot be captured into queue \"q\" beside public.p1, under"
                  + " whose name (public.p) it would be published, because partitions that are"
                  + " captured separately cannot have options")
          .hasMessageContaining(
              "Capture the whole table instead: ./pgq-connect provider remove --queue q public.p1;"
                  + " then ./pgq-connect provider add --queue q public.p");
      session.rows("select pgq_connect.add_table('q', 'p1', exclude => '{}')::text");
      assertThatThrownBy(() -> add(session, "p2"))
          .hasMessageContaining("because its key is (v), and that of partition public.p1 is (id)");
    }
  }

  private static String[] range(int first, int end) {
    return IntStream.range(first, end).mapToObj("[%d, x]"::formatted).toArray(String[]::new);
  }

  private static String request(CopyChunk chunk) {
    return chunk.progress().table().table();
  }

  private static List<TableId> ids(String... names) {
    return Arrays.stream(names).map(name -> new TableId("public", name)).toList();
  }
}
