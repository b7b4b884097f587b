/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pgqconnect.sink.testing.TestDatabase;
import org.pgqconnect.sink.testing.TestQueue;
import org.pgqconnect.sink.testing.TestWorker;

/** A statement reaches the rows that are meant, and runs nothing that others made. */
class MeaningIT {
  private final TestDatabase database = new TestDatabase();
  private final TestWorker worker = new TestWorker(database.config(), false);
  private final TestQueue queue = new TestQueue(worker);

  @AfterEach
  void close() {
    worker.close();
    database.close();
  }

  private void apply() {
    worker.start();
    worker.drain();
  }

  @Test
  void changesOfAParentDoNotReachTheTablesThatInheritFromIt() {
    TestQueue.Table parent = TestQueue.table("public.zparent", 1, "id integer", "v text");
    TestQueue.Table child =
        TestQueue.table("public.achild", 1, "id integer", "v text", "w integer");
    database.run("CREATE TABLE zparent (id integer PRIMARY KEY, v text)");
    database.run("CREATE TABLE achild (w integer, PRIMARY KEY (id)) INHERITS (zparent)");
    queue.batch(0, 1).begin().r(child, 1, "c1", 1).r(child, 2, "c2", 2).copied(child, true).end();
    queue.batch(1, 2).begin().r(parent, 1, "p1").r(parent, 2, "p2").copied(parent, true).end();
    apply();
    assertThat(database.rows("SELECT * FROM ONLY achild ORDER BY id"))
        .containsExactly("1|c1|1", "2|c2|2");
    queue.batch(2, 3).begin().d(parent, 1, null).u(parent, 2, "new").end();
    worker.drain();
    assertThat(database.rows("SELECT * FROM ONLY achild ORDER BY id"))
        .containsExactly("1|c1|1", "2|c2|2");
    assertThat(database.rows("SELECT * FROM ONLY zparent")).containsExactly("2|new");
    queue.batch(3, 4).begin().t(parent).end();
    worker.drain();
    assertThat(database.value("SELECT count(*) FROM zparent")).isEqualTo("2");
    queue.batch(4, 5).begin().c(parent, 5, "p5").t(child).end();
    worker.drain();
    assertThat(database.rows("SELECT * FROM zparent")).containsExactly("5|p5");
  }

  @Test
  void rowsOfAPartitionedTableAreDeletedAndEmptied() {
    TestQueue.Table table = TestQueue.table("public.p", 1, "id integer", "v text");
    database.run("CREATE TABLE p (id integer PRIMARY KEY, v text) PARTITION BY RANGE (id)");
    database.run("CREATE TABLE p1 PARTITION OF p DEFAULT");
    queue.batch(0, 1).begin().r(table, 1, "a").r(table, 2, "b").copied(table, true).end();
    queue.batch(1, 2).begin().d(table, 1, null).end();
    apply();
    assertThat(database.rows("SELECT * FROM p")).containsExactly("2|b");
    queue.batch(2, 3).begin().t(table).end();
    worker.drain();
    assertThat(database.value("SELECT count(*) FROM p")).isEqualTo("0");
  }

