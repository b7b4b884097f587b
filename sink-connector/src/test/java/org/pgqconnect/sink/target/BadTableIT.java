/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.pgqconnect.sink.testing.TestDatabase;
import org.pgqconnect.sink.testing.TestQueue;
import org.pgqconnect.sink.testing.TestWorker;

/** What a subscriber cannot take is refused with the statement that fixes it. */
class BadTableIT {
  private static final TestQueue.Table T =
      TestQueue.table("public.t", 1, "id bigint", "v timestamp with time zone", "n numeric(10,2)");

  private final TestDatabase database = new TestDatabase();
  private final TestWorker worker = new TestWorker(database.config(), false);
  private final TestQueue queue = new TestQueue(worker);

  @AfterEach
  void close() {
    worker.close();
    database.close();
  }

  private AbstractThrowableAssert<?, ?> failure(String ddl) {
    if (!ddl.isEmpty()) {
      database.run(ddl);
    }
    queue.batch(0, 1).begin().copied(T, false).end();
    queue.batch(1, 2).begin().c(T, 5L, "2024-01-01 00:00:00+00", "1.50").end();
    return assertThatThrownBy(
            () -> {
              worker.start();
              worker.drain();
            })
        .isInstanceOf(ConnectException.class);
  }

  private void fix(String sql) {
    database.run(sql);
    worker.start();
    worker.drain();
    assertThat(database.value("SELECT count(*) FROM t WHERE id = 5")).isEqualTo("1");
  }

  @Test
  void missingTable() {
    String create =
        """
        CREATE TABLE "public"."t" (
          "id" bigint NOT NULL,
          "v" timestamp with time zone,
          "n" numeric(10,2),
          PRIMARY KEY ("id")
        );\
        """;
    failure("")
        .hasMessageContaining(
            "Table public.t is replicated but does not exist on the subscriber. Create it:\n"
                + create)
        .hasMessageContaining("POST /connectors/test-sink/restart?includeTasks=true");
    fix(create);
  }

  @Test
  void missingColumn() {
    failure("CREATE TABLE t (id bigint PRIMARY KEY, v timestamptz)")
        .hasMessageContaining("Table public.t on the subscriber has no column \"n\"")
        .hasMessageContaining("ALTER TABLE \"public\".\"t\" ADD COLUMN \"n\" numeric(10,2);");
    fix("ALTER TABLE \"public\".\"t\" ADD COLUMN \"n\" numeric(10,2)");
  }

  @Test
  void columnOfAnotherType() {
    failure("CREATE TABLE t (id bigint PRIMARY KEY, v timestamp, n numeric(10,2))")
        .hasMessageContaining(
            "Column \"v\" of table public.t is timestamp with time zone on the provider but"
                + " timestamp without time zone on the subscriber")
        .hasMessageContaining(
            "ALTER TABLE \"public\".\"t\" ALTER COLUMN \"v\" TYPE timestamp with time zone USING"
                + " \"v\"::text::timestamp with time zone;");
    fix("ALTER TABLE t ALTER COLUMN v TYPE timestamptz");
  }

  @Test
  void columnWhoseValuesDoNotFitTheOtherType() {
    String empty =
        "ALTER TABLE \"public\".\"t\" ALTER COLUMN \"n\" DROP DEFAULT, ALTER COLUMN \"n\" DROP NOT"
            + " NULL, ALTER COLUMN \"n\" TYPE numeric(10,2) USING NULL;";
    failure(
            "CREATE TABLE t (id bigint PRIMARY KEY, v timestamptz, n date NOT NULL DEFAULT"
                + " '2024-01-01'); INSERT INTO t VALUES (1)")
        .hasMessageContaining(
            "ALTER TABLE \"public\".\"t\" ALTER COLUMN \"n\" DROP DEFAULT, ALTER COLUMN \"n\" TYPE"
                + " numeric(10,2) USING \"n\"::text::numeric(10,2),")
        .hasMessageContaining(empty)
        .hasMessageContaining("./pgq-connect provider resync --prefix bank public.t");
    fix(empty);
  }

  @Test
  void keyOfAnotherTypeCannotBeEmptied() {
    failure("CREATE TABLE t (id smallint PRIMARY KEY, v timestamptz, n numeric(10,2))")
        .hasMessageContaining("ALTER COLUMN \"id\" TYPE bigint USING \"id\"::text::bigint;")
        .hasMessageNotContaining("USING NULL");
  }

