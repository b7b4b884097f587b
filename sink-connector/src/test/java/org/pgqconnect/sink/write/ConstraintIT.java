/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.sink.testing.TestDatabase;
import org.pgqconnect.sink.testing.TestQueue;
import org.pgqconnect.sink.testing.TestWorker;

/**
 * Batches whose rows stand in each other's way until all of them are written. As {@code postgres}
 * the session has no foreign keys, as {@code plain} it has.
 */
class ConstraintIT {
  private static final TestQueue.Table USERS =
      TestQueue.table("public.users", 1, "id bigint", "email text", "v text");
  private static final TestQueue.Table KEYED =
      TestQueue.table("public.users", 1, "id bigint", "v text");
  private static final TestQueue.Table ORDERS =
      TestQueue.table("public.orders", 1, "id bigint", "user_id bigint", "email text");
  private static final TestQueue.Table PARENT = TestQueue.table("public.parent", 1, "id bigint");
  private static final TestQueue.Table CHILD =
      TestQueue.table("public.child", 1, "id bigint", "parent bigint");
  private static final TestQueue.Table BOOKING =
      TestQueue.table("public.booking", 1, "id bigint", "during int4range", "note text");

  private final TestDatabase database = new TestDatabase();
  private String bufferMaxRows = "50000";
  private String applyMaxRows = "50000";
  private TestWorker worker;
  private TestQueue queue;

  @AfterEach
  void close() {
    if (worker != null) { // A test that is skipped has none.
      worker.close();
    }
    database.close();
  }

  private void start(String role, String ddl, TestQueue.Table... tables) {
    database.run(ddl);
    database.createPlainWriter();
    worker =
        new TestWorker(
            database.config(
                "database.user",
                role,
                "buffer.max.rows",
                bufferMaxRows,
                "apply.max.rows",
                applyMaxRows),
            false);
    queue = new TestQueue(worker);
    TestQueue.Batch first = queue.batch(0, 1).begin();
    for (TestQueue.Table table : tables) {
      first.copied(table, false);
    }
    first.end();
    worker.start();
    worker.drain();
  }

  private static String users(String email) {
    return "CREATE TABLE users (id bigint PRIMARY KEY, email text %s, v text, note text DEFAULT 'default');"
        .formatted(email);
  }

  @ParameterizedTest
  @CsvSource({"postgres,10", "postgres,1002", "plain,10", "plain,1002"})
  void columnsThatOnlyTheSubscriberHasKeepTheirValues(String role, int rows) {
    start(
        role,
        users("UNIQUE")
            + "INSERT INTO users SELECT i, 'e' || i, 'old', 'note' || i FROM generate_series(1, %d) i"
                .formatted(rows),
        USERS);
    TestQueue.Batch batch = queue.batch(1, 2).begin();
    batch.u(USERS, 1L, "tmp", "old").u(USERS, 2L, "e1", "new").u(USERS, 1L, "e2", "new");
    for (long i = 3; i <= rows; i++) {
      batch.u(USERS, i, "e" + i, "new");
    }
    batch.end();
    worker.drain();
    assertThat(database.rows("SELECT id, email FROM users WHERE id < 3 ORDER BY id"))
        .containsExactly("1|e2", "2|e1");
    assertThat(database.value("SELECT count(*) FROM users WHERE note = 'note' || id AND v = 'new'"))
        .isEqualTo("" + rows);
  }

  @ParameterizedTest
  @CsvSource({
    "postgres,UNIQUE (v) DEFERRABLE INITIALLY DEFERRED,2",
    "postgres,UNIQUE (v) DEFERRABLE INITIALLY DEFERRED,4000",
    "plain,UNIQUE (v),2",
    "plain,UNIQUE (v),4000",
    "plain,'UNIQUE (id, v)',2",
    "plain,'UNIQUE (id, v), UNIQUE (v)',2"
  })
  void rowsWhoseKeyTheSubscriberComputes(String role, String rule, int rows) {
    bufferMaxRows = "1000";
    TestQueue.Table codes =
        TestQueue.table("public.users", 1, "code text", "id bigint", "v text")
            .computing("code", "GENERATED ALWAYS AS (('x'::text || (id)::text)) STORED");
    start(
        role,
        """
        CREATE TABLE users (code text GENERATED ALWAYS AS ('x' || id::text) STORED PRIMARY KEY, id bigint, v text, note text, %s);
        CREATE TABLE orders (id bigint PRIMARY KEY, code text REFERENCES users ON DELETE CASCADE)\
        """
            .formatted(rule),
        codes,
        TestQueue.table("public.orders", 1, "id bigint", "code text"));
    TestQueue.Batch first = queue.batch(1, 2).begin();
    for (long i = 1; i <= rows; i++) {
      first.c(codes, "x" + i, i, "v" + i);
    }
    first.end();
    worker.drain();
    database.run("UPDATE users SET note = code");
    TestQueue.Batch second = queue.batch(2, 3).begin();
    for (long i = 1; i <= rows; i += 2) {
      second
          .u(codes, "x" + i, i, "tmp")
          .u(codes, "x" + (i + 1), i + 1, "v" + i)
          .u(codes, "x" + i, i, "v" + (i + 1));
    }
    second.c(codes, "x0", 0L, "v0").d(codes, "x2", null, null).end();
    worker.drain();
    assertThat(database.value("SELECT count(*), count(v), count(DISTINCT v) FROM users"))
        .isEqualTo("%1$d|%1$d|%1$d".formatted(rows));
    assertThat(database.rows("SELECT code, id, v, note FROM users WHERE id < 3 ORDER BY id"))
        .containsExactly("x0|0|v0|null", "x1|1|v2|x1");
    queue.batch(3, 4).begin().r(codes, "x1", 1L, "v2").copy(codes, 2, true, true, false).end();
    queue.batch(4, 5).begin().r(codes, "x7", 7L, "v1").copy(codes, 2, true, false, true).end();
    worker.drain();
    assertThat(database.rows("SELECT code, id, v, note FROM users ORDER BY id"))
        .contains("x1|1|v2|x1")
        .hasSize(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "plain; UNIQUE (id) DEFERRABLE",
        "postgres; UNIQUE (id) DEFERRABLE",
        "plain; EXCLUDE (id WITH =) DEFERRABLE"
      })
  void aKeyBesideWhichARuleOverItsColumnsIsCheckedLate(String role, String rule) {
    start(role, "CREATE TABLE users (id bigint PRIMARY KEY, v text, %s)".formatted(rule), KEYED);
    queue.batch(1, 2).begin().c(KEYED, 1L, "a").c(KEYED, 2L, "b").end();
    queue.batch(2, 3).begin().u(KEYED, 1L, "c").d(KEYED, 2L, null).end();
    worker.drain();
    assertThat(database.rows("SELECT id, v FROM users")).containsExactly("1|c");
  }