  @Test
  void functionsAndOperatorsOfOthersDoNotRun() {
    database.run(
        """
        CREATE TABLE ran (what text);
        CREATE FUNCTION public.unnest(int4[]) RETURNS SETOF int4 LANGUAGE plpgsql
          AS $$ BEGIN INSERT INTO public.ran VALUES ('unnest'); RETURN NEXT 666; END $$;
        CREATE FUNCTION public.unnest(text[]) RETURNS SETOF text LANGUAGE plpgsql
          AS $$ BEGIN INSERT INTO public.ran VALUES ('unnest'); RETURN NEXT '666'; END $$;
        CREATE FUNCTION public.set_config(text, text, boolean) RETURNS text LANGUAGE plpgsql
          AS $$ BEGIN INSERT INTO public.ran VALUES ('set_config'); RETURN 'x'; END $$;
        CREATE FUNCTION public.always(int4, int4) RETURNS boolean LANGUAGE plpgsql
          AS $$ BEGIN INSERT INTO public.ran VALUES ('='); RETURN true; END $$;
        CREATE OPERATOR public.= (LEFTARG = int4, RIGHTARG = int4, FUNCTION = public.always);
        CREATE DOMAIN public.text AS pg_catalog.text CHECK (value = 'never')\
        """);
    database.run("ALTER DATABASE %s SET search_path = public, pg_catalog".formatted(database.name));
    TestQueue.Table table = TestQueue.table("public.t", 1, "id integer", "v text");
    database.run("CREATE TABLE t (id integer PRIMARY KEY, v pg_catalog.text)");
    queue.batch(0, 1).begin().copied(table, false).end();
    queue.batch(1, 2).begin().c(table, 1, "a").c(table, 2, "b").c(table, 3, "c").end();
    apply();
    queue.batch(2, 3).begin().d(table, 1, null).u(table, 2, "B").end();
    worker.drain();
    assertThat(database.rows("SELECT * FROM t ORDER BY v")).containsExactly("2|B", "3|c");
    assertThat(database.rows("SELECT * FROM ran")).isEmpty();
  }

  @Test
  void keysOfExtensionTypesAreEqualAsTheirTypeSays() {
    database.run("CREATE EXTENSION citext");
    TestQueue.Table table =
        TestQueue.table("public.t", 2, "k public.citext", "n integer", "v text");
    database.run("CREATE TABLE t (k citext, n integer, v text, PRIMARY KEY (k, n))");
    queue.batch(0, 1).begin().copied(table, false).end();
    queue.batch(1, 2).begin().c(table, "Ann", 1, "a").c(table, "Bob", 1, "b").end();
    apply();
    queue.batch(2, 3).begin().d(table, "ANN", 1, null).u(table, "BOB", 1, "B").end();
    worker.drain();
    assertThat(database.rows("SELECT * FROM t")).containsExactly("BOB|1|B");
  }

  private void asRole(String sql) {
    database.run(
        """
        DO $$ BEGIN
          CREATE ROLE modest LOGIN PASSWORD 'modest';
        EXCEPTION WHEN duplicate_object THEN NULL;
        END $$\
        """);
    database.run("GRANT CREATE ON DATABASE " + database.name + " TO modest");
    database.run("CREATE TABLE t (id integer PRIMARY KEY, v text); " + sql);
  }

  private static final TestQueue.Table T = TestQueue.table("public.t", 1, "id integer", "v text");

  private String failure(TestWorker modest) {
    try {
      modest.start();
      modest.drain();
      return "none";
    } catch (ConnectException e) {
      return e.getMessage();
    }
  }