  @Test
  void noPrimaryKey() {
    failure("CREATE TABLE t (id bigint, v timestamptz, n numeric(10,2))")
        .hasMessageContaining(
            "Table public.t has no primary key or unique constraint on the subscriber")
        .hasMessageContaining("ALTER TABLE \"public\".\"t\" ADD PRIMARY KEY (\"id\");");
    fix("ALTER TABLE \"public\".\"t\" ADD PRIMARY KEY (\"id\")");
  }

  @Test
  void keyWhoseIndexTakesDifferentTextsForEqual() {
    database.run(
        "CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);"
            + " CREATE TABLE k (id text NOT NULL, v text); CREATE UNIQUE INDEX ON k (id COLLATE"
            + " ci)");
    TestQueue.Table k = TestQueue.table("public.k", 1, "id text", "v text");
    queue.batch(0, 1).begin().copied(k, false).end();
    queue.batch(1, 2).begin().c(k, "a", "1").c(k, "A", "2").end();
    worker.start();
    assertThatThrownBy(worker::drain)
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("ALTER TABLE \"public\".\"k\" ADD PRIMARY KEY (\"id\");");
    database.run("DROP INDEX k_id_idx; ALTER TABLE \"public\".\"k\" ADD PRIMARY KEY (\"id\")");
    worker.start();
    worker.drain();
    assertThat(database.rows("SELECT * FROM k ORDER BY v")).containsExactly("a|1", "A|2");
  }

  @Test
  void indexOverTheKeyThatTakesDifferentTextsForEqual() {
    database.run(
        "CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);"
            + " CREATE TABLE k (id text PRIMARY KEY, v text); CREATE UNIQUE INDEX loose ON k (id"
            + " COLLATE ci)");
    TestQueue.Table k = TestQueue.table("public.k", 1, "id text", "v text");
    queue.batch(0, 1).begin().copied(k, false).end();
    queue.batch(1, 2).begin().c(k, "a", "1").end();
    queue.batch(2, 3).begin().c(k, "A", "2").end();
    worker.start();
    assertThatThrownBy(worker::drain)
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("loose");
    database.run("DROP INDEX loose");
    worker.start();
    worker.drain();
    assertThat(database.rows("SELECT * FROM k ORDER BY v")).containsExactly("a|1", "A|2");
  }

  @Test
  void extraColumnThatMustNotBeNull() {
    failure(
            "CREATE TABLE t (id bigint PRIMARY KEY, v timestamptz, n numeric(10,2), extra text NOT"
                + " NULL)")
        .hasMessageContaining(
            "The subscriber rejects a row of table public.t, key (id=5), batch (1, 2]")
        .hasMessageContaining("column extra")
        .hasMessageContaining("ALTER TABLE \"public\".\"t\" ALTER COLUMN \"extra\" DROP NOT NULL")
        .hasMessageNotContaining("1.50");
    fix("ALTER TABLE t ALTER COLUMN extra SET DEFAULT 'x'");
  }

  @Test
  void rowThatACheckRefusesIsFoundAmongMany() {
    database.run(
        "CREATE TABLE t (id bigint PRIMARY KEY, v timestamptz, n numeric(10,2) CHECK (n < 1000))");
    queue.batch(0, 1).begin().copied(T, false).end();
    TestQueue.Batch batch = queue.batch(1, 2).begin();
    for (long i = 0; i < 2000; i++) {
      batch.c(T, i, null, i == 1234 ? "1000" : "1");
    }
    batch.end();
    assertThatThrownBy(
            () -> {
              worker.start();
              worker.drain();
            })
        .hasMessageContaining("key (id=1234), batch (1, 2]")
        .hasMessageContaining("constraint t_n_check")
        .hasMessageContaining("SQLSTATE 23514")
        .hasMessageContaining("ALTER TABLE \"public\".\"t\" DROP CONSTRAINT \"t_n_check\";")
        .hasMessageNotContaining("as wide as");
    assertThat(database.value("SELECT count(*) FROM t")).isEqualTo("0");
  }

  @Test
  void uniqueConstraintThatTheProviderDoesNotHave() {
    failure(
            """
            CREATE TABLE t (id bigint PRIMARY KEY, v timestamptz, n numeric(10,2) UNIQUE);
            INSERT INTO t VALUES (9, now(), 1.5)\
            """)
        .hasMessageContaining("key (id=5), batch (1, 2]")
        .hasMessageContaining("constraint t_n_key")
        .hasMessageContaining("Key (n)=(1.50) already exists")
        .hasMessageContaining("If the provider does not have that row, delete it");
  }