  @ParameterizedTest
  @ValueSource(strings = {"character varying(6)", "character(6)", "text"})
  void codesOfOneLengthWithACheckExchangeTheirValues(String type) {
    TestQueue.Table codes =
        TestQueue.table("public.users", 1, "id bigint", "email " + type, "v text");
    start(
        "plain",
        """
        CREATE TABLE users (id bigint PRIMARY KEY, email %s NOT NULL UNIQUE CHECK (email LIKE 'A-%%' AND length(email) <= 6),
                            v text, note text DEFAULT 'default');
        INSERT INTO users VALUES (1, 'A-1001', 'v', 'one'), (2, 'A-1002', 'v', 'two'), (3, 'A-1003', 'v', 'three')\
        """
            .formatted(type),
        codes);
    queue
        .batch(1, 2)
        .begin()
        .u(codes, 1L, "A-1", "v")
        .u(codes, 2L, "A-1003", "v")
        .u(codes, 3L, "A-1001", "v")
        .u(codes, 1L, "A-1002", "v")
        .end();
    worker.drain();
    assertThat(database.rows("SELECT id, email, note FROM users ORDER BY id"))
        .containsExactly("1|A-1002|one", "2|A-1003|two", "3|A-1001|three");
  }

  @Test
  void rowsThatReferToATableThatIsToBeCopiedWaitForItsCopy() {
    start(
        "plain",
        "CREATE TABLE parent (id bigint PRIMARY KEY); CREATE TABLE child (id bigint PRIMARY KEY,"
            + " parent bigint REFERENCES parent)",
        PARENT,
        CHILD);
    database.run(
        "UPDATE pgq_connect.subscribed_table SET state = 'expecting-copy', note = 'Run: ./resync'"
            + " WHERE table_name = 'parent'");
    worker.start();
    queue.batch(1, 2).begin().c(PARENT, 7L).c(CHILD, 1L, 7L).end();
    worker.drain();
    queue.batch(2, 3).begin().c(CHILD, 2L, 7L).end();
    worker.drain();
    assertThat(database.value("SELECT tick_id FROM pgq_connect.subscription")).isEqualTo("1");
    String waitingFor = "SELECT waiting_for FROM pgq_connect.subscription";
    long patience = System.nanoTime() + 60_000_000_000L;
    while (database.value(waitingFor).equals("null") && System.nanoTime() < patience) {
      worker.drain();
    }
    assertThat(database.value(waitingFor))
        .contains("later ones, to be applied with it")
        .contains("violates foreign key constraint")
        .contains("Table public.parent is to be copied first. Run: ./resync)");
    queue.batch(3, 4).begin().r(PARENT, 7L).copy(PARENT, 2, true, true, true).end();
    worker.drain();
    assertThat(database.rows("SELECT * FROM child ORDER BY id")).containsExactly("1|7", "2|7");
    assertThat(database.value("SELECT tick_id FROM pgq_connect.subscription")).isEqualTo("4");
    // The tables are in step: a row that is missing by now will not come.
    queue.batch(4, 5).begin().c(CHILD, 3L, 8L).end();
    assertThatThrownBy(worker::drain)
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("Key (parent)=(8) is not present in table \"parent\"");
  }

