/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.copy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pgqconnect.source.queue.Tick;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;

/** The last key of a copy says which rows are left in the order in which the copy began only. */
class CopyKeyOrderIT {
  private static final int CHUNK_ROWS = 5;

  /** In ICU's order a, B, c; in that of "C" B, a, c. */
  private static final String ICU_TABLE =
      """
      create table t (id text collate "en-x-icu" primary key, v int);
      insert into t select (array['a','B','c'])[i % 3 + 1] || lpad(i::text, 2, '0'), i from generate_series(1, 30) i\
      """;

  private static final String TO_C = "alter table t alter id type text collate \"C\"";

  private static void add(TestSession session) {
    session.rows("select pgq_connect.add_table('q', 't'::regclass)::text");
  }

  /** Takes up the present key, as the source's check does. */
  private static void refresh(TestSession session) {
    session.rows("select pgq_connect.refresh_table('q', 't'::regclass)::text");
  }

  private static void assertThatAllRowsCame(CopyRun run, TestSession session) throws Exception {
    assertThat(run.complete())
        .containsExactlyInAnyOrderElementsOf(
            session.rows("select replace(translate(t::text, '()', '[]'), ',', ', ') from t"));
    assertThat(session.rows("select state from pgq_connect.table_copy")).containsExactly("done");
  }