  @Test
  void valueThatTheTypeRefusesIsNotShown() {
    failure(
            "CREATE TYPE word AS ENUM ('x'); CREATE TABLE t (id bigint PRIMARY KEY, v timestamptz,"
                + " n word)")
        .hasMessageContaining("key (id=5), batch (1, 2]: invalid input value for enum")
        .hasMessageContaining("SQLSTATE 22P02")
        .hasMessageContaining(
            "ALTER TABLE \"public\".\"t\" ALTER COLUMN \"n\" TYPE numeric(10,2) USING"
                + " \"n\"::text::numeric(10,2);")
        .hasMessageNotContaining("1.50")
        .hasNoCause();
  }

  @Test
  void labelThatTheProviderHasRenamedSinceIsAddedForTheTimeBeing() {
    database.run(
        "CREATE TYPE mood AS ENUM ('great'); CREATE TABLE m (id bigint PRIMARY KEY, v mood)");
    TestQueue.Table m = TestQueue.table("public.m", 1, "id bigint", "v public.mood");
    queue.batch(0, 1).begin().copied(m, false).end();
    queue.batch(1, 2).begin().c(m, 5L, "it's good").end();
    worker.start();
    assertThatThrownBy(worker::drain)
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("key (id=5), batch (1, 2]: invalid input value for enum public.mood")
        .hasMessageContaining("ALTER TYPE public.mood ADD VALUE 'it''s good';")
        .hasMessageContaining("provider resync")
        .hasMessageContaining("public.m");
    database.run("ALTER TYPE public.mood ADD VALUE 'it''s good'");
    worker.start();
    worker.drain();
    assertThat(database.rows("SELECT * FROM m")).containsExactly("5|it's good");
  }

  @Test
  void rowThatNoPartitionTakes() {
    failure(
            "CREATE TABLE t (id bigint PRIMARY KEY, v timestamptz, n numeric(10,2)) PARTITION BY"
                + " RANGE (id)")
        .hasMessageContaining("key (id=5), batch (1, 2]: no partition of relation")
        .hasMessageContaining(
            "CREATE TABLE \"public\".\"t_default\" PARTITION OF \"public\".\"t\" DEFAULT;");
    fix("CREATE TABLE \"public\".\"t_default\" PARTITION OF \"public\".\"t\" DEFAULT;");
  }

  @Test
  void rowThatADomainRefuses() {
    failure(
            "CREATE DOMAIN small AS numeric(10,2) CONSTRAINT tiny CHECK (value < 1); CREATE TABLE t"
                + " (id bigint PRIMARY KEY, v timestamptz, n small)")
        .hasMessageContaining("key (id=5), batch (1, 2]")
        .hasMessageContaining("ALTER DOMAIN \"public\".\"small\" DROP CONSTRAINT \"tiny\";");
    fix("ALTER DOMAIN \"public\".\"small\" DROP CONSTRAINT \"tiny\";");
  }

  @Test
  void rowThatATriggerRaisesFor() {
    failure(
            """
            CREATE TABLE t (id bigint PRIMARY KEY, v timestamptz, n numeric(10,2));
            CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not here'; END $$;
            CREATE TRIGGER no BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION no();
            ALTER TABLE t ENABLE ALWAYS TRIGGER no\
            """)
        .hasMessageContaining("key (id=5), batch (1, 2]: not here")
        .hasMessageContaining("ALTER TABLE \"public\".\"t\" DISABLE TRIGGER \"no\";");
    fix("ALTER TABLE \"public\".\"t\" DISABLE TRIGGER \"no\";");
  }

  @Test
  void functionOfATriggerThatNamesItsObjectsWithoutSchema() {
    failure(
            """
            CREATE TABLE t (id bigint PRIMARY KEY, v timestamptz, n numeric(10,2));
            CREATE TABLE log (id bigint);
            CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (new.id); RETURN new; END $$;
            CREATE TRIGGER note BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION note();
            ALTER TABLE t ENABLE ALWAYS TRIGGER note\
            """)
        .hasMessageContaining("The subscriber rejects writes to table public.t, batch (1, 2]")
        .hasMessageContaining("relation \"log\" does not exist")
        .hasMessageContaining("PL/pgSQL function public.note()")
        .hasMessageContaining("ALTER FUNCTION .. SET search_path = ..");
    fix("ALTER FUNCTION note() SET search_path = public");
    assertThat(database.rows("SELECT * FROM log")).containsExactly("5");
  }

  @Test
  void rowThatAnotherRowExcludes() {
    failure(
            """
            CREATE EXTENSION btree_gist;
            CREATE TABLE t (id bigint PRIMARY KEY, v timestamptz, n numeric(10,2), CONSTRAINT apart EXCLUDE USING gist (n WITH =));
            INSERT INTO t VALUES (9, now(), 1.5)\
            """)
        .hasMessageContaining("key (id=5), batch (1, 2]")
        .hasMessageContaining("SQLSTATE 23P01")
        .hasMessageContaining(
            "Another row is in its place. If the provider does not have that row, delete it; if the"
                + " provider has it, leave it")
        .hasMessageNotContaining("as wide as");
  }