  @Test
  void tablesThatReferToEachOtherAreCopiedOneAfterTheOther() {
    start(
        "plain",
        """
        CREATE TABLE parent (id bigint PRIMARY KEY, child bigint);
        CREATE TABLE child (id bigint PRIMARY KEY, parent bigint REFERENCES parent);
        ALTER TABLE parent ADD FOREIGN KEY (child) REFERENCES child\
        """);
    TestQueue.Table circular = TestQueue.table("public.parent", 1, "id bigint", "child bigint");
    queue.batch(1, 2).begin().r(circular, 7L, 1L).copy(circular, 1, true, true, true).end();
    queue.batch(2, 3).begin().end();
    worker.drain();
    assertThat(database.value("SELECT tick_id FROM pgq_connect.subscription")).isEqualTo("1");
    queue.batch(3, 4).begin().r(CHILD, 1L, 7L).copy(CHILD, 1, true, true, true).end();
    worker.drain();
    assertThat(database.rows("SELECT * FROM parent, child")).containsExactly("7|1|1|7");
  }

  /** Of a table that was added when the sink stopped for it, and that follows much else. */
  @Test
  void rowsWaitForATableThatComesLaterInTheTopics() {
    start(
        "plain",
        "CREATE TABLE parent (id bigint PRIMARY KEY); CREATE TABLE child (id bigint PRIMARY KEY,"
            + " parent bigint REFERENCES parent)",
        CHILD);
    queue.batch(1, 2).begin().c(CHILD, 1L, 7L).end();
    for (int tick = 2; tick < 20; tick++) {
      queue.batch(tick, tick + 1).begin().end();
    }
    worker.maxPollRecords = 3;
    worker.drain(); // Nothing is handed over for a while though more is in the topics.
    assertThat(database.rows("SELECT * FROM child")).isEmpty();
    for (int tick = 20; tick < 40; tick++) {
      queue.batch(tick, tick + 1).begin().end();
      worker.drain();
    }
    queue.batch(40, 41).begin().r(PARENT, 7L).copy(PARENT, 1, true, true, true).end();
    worker.drain();
    assertThat(database.rows("SELECT * FROM parent, child")).containsExactly("7|1|7");
  }

  /**
   * One batch at a time, and the row that the chunk refers to is complete when the buffer is full.
   */
  @Test
  void aChunkIsAppliedWithAllBatchesThatAreInMemory() {
    bufferMaxRows = "1000";
    applyMaxRows = "1";
    start(
        "plain",
        "CREATE TABLE parent (id bigint PRIMARY KEY); CREATE TABLE child (id bigint PRIMARY KEY,"
            + " parent bigint REFERENCES parent)",
        PARENT,
        CHILD);
    worker.maxPollRecords = 10_000;
    queue.batch(1, 2).begin().r(CHILD, 1L, 7L).copy(CHILD, 2, true, true, false).end();
    queue.batch(2, 3).begin().c(PARENT, 7L).end();
    TestQueue.Batch large = queue.batch(3, 4).begin();
    for (long i = 1_000; i < 2_500; i++) {
      large.c(PARENT, i);
    }
    large.end();
    queue.batch(4, 5).begin().r(CHILD, 2L, 7L).copy(CHILD, 2, true, false, true).end();
    worker.drain();
    assertThat(database.rows("SELECT * FROM child ORDER BY id")).containsExactly("1|7", "2|7");
    assertThat(database.value("SELECT count(*) FROM parent")).isEqualTo("1501");
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgres", "plain"})
  void rowsThatExchangeTheirRangesAreApplied(String role) {
    start(
        role,
        """
        CREATE TABLE booking (id bigint PRIMARY KEY, during int4range, note text, EXCLUDE USING gist (during WITH &&));
        INSERT INTO booking VALUES (1, '[1,2)'), (2, '[3,4)')\
        """,
        BOOKING);
    queue
        .batch(1, 2)
        .begin()
        .u(BOOKING, 1L, "[1,2)", "x")
        .u(BOOKING, 2L, "[5,6)", null)
        .u(BOOKING, 1L, "[3,4)", "x")
        .end();
    worker.drain();
    assertThat(database.rows("SELECT * FROM booking ORDER BY id"))
        .containsExactly("1|[3,4)|x", "2|[5,6)|null");
    queue.batch(2, 3).begin().u(BOOKING, 1L, "[5,6)", "y").u(BOOKING, 2L, "[3,4)", "z").end();
    worker.drain();
    assertThat(database.rows("SELECT * FROM booking ORDER BY id"))
        .containsExactly("1|[5,6)|y", "2|[3,4)|z");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CREATE UNIQUE INDEX ON users (lower(email))",
        "CREATE UNIQUE INDEX ON users (email) WHERE v <> 'off'",
        "CREATE UNIQUE INDEX ON users (v, email) NULLS NOT DISTINCT",
        "ALTER TABLE users ADD g text GENERATED ALWAYS AS (email || 'x') STORED UNIQUE",
        "ALTER TABLE users ADD UNIQUE (email) DEFERRABLE",
        "ALTER TABLE users ADD EXCLUDE (email WITH =)",
        "ALTER TABLE users ADD EXCLUDE (email WITH =) DEFERRABLE INITIALLY DEFERRED",
        "CREATE UNIQUE INDEX ON users (email) INCLUDE (note)"
      })
  void everyKindOfUniqueness(String index) {
    TestDatabase.assumeKnows(index);
    for (String role : new String[] {"postgres", "plain"}) {
      if (worker != null) {
        worker.close();
        database.run("DROP TABLE users; DROP SCHEMA pgq_connect CASCADE");
      }
      start(
          role,
          users("NOT NULL")
              + index
              + "; INSERT INTO users SELECT i, 'e' || i, 'v', 'note' || i FROM generate_series(1,"
              + " 4) i",
          USERS);
      queue
          .batch(1, 2)
          .begin()
          .u(USERS, 1L, "e2", "v")
          .u(USERS, 2L, "e3", "v")
          .u(USERS, 3L, "e1", "v")
          .d(USERS, 4L, null, null)
          .c(USERS, 5L, "e4", "v")
          .end();
      worker.drain();
      assertThat(database.rows("SELECT id, email, note FROM users ORDER BY id"))
          .containsExactly("1|e2|note1", "2|e3|note2", "3|e1|note3", "5|e4|default");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "ON UPDATE CASCADE", "ON UPDATE CASCADE ON DELETE NO ACTION", "DEFERRABLE"})
  void uniqueValuesMoveBetweenRowsThatOthersReferTo(String clause) {
    start(
        "plain",
        users("UNIQUE NOT NULL")
            + """
            CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users %1$s,
                                 email text NOT NULL REFERENCES users (email) %1$s, note text);
            INSERT INTO users VALUES (1, 'a', '', 'n1'), (2, 'b', '', 'n2');
            INSERT INTO orders VALUES (10, 1, 'a', 'o10'), (20, 2, 'b', 'o20')\
            """
                .formatted(clause),
        USERS,
        ORDERS);
    queue
        .batch(1, 2)
        .begin()
        .u(USERS, 1L, "tmp", "")
        .u(USERS, 2L, "a", "")
        .u(USERS, 1L, "b", "")
        .end();
    worker.drain();
    queue
        .batch(2, 3)
        .begin()
        .u(USERS, 1L, "c", "")
        .u(USERS, 2L, "b", "")
        .u(ORDERS, 10L, 1L, "b")
        .u(ORDERS, 20L, 2L, "c")
        .end();
    worker.drain();
    assertThat(database.rows("SELECT * FROM users ORDER BY id"))
        .containsExactly("1|c||n1", "2|b||n2");
    assertThat(database.rows("SELECT * FROM orders ORDER BY id"))
        .containsExactly("10|1|b|o10", "20|2|c|o20");
  }