  /** Another order: the copy that was under way is given up, and one copy more is made. */
  private static void assertThatItBeginsAnew(String table, String... changes) throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(table);
      add(session);
      try (CopyRun run = new CopyRun(database, session, CHUNK_ROWS)) {
        run.chunk();
        run.chunk();
        for (String change : changes) {
          session.run(change);
        }
        refresh(session);
        assertThatAllRowsCame(run, session);
        assertThat(run.copyIds()).hasSize(2);
      }
    }
  }

  @Test
  void anotherCollationOfTheKey() throws Exception {
    assertThatItBeginsAnew(ICU_TABLE, TO_C);
  }

  @Test
  void anotherTypeOfTheKey() throws Exception {
    assertThatItBeginsAnew(
        "create table t (id int primary key, v int); insert into t select i, i from"
            + " generate_series(1, 30) i",
        "alter table t alter id type text");
  }

  @Test
  void theColumnsOfTheKeyExchangePlaces() throws Exception {
    assertThatItBeginsAnew(
        """
        create table t (a int, b int, v int, primary key (a, b));
        insert into t select i, 31 - i, i from generate_series(1, 30) i\
        """,
        "alter table t drop constraint t_pkey, add primary key (b, a)");
  }

  @Test
  void anotherColumnIsTheKey() throws Exception {
    assertThatItBeginsAnew(
        """
        create table t (a int primary key, b int unique not null, v int);
        insert into t select i, 31 - i, i from generate_series(1, 30) i\
        """,
        "alter table t drop constraint t_pkey, add unique (a), add primary key (b)");
  }

  @Test
  void labelsOfAnEnumExchangePlaces() throws Exception {
    assertThatItBeginsAnew(
        """
        create type color as enum ('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o');
        create table t (id color[] primary key, v int);
        insert into t select array[x], 0 from unnest(enum_range(null::color)) x\
        """,
        """
        alter type color rename value 'j' to 'x';
        alter type color rename value 'o' to 'j'\
        """);
  }

  @Test
  void theKeyOfAPartitionedTable() throws Exception {
    assertThatItBeginsAnew(
        """
        create table t (id text collate "en-x-icu", p int, primary key (id, p)) partition by list (p);
        create table t0 partition of t for values in (0);
        create table t1 partition of t for values in (1);
        insert into t select (array['a','B','c'])[i % 3 + 1] || lpad(i::text, 2, '0'), i % 2 from generate_series(1, 30) i\
        """,
        TO_C);
  }

  @Test
  void aKeyThatAnOperatorChose() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          """
          create table t (id text collate "en-x-icu" not null unique, v int);
          insert into t select (array['a','B','c'])[i % 3 + 1] || lpad(i::text, 2, '0'), i from generate_series(1, 30) i\
          """);
      session.rows("select pgq_connect.add_table('q', 't', key_columns => '{id}')::text");
      try (CopyRun run = new CopyRun(database, session, CHUNK_ROWS)) {
        run.chunk();
        run.chunk();
        session.run(TO_C);
        assertThatAllRowsCame(run, session);
        assertThat(run.copyIds()).hasSize(2);
      }
    }
  }

  @Test
  void anExtensionsTypeBecomesText() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession admin = database.open("postgres");
        TestSession session = database.open()) {
      admin.run("create extension citext");
      session.run(ICU_TABLE.replace("text collate", "citext collate"));
      add(session);
      try (CopyRun run = new CopyRun(database, session, CHUNK_ROWS)) {
        run.chunk();
        session.run(TO_C);
        assertThatAllRowsCame(run, session);
        assertThat(run.copyIds()).hasSize(2);
      }
    }
  }

  /** A server that was upgraded, or another one after a failover. */
  @Test
  void anotherVersionOfTheCollation() throws Exception {
    assertThatItBeginsAnew(
        ICU_TABLE,
        """
        do $$
        declare
            its_version text := (select pg_collation_actual_version(oid) from pg_collation where collname = 'en-x-icu');
        begin
            update pgq_connect.table_copy
               set ordered_by = replace(ordered_by, '"' || its_version || '"', '"1.2.3"')
             where strpos(ordered_by, '"' || its_version || '"') > 0;
            if not found then
                raise '% is not in %', its_version, (select ordered_by from pgq_connect.table_copy);
            end if;
        end
        $$\
        """);
  }

  @Test
  void anOrderThatIsNotKnown() throws Exception {
    assertThatItBeginsAnew(ICU_TABLE, "update pgq_connect.table_copy set ordered_by = null");
  }

  /** The change commits while a chunk waits for its lock, and after the request was looked up. */
  @Test
  void aChangeThatCommitsWhileTheChunkWaitsForTheTable() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open();
        TestSession other = database.open();
        TestSession observer = database.open()) {
      session.run(ICU_TABLE);
      add(session);
      try (CopyRun run = new CopyRun(database, session, CHUNK_ROWS)) {
        run.chunk();
        run.chunk();
        other.run("begin; " + TO_C);
        CompletableFuture<Void> commit =
            CompletableFuture.runAsync(
                () -> {
                  while (observer.rows("select from pg_locks where not granted").isEmpty()) {
                    Thread.onSpinWait();
                  }
                  other.run("commit");
                });
        assertThatAllRowsCame(run, session);
        commit.join();
        assertThat(run.copyIds()).hasSize(2);
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nothing | select",
        "rows | update t set v = v + 1 where id >= 'c'",
        "another column | alter table t add w int",
        "the length of the key | alter table t alter id type varchar(20) collate \"en-x-icu\"",
        "the name of the key | alter table t rename id to key",
        "the name of the key's index | alter index t_pkey rename to its_key",
        "the place of the rows | cluster t using t_pkey",
        "the type of another column | alter table t alter v type bigint"
      })
  void theCopyContinuesWhereTheOrderStays(String what, String change) throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(ICU_TABLE.replace("text collate", "varchar(10) collate"));
      add(session);
      try (CopyRun run = new CopyRun(database, session, CHUNK_ROWS)) {
        run.chunk();
        run.chunk();
        session.run(change);
        refresh(session);
        run.complete();
        assertThat(run.rows()).as(what).hasSize(30).doesNotHaveDuplicates();
        assertThat(run.copyIds()).as(what).hasSize(1);
      }
    }
  }

  @Test
  void aCopyThatIsDoneIsNotMadeAgain() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(ICU_TABLE);
      add(session);
      try (CopyRun run = new CopyRun(database, session, CHUNK_ROWS)) {
        run.complete();
        session.run(TO_C);
        refresh(session);
        assertThatAllRowsCame(run, session);
        assertThat(run.copyIds()).hasSize(1);
      }
    }
  }

  /** The next session publishes again from a tick at which the copy was less far. */
  @Test
  void aCopyThatGoesBackBehindTheChangeBeginsAnew() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(ICU_TABLE);
      add(session);
      Tick first;
      try (CopyRun run = new CopyRun(database, session, CHUNK_ROWS)) {
        run.chunk();
        first = run.lastTick();
        run.chunk();
        session.run(TO_C);
      }
      try (CopyRun run = new CopyRun(database, session, CHUNK_ROWS)) {
        run.goBack(first);
        assertThat(session.rows("select state, rows_copied from pgq_connect.table_copy"))
            .containsExactly("copying|5");
        run.chunk();
        assertThat(session.rows("select state, rows_copied from pgq_connect.table_copy"))
            .containsExactly("copying|5");
        // Chunks of the copy in the new order came after the tick: all of them come again.
        run.goBack(first);
        assertThatAllRowsCame(run, session);
        assertThat(run.copyIds()).hasSize(2);
      }
    }
  }
}