  @Test
  void aTableAlteredWhileTheSinkRunsIsReadAgain() {
    database.run("CREATE TABLE t (id bigint PRIMARY KEY, v timestamptz, n numeric(10,2))");
    queue.batch(0, 1).begin().copied(T, false).end();
    queue.batch(1, 2).begin().c(T, 1L, null, "1").end();
    worker.start();
    worker.drain();
    database.run(
        "ALTER TABLE t ALTER COLUMN n TYPE text; ALTER TABLE t ADD g text GENERATED ALWAYS AS (n)"
            + " STORED");
    queue.batch(2, 3).begin().u(T, 1L, null, "2.00").end();
    worker.drain();
    assertThat(database.rows("SELECT n, g FROM t")).containsExactly("2.00|2.00");
    database.run("ALTER TABLE t DROP COLUMN n CASCADE");
    queue.batch(3, 4).begin().u(T, 1L, null, "3.00").end();
    assertThatThrownBy(worker::drain).hasMessageContaining("ADD COLUMN \"n\" numeric(10,2)");
  }

  @Test
  void identityAndGeneratedColumnsAndOddNames() {
    database.run(
        """
        CREATE TABLE "T x" ("Id" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "a ""b" text, "d" text GENERATED ALWAYS AS ("a ""b" || '!') STORED)\
        """);
    TestQueue.Table odd =
        TestQueue.table("public.T x", 1, "Id bigint", "a_b text", "d text")
            .computing("d", "GENERATED ALWAYS AS ((a_b || '!'::text)) STORED");
    database.run("ALTER TABLE \"T x\" RENAME COLUMN \"a \"\"b\" TO a_b");
    queue.batch(0, 1).begin().copied(odd, false).end();
    queue.batch(1, 2).begin().c(odd, 41L, "x", "x!").c(odd, 42L, "y", "y!").end();
    queue.batch(2, 3).begin().u(odd, 41L, "z", "z!").d(odd, 42L, null, null).end();
    TestQueue.Batch many = queue.batch(3, 4).begin();
    for (long i = 100; i < 200; i++) {
      many.c(odd, i, "m", "m!");
    }
    many.end();
    worker.start();
    worker.drain();
    assertThat(database.rows("SELECT * FROM \"T x\" WHERE \"Id\" < 100"))
        .containsExactly("41|z|z!");
    assertThat(database.value("SELECT count(*) FROM \"T x\"")).isEqualTo("101");
  }

  @Test
  void numericKeysThatAreWrittenDifferentlyAreOne() {
    TestQueue.Table n = TestQueue.table("public.n", 1, "id numeric", "v text");
    database.run("CREATE TABLE n (id numeric PRIMARY KEY, v text)");
    queue.batch(0, 1).begin().copied(n, false).end();
    queue
        .batch(1, 2)
        .begin()
        .c(n, "1.0", "a")
        .u(n, "1.00", "b")
        .c(n, "2", "x")
        .d(n, "2.0", null)
        .end();
    worker.start();
    worker.drain();
    assertThat(database.rows("SELECT v FROM n")).containsExactly("b");
  }

  @Test
  void recordThatIsNotOurs() {
    worker.appendRaw(T.topic(), 0, "{\"id\": 5}".getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(
            () -> {
              worker.start();
              worker.drain();
            })
        .isInstanceOf(DataException.class)
        .hasMessageContaining(
            "The record at topic bank.public.t, partition 0, offset 0 is not one that the"
                + " pgq-connect source writes")
        .hasMessageContaining("it has no 'source' and 'op' fields");
  }

  @Test
  void recordOfTheTransactionTopicThatIsNotOurs() {
    worker.appendRaw(
        "bank.transaction",
        0,
        "{\"status\":\"END\",\"id\":\"571\"}".getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(
            () -> {
              worker.start();
              worker.drain();
            })
        .isInstanceOf(DataException.class)
        .hasMessageContaining("topic bank.transaction, partition 0, offset 0")
        .hasMessageContaining("it has no 'tick_id' and 'prev_tick_id' fields");
  }

  @Test
  void topicOfAnotherQueue() {
    worker.appendRaw("else.public.t", 0, "{}".getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(
            () -> {
              worker.start();
              worker.drain();
            })
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining(
            "Topic else.public.t does not belong to the queue with topic.prefix \"bank\"")
        .hasMessageContaining("Correct topics.regex");
  }
}