  @ParameterizedTest
  @ValueSource(strings = {"CASCADE", "SET NULL", "SET DEFAULT"})
  void actionsOfUpdatesDoNotFollowAValueToAnotherRow(String action) {
    TestQueue.Table t = TestQueue.table("public.t", 1, "id bigint", "u text", "friend text");
    start(
        "plain",
        """
        CREATE TABLE t (id bigint PRIMARY KEY, u text UNIQUE, friend text REFERENCES t (u) ON UPDATE %s);
        INSERT INTO t VALUES (1, 'a', NULL), (2, 'x', 'a'), (3, 'c', NULL)\
        """
            .formatted(action),
        t);
    queue
        .batch(1, 2)
        .begin()
        .u(t, 2L, "x", null)
        .u(t, 1L, "b", null)
        .u(t, 3L, "a", null)
        .u(t, 2L, "x", "a")
        .end();
    worker.drain();
    assertThat(database.rows("SELECT * FROM t ORDER BY id"))
        .containsExactly("1|b|null", "2|x|a", "3|a|null");
  }

  @ParameterizedTest
  @ValueSource(strings = {"CASCADE", "SET NULL", "SET DEFAULT", "RESTRICT"})
  void actionsOfForeignKeysReachNoRowThatTheProviderHas(String action) {
    start(
        "plain",
        users("UNIQUE NOT NULL")
            + """
            CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint REFERENCES users ON DELETE %s, email text, note text);
            INSERT INTO users VALUES (1, 'a', '', 'n1'), (2, 'b', '', 'n2'), (3, 'c', '', 'n3');
            INSERT INTO orders VALUES (10, 1, 'x', 'o10'), (20, 2, 'y', 'o20'), (30, 3, 'z', 'o30')\
            """
                .formatted(action),
        USERS,
        ORDERS);
    queue
        .batch(1, 2)
        .begin()
        .u(USERS, 1L, "tmp", "")
        .u(USERS, 2L, "a", "")
        .u(USERS, 1L, "b", "")
        .u(ORDERS, 30L, 1L, "moved")
        .d(USERS, 3L, null, null)
        .c(USERS, 4L, "c", "")
        .c(ORDERS, 40L, 4L, "new")
        .end();
    worker.drain();
    assertThat(database.rows("SELECT id, email, note FROM users ORDER BY id"))
        .containsExactly("1|b|n1", "2|a|n2", "4|c|default");
    assertThat(database.rows("SELECT * FROM orders ORDER BY id"))
        .containsExactly("10|1|x|o10", "20|2|y|o20", "30|1|moved|o30", "40|4|new|null");
    queue.batch(2, 3).begin().d(ORDERS, 10L, null, null).d(ORDERS, 30L, null, null).end();
    queue.batch(3, 4).begin().d(USERS, 1L, null, null).end();
    worker.drain();
    assertThat(database.value("SELECT count(*) FROM orders")).isEqualTo("2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "integer; NOT NULL CHECK (u > 0); 1; 2",
        "integer; NOT NULL CHECK (u BETWEEN 1 AND 3); 1; 2",
        "posint; NOT NULL; 1; 2",
        "integer; ; 1; 2",
        "numeric(4,2); NOT NULL CHECK (u >= 0); 1.00; 2.00",
        "text; NOT NULL CHECK (u LIKE '%@%'); a@x; b@x",
        "text; NOT NULL CHECK (u ~ '^[0-9]+$'); 12; 13",
        "bytea; NOT NULL; \\x01; \\x02",
        "inet; NOT NULL; 10.0.0.1/32; 10.0.0.2/32",
        "mood; NOT NULL; glad; sad",
        "double precision; NOT NULL; 1.5; 2.5",
        "time without time zone; NOT NULL; 10:00:00; 11:00:00",
        "macaddr; NOT NULL; 08:00:2b:01:02:03; 08:00:2b:01:02:04",
        "jsonb; NOT NULL; 1; 2"
      })
  void valuesOfAnyTypeMoveBetweenRowsThatMayNotBeDeleted(
      String type, String check, String one, String two) {
    String sent = type.equals("posint") ? "integer" : type.equals("mood") ? "text" : type;
    TestQueue.Table t = TestQueue.table("public.t", 1, "id bigint", "u " + sent);
    start(
        "plain",
        """
        CREATE DOMAIN posint AS integer CHECK (value > 0);
        CREATE TYPE mood AS ENUM ('glad', 'sad', 'calm');
        CREATE TABLE t (id bigint PRIMARY KEY, u %s %s, note text);
        CREATE UNIQUE INDEX ON t (u)%s;
        CREATE TABLE own (id bigint PRIMARY KEY REFERENCES t ON DELETE RESTRICT);
        INSERT INTO t VALUES (1, '%s', 'n1'), (2, '%s', 'n2');
        INSERT INTO own VALUES (1), (2)\
        """
            .formatted(
                type,
                check == null ? "" : check,
                TestDatabase.major() < 15 ? "" : " NULLS NOT DISTINCT",
                one,
                two),
        t);
    queue.batch(1, 2).begin().u(t, 1L, sent(sent, two)).u(t, 2L, sent(sent, one)).end();
    worker.drain();
    assertThat(database.rows("SELECT id, u::text, note FROM t ORDER BY id"))
        .containsExactly("1|" + two + "|n1", "2|" + one + "|n2");
  }