  private TestWorker modest() {
    return new TestWorker(
        database.config("database.user", "modest", "database.password", "modest"), false);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GRANT ALL ON t TO modest; ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t"
            + " FOR SELECT USING (true)| Row security of table public.t on the subscriber applies"
            + " to the sink's role \"modest\"| ALTER TABLE \"public\".\"t\" DISABLE ROW LEVEL"
            + " SECURITY;",
        "ALTER TABLE t OWNER TO modest; ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t"
            + " FORCE ROW LEVEL SECURITY| Row security of table public.t | ALTER ROLE \"modest\""
            + " BYPASSRLS;",
        "GRANT SELECT, INSERT, DELETE ON t TO modest; GRANT UPDATE (id) ON t TO modest| Role"
            + " \"modest\" cannot write table public.t | GRANT UPDATE (v) ON \"public\".\"t\" TO"
            + " \"modest\";",
        "GRANT SELECT, INSERT, UPDATE, TRUNCATE ON t TO modest| Role \"modest\" cannot write table"
            + " public.t | GRANT DELETE ON \"public\".\"t\" TO \"modest\";",
        "GRANT ALL ON t TO modest; ALTER TABLE t SET UNLOGGED| Table public.t on the subscriber is"
            + " unlogged: a crash of the server empties it | ALTER TABLE public.t SET LOGGED;",
        "DROP TABLE t; CREATE TABLE t (id integer PRIMARY KEY, v text) PARTITION BY RANGE (id);"
            + " CREATE UNLOGGED TABLE \"P 1\" PARTITION OF t DEFAULT; GRANT ALL ON t TO modest|"
            + " Table public.t on the subscriber is unlogged | ALTER TABLE public.\"P 1\" SET"
            + " LOGGED;",
        "GRANT ALL ON t TO modest; CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING"
            + "| Rule \"r\" on table public.t | ALTER TABLE \"public\".\"t\" DISABLE RULE \"r\";",
        "GRANT ALL ON t TO modest; CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN"
            + " RETURN NULL; END'; CREATE TRIGGER g BEFORE INSERT OR UPDATE ON t FOR EACH ROW"
            + " EXECUTE FUNCTION f()| of table public.t were not written | ALTER TABLE"
            + " \"public\".\"t\" DISABLE TRIGGER \"g\";",
      })
  void whatTheRoleMayNotReachIsRefusedWithWhatToRun(String make, String message, String remedy) {
    asRole(make);
    try (TestWorker modest = modest()) {
      TestQueue its = new TestQueue(modest);
      its.batch(0, 1).begin().copied(T, false).end();
      its.batch(1, 2).begin().c(T, 1, "a").c(T, 2, "b").end();
      assertThat(failure(modest)).contains(message).contains(remedy);
      database.run(remedy);
      assertThat(failure(modest)).isEqualTo("none");
      assertThat(database.value("SELECT count(*) FROM t")).isEqualTo("2");
    } finally {
      database.run("ALTER ROLE modest NOBYPASSRLS");
    }
  }

  @Test
  void rowSecurityThatIsEnabledLaterStopsTheSink() {
    asRole("GRANT ALL ON t TO modest");
    try (TestWorker modest = modest()) {
      TestQueue its = new TestQueue(modest);
      its.batch(0, 1).begin().copied(T, false).end();
      its.batch(1, 2).begin().c(T, 1, "a").end();
      assertThat(failure(modest)).isEqualTo("none");
      database.run("ALTER TABLE t ENABLE ROW LEVEL SECURITY");
      its.batch(2, 3).begin().d(T, 1, null).end();
      assertThatThrownBy(modest::drain)
          .hasMessageContaining("Row security of table public.t")
          .hasMessageContaining("DISABLE ROW LEVEL SECURITY");
      assertThat(database.rows("SELECT * FROM t")).containsExactly("1|a");
    }
  }

  @ParameterizedTest
  @CsvSource({"VIEW, view", "MATERIALIZED VIEW, materialized view"})
  void whatIsNoTableIsNamed(String kind, String name) {
    database.run("CREATE %s t AS SELECT 1 AS id, 'a' AS v".formatted(kind));
    queue.batch(0, 1).begin().copied(T, false).end();
    queue.batch(1, 2).begin().c(T, 1, "a").end();
    assertThatThrownBy(this::apply)
        .hasMessageContaining("public.t on the subscriber is a " + name)
        .hasMessageContaining("ALTER %s \"public\".\"t\" RENAME TO \"t_other\";".formatted(kind));
  }

  @Test
  void aDatabaseThatIsReadOnlyForOthersIsWritten() {
    TestQueue.Table table = TestQueue.table("public.t", 1, "id integer", "v text");
    database.run("CREATE TABLE t (id integer PRIMARY KEY, v text)");
    database.run(
        "ALTER DATABASE %s SET default_transaction_read_only = on".formatted(database.name));
    queue.batch(0, 1).begin().copied(table, false).end();
    queue.batch(1, 2).begin().c(table, 1, "a").end();
    apply();
    assertThat(database.rows("SELECT * FROM t")).containsExactly("1|a");
  }
}