  private static Object sent(String type, String value) {
    switch (type) {
      case "integer":
        return Integer.valueOf(value);
      case "double precision":
        return Double.valueOf(value);
      case "bytea":
        return new byte[] {Byte.parseByte(value.substring(2))};
      default:
        return value;
    }
  }

  @Test
  void aForeignKeyInsideAUniqueConstraintKeepsItsParent() {
    TestQueue.Table t =
        TestQueue.table("public.t", 1, "id bigint", "list bigint", "pos bigint", "first boolean");
    start(
        "plain",
        """
        CREATE TABLE lists (id bigint PRIMARY KEY);
        INSERT INTO lists VALUES (1), (2);
        CREATE TABLE t (id bigint PRIMARY KEY, list bigint NOT NULL REFERENCES lists, pos bigint NOT NULL,
                        first boolean NOT NULL, UNIQUE (list, pos));
        CREATE UNIQUE INDEX ON t (list) WHERE first;
        CREATE TABLE own (id bigint PRIMARY KEY REFERENCES t ON DELETE SET NULL);
        INSERT INTO t VALUES (1, 1, 1, true), (2, 1, 2, false), (3, 2, 1, true), (4, 2, 2, false);
        INSERT INTO own SELECT id FROM t\
        """,
        t);
    queue
        .batch(1, 2)
        .begin()
        .u(t, 1L, 1L, 2L, false)
        .u(t, 2L, 1L, 1L, true)
        .u(t, 3L, 1L, 3L, false)
        .u(t, 4L, 2L, 1L, true)
        .end();
    worker.drain();
    assertThat(database.rows("SELECT * FROM t ORDER BY id"))
        .containsExactly("1|1|2|f", "2|1|1|t", "3|1|3|f", "4|2|1|t");
    assertThat(database.value("SELECT count(*) FROM own WHERE id IS NULL")).isEqualTo("0");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ALTER TABLE a1 ADD FOREIGN KEY (p) REFERENCES z",
        "ALTER TABLE a1 ADD FOREIGN KEY (p) REFERENCES z ON DELETE CASCADE",
        "ALTER TABLE a ADD FOREIGN KEY (p) REFERENCES z1",
        "ALTER TABLE a1 ADD FOREIGN KEY (p) REFERENCES z1 ON DELETE RESTRICT"
      })
  void foreignKeysOfAndToPartitionsOrderTheWholeTables(String foreignKey) {
    TestQueue.Table a = TestQueue.table("public.a", 1, "id bigint", "p bigint");
    TestQueue.Table z = TestQueue.table("public.z", 1, "id bigint");
    start(
        "plain",
        """
        CREATE TABLE z (id bigint PRIMARY KEY) PARTITION BY RANGE (id);
        CREATE TABLE z1 PARTITION OF z FOR VALUES FROM (1) TO (1000);
        CREATE TABLE a (id bigint PRIMARY KEY, p bigint) PARTITION BY RANGE (id);
        CREATE TABLE a1 PARTITION OF a FOR VALUES FROM (1) TO (1000);
        """
            + foreignKey,
        a,
        z);
    queue.batch(1, 2).begin().c(z, 1L).c(z, 2L).c(a, 1L, 1L).c(a, 2L, 2L).end();
    worker.drain();
    assertThat(database.rows("SELECT * FROM a ORDER BY id")).containsExactly("1|1", "2|2");
    queue.batch(2, 3).begin().d(a, 1L, null).d(z, 1L).c(z, 3L).u(a, 2L, 3L).end();
    worker.drain();
    assertThat(database.rows("SELECT * FROM a")).containsExactly("2|3");
    assertThat(database.rows("SELECT * FROM z ORDER BY id")).containsExactly("2", "3");
    queue.batch(3, 4).begin().c(a, 4L, 99L).end();
    assertThatThrownBy(worker::drain)
        .hasMessageContaining("Replicate the table it refers to as well")
        .hasMessageContaining("GRANT SET ON PARAMETER session_replication_role");
  }

  @ParameterizedTest
  @CsvSource({
    "postgres,0,email text UNIQUE",
    "plain,0,email text UNIQUE",
    "plain,1500,email text UNIQUE",
    "plain,0,email text NOT NULL; CREATE UNIQUE INDEX ON users (email) WHERE v <> 'off'"
  })
  void aRepeatedCopyIsNotStoppedByRowsThatItHasNotBroughtSoFar(
      String role, int more, String column) {
    bufferMaxRows = more == 0 ? bufferMaxRows : "1000";
    start(
        role,
        "CREATE TABLE users (id bigint PRIMARY KEY, v text, note text, "
            + column.replaceFirst(";|$", ");")
            + ";INSERT INTO users (id, email, v, note) SELECT i, 'e' || i, '', 'n' || i FROM"
            + " generate_series(1, 5) i",
        USERS);
    TestQueue.Batch first = queue.batch(1, 2).begin().r(USERS, 1L, "e4", "");
    for (long i = 10; i < 10 + more; i++) {
      first.r(USERS, i, "e" + i, "");
    }
    first.copy(USERS, 2, true, true, false).end();
    worker.drain();
    assertThat(database.rows("SELECT id, email, note FROM users WHERE id < 10 ORDER BY id"))
        .containsExactlyElementsOf(
            more == 0
                ? List.of("1|e1|n1", "2|e2|n2", "3|e3|n3", "4|e4|n4", "5|e5|n5")
                : List.of("1|e4|n1", "2|e2|n2", "3|e3|n3", "5|e5|n5"));
    queue
        .batch(2, 3)
        .begin()
        .r(USERS, 2L, "e5", "")
        .r(USERS, 4L, "e1", "")
        .r(USERS, 100_000L, "e3", "")
        .copy(USERS, 2, true, false, true)
        .end();
    worker.drain();
    assertThat(
            database.rows("SELECT id, email FROM users WHERE id < 10 OR id = 100000 ORDER BY id"))
        .containsExactly("1|e4", "2|e5", "4|e1", "100000|e3");
    assertThat(database.rows("SELECT state FROM pgq_connect.subscribed_table"))
        .containsExactly("ok");
  }

  @Test
  void tablesThatReferToEachOtherAndToThemselves() {
    TestQueue.Table a = TestQueue.table("public.a", 1, "id bigint", "b bigint", "up bigint");
    TestQueue.Table b = TestQueue.table("public.b", 1, "id bigint", "a bigint");
    start(
        "plain",
        """
        CREATE TABLE a (id bigint PRIMARY KEY, b bigint NOT NULL, up bigint REFERENCES a);
        CREATE TABLE b (id bigint PRIMARY KEY, a bigint NOT NULL REFERENCES a);
        ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b\
        """,
        a,
        b);
    queue.batch(1, 2).begin().c(a, 1L, 1L, 2L).c(a, 2L, 1L, 1L).c(b, 1L, 2L).end();
    worker.drain();
    assertThat(database.rows("SELECT * FROM a ORDER BY id")).containsExactly("1|1|2", "2|1|1");
    queue
        .batch(2, 3)
        .begin()
        .d(a, 1L, null, null)
        .d(a, 2L, null, null)
        .d(b, 1L, null)
        .c(b, 5L, 5L)
        .c(a, 5L, 5L, null)
        .end();
    worker.drain();
    assertThat(database.rows("SELECT * FROM a, b")).containsExactly("5|5|null|5|5");
    queue.batch(3, 4).begin().t(a).t(b).c(a, 5L, 6L, 5L).c(b, 6L, 5L).end();
    worker.drain();
    assertThat(database.rows("SELECT * FROM a, b")).containsExactly("5|6|5|6|5");
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgres", "plain"})
  void aKeyThatIsCheckedLate(String role) {
    TestQueue.Table t = TestQueue.table("public.t", 1, "id bigint", "v text");
    start(
        role,
        "CREATE TABLE t (id bigint PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, v text, note text)",
        t);
    queue.batch(1, 2).begin().c(t, 1L, "a").c(t, 2L, "b").end();
    worker.drain();
    database.run("UPDATE t SET note = 'n' || id");
    queue.batch(2, 3).begin().c(t, 1L, "new").d(t, 2L, null).c(t, 3L, "c").end();
    worker.drain();
    assertThat(database.rows("SELECT * FROM t ORDER BY id"))
        .containsExactly("1|new|n1", "3|c|null");
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgres", "plain"})
  void aKeyWithoutOverlaps(String role) {
    TestQueue.Table t = TestQueue.table("public.t", 2, "id integer", "valid int4range", "v text");
    String ddl =
        """
        CREATE EXTENSION IF NOT EXISTS btree_gist;
        CREATE TABLE t (id integer, valid int4range, v text, note text, PRIMARY KEY (id, valid WITHOUT OVERLAPS))\
        """;
    TestDatabase.assumeKnows(ddl);
    start(role, ddl, t);
    queue.batch(1, 2).begin().c(t, 1, "[1,5)", "a").c(t, 1, "[5,9)", "b").end();
    worker.drain();
    database.run("UPDATE t SET note = v");
    queue
        .batch(2, 3)
        .begin()
        .d(t, 1, "[1,5)", null)
        .c(t, 1, "[1,3)", "a")
        .c(t, 1, "[3,5)", "A")
        .u(t, 1, "[5,9)", "B")
        .end();
    worker.drain();
    assertThat(database.rows("SELECT * FROM t ORDER BY valid"))
        .containsExactly("1|[1,3)|a|null", "1|[3,5)|A|null", "1|[5,9)|B|b");
  }

  @Test
  void rowsWhoseDomainsRefuseNull() {
    TestQueue.Table t =
        TestQueue.table(
            "public.t", 1, "id bigint", "u character varying(10)", "n numeric(10,2)", "b bytea");
    start(
        "plain",
        """
        CREATE DOMAIN word AS varchar(10) NOT NULL CHECK (value <> '');
        CREATE DOMAIN blob AS bytea;
        CREATE TABLE t (id bigint PRIMARY KEY, u word UNIQUE, n numeric(10,2) UNIQUE, b blob UNIQUE, json json, note text);
        INSERT INTO t VALUES (1, 'a', 1, 'x', '{}', 'n1'), (2, 'b', 2, 'y', '[]', 'n2'), (3, 'c', 3, 'z', '1', 'n3')\
        """,
        t);
    queue
        .batch(1, 2)
        .begin()
        .u(t, 1L, "b", "2", new byte[] {0, 1})
        .u(t, 2L, "a", "1.00", new byte[] {2})
        .d(t, 3L, null, null, null)
        .c(t, 4L, "c", "3", new byte[] {'z'})
        .end();
    worker.drain();
    assertThat(database.rows("SELECT id, u, n, b, json, note FROM t ORDER BY id"))
        .containsExactly(
            "1|b|2.00|\\x0001|{}|n1", "2|a|1.00|\\x02|[]|n2", "4|c|3.00|\\x7a|null|null");
  }

  @Test
  void rowsOfPartitionsMove() {
    TestQueue.Table t = TestQueue.table("public.t", 2, "id bigint", "part integer", "u text");
    start(
        "postgres",
        """
        CREATE TABLE t (id bigint, part integer, u text, note text, PRIMARY KEY (id, part)) PARTITION BY LIST (part);
        CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1);
        CREATE UNIQUE INDEX ON t1 (u);
        INSERT INTO t VALUES (1, 1, 'a', 'n1'), (2, 1, 'b', 'n2')\
        """,
        t);
    queue.batch(1, 2).begin().u(t, 1L, 1, "b").u(t, 2L, 1, "a").end();
    worker.drain();
    assertThat(database.rows("SELECT * FROM t ORDER BY id"))
        .containsExactly("1|1|b|n1", "2|1|a|n2");
  }

  @Test
  void aTableThatIsAPartitionOfOneOfTheSubscriberIsToBeDetached() {
    TestQueue.Table t = TestQueue.table("public.t", 1, "id bigint");
    start(
        "postgres",
        "CREATE TABLE everything (id bigint PRIMARY KEY) PARTITION BY RANGE (id);"
            + " CREATE TABLE t PARTITION OF everything FOR VALUES FROM (0) TO (100)",
        t);
    queue.batch(1, 2).begin().c(t, 100L).end();
    String advice = "ALTER TABLE \"public\".\"everything\" DETACH PARTITION \"public\".\"t\";";
    assertThatThrownBy(worker::drain)
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("whose bounds the row is outside of. Detach it: " + advice);
    database.run(advice);
    worker.start();
    worker.drain();
    assertThat(database.rows("SELECT * FROM t")).containsExactly("100");
  }

  @Test
  void namesTheRowThatOneOfTheSubscriberKeepsOut() {
    start(
        "plain",
        users("UNIQUE") + "INSERT INTO users VALUES (1, 'a'), (2, 'b'), (9, 'own')",
        USERS);
    queue.batch(1, 2).begin().u(USERS, 1L, "b", "").u(USERS, 2L, "own", "").end();
    assertThatThrownBy(worker::drain)
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("The subscriber rejects a row of table public.users")
        .hasMessageContaining("constraint users_email_key. Key (email)=(own) already exists")
        .hasMessageContaining("batch (1, 2]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "plain; UNIQUE (email) DEFERRABLE; Key (email)=(own) already exists",
        "postgres; UNIQUE (email) DEFERRABLE; Key (email)=(own) already exists",
        "postgres; UNIQUE (v, email) DEFERRABLE INITIALLY DEFERRED; Key (v, email)=(x, own) already"
            + " exists",
        "postgres; EXCLUDE (email WITH =) DEFERRABLE; SQLSTATE 23P01",
        "postgres; EXCLUDE (lower(email) WITH =, v WITH =) WHERE (id > 0) DEFERRABLE INITIALLY"
            + " DEFERRED; SQLSTATE 23P01"
      })
  void aConstraintThatIsCheckedLateIsCheckedForAReplicaToo(
      String role, String constraint, String detail) {
    start(
        role,
        users("")
            + "INSERT INTO users VALUES (1, 'a', 'x'), (2, 'b', 'x'), (9, 'own', 'x'); ALTER TABLE"
            + " users ADD CONSTRAINT late "
            + constraint,
        USERS);
    queue.batch(1, 2).begin().u(USERS, 1L, "b", "x").u(USERS, 2L, "a", "x").end();
    queue.batch(2, 3).begin().c(USERS, 3L, null, "x").c(USERS, 4L, null, "x").end();
    worker.drain();
    assertThat(database.rows("SELECT id, email FROM users ORDER BY id"))
        .containsExactly("1|b", "2|a", "3|null", "4|null", "9|own");
    queue.batch(3, 4).begin().c(USERS, 5L, "e", "x").u(USERS, 2L, "own", "x").end();
    assertThatThrownBy(worker::drain)
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("The subscriber rejects a row of table public.users, batch (3, 4]")
        .hasMessageContaining(", constraint late")
        .hasMessageContaining(detail)
        .hasMessageContaining("ALTER TABLE \"public\".\"users\" DROP CONSTRAINT \"late\";");
    assertThat(database.value("SELECT count(*) FROM users WHERE email = 'own'")).isEqualTo("1");
  }

  @Test
  void aBatchThatIsAppliedAsItArrivesIsCheckedLateAtItsEnd() {
    start(
        "postgres",
        users("") + "INSERT INTO users VALUES (-1, 'a', ''), (-2, 'b', ''), (-9, 'own', '')",
        USERS);
    worker.close();
    database.run("ALTER TABLE users ADD CONSTRAINT late UNIQUE (email) DEFERRABLE");
    try (TestWorker small = new TestWorker(database.config("buffer.max.rows", "1000"), false)) {
      small.maxPollRecords = 300;
      TestQueue published = new TestQueue(small);
      small.start();
      TestQueue.Batch batch = published.batch(1, 2).begin().u(USERS, -1L, "b", "");
      for (long i = 0; i < 20_000; i++) {
        batch.c(USERS, i, "e" + i, "");
      }
      batch.u(USERS, -2L, "a", "");
      small.drain();
      batch.end();
      small.drain();
      assertThat(database.rows("SELECT id, email FROM users WHERE id < 0 ORDER BY id"))
          .containsExactly("-9|own", "-2|a", "-1|b");
      TestQueue.Batch clash = published.batch(2, 3).begin().u(USERS, 5L, "own", "");
      for (long i = 20_000; i < 40_000; i++) {
        clash.c(USERS, i, "e" + i, "");
      }
      small.drain();
      clash.end();
      assertThatThrownBy(small::drain)
          .isInstanceOf(ConnectException.class)
          .hasMessageContaining("Key (email)=(own) already exists");
      assertThat(database.value("SELECT count(*) FROM users")).isEqualTo("20003");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "email text UNIQUE; email text REFERENCES users (email) ON UPDATE RESTRICT; Values of table"
            + " public.users cannot go from one row to another",
        "email text UNIQUE; email text REFERENCES users (email) ON DELETE RESTRICT; Values of table"
            + " public.users cannot go from one row to another",
        "email text UNIQUE; email text REFERENCES users (email); cannot exchange their values in"
            + " \"users_email_key\""
      })
  void whatCannotBeAppliedWithoutTheRightIsRefusedAtFirstSight(
      String columns, String reference, String message) {
    String ddl =
        """
        CREATE TABLE users (id bigint PRIMARY KEY, %s, v text);
        CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users ON DELETE RESTRICT, %s)\
        """
            .formatted(columns, reference);
    assertThatThrownBy(() -> start("plain", ddl, USERS, ORDERS))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining(message)
        .hasMessageContaining("the sink's role \"plain\" cannot switch")
        .hasMessageContaining("GRANT SET ON PARAMETER session_replication_role TO \"plain\";")
        .hasMessageContaining("ALTER TABLE \"public\".\"orders\" DROP CONSTRAINT")
        .hasMessageNotContaining("RESTRICT;");
    queue.batch(1, 2).begin().c(USERS, 1L, "a", "x").end();
    assertThat(database.value("SELECT count(*) FROM users")).isEqualTo("0");
    boolean grantable = TestDatabase.major() >= 15;
    database.run(
        grantable
            ? "GRANT SET ON PARAMETER session_replication_role TO plain"
            : "ALTER ROLE plain SUPERUSER");
    try {
      worker.start();
      worker.drain();
      assertThat(database.value("SELECT count(*) FROM users")).isEqualTo("1");
    } finally {
      database.run(
          grantable
              ? "REVOKE SET ON PARAMETER session_replication_role FROM plain"
              : "ALTER ROLE plain NOSUPERUSER");
    }
  }
}
