/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.pgqconnect.failure.Printed.statement;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pgqconnect.sink.testing.TestDatabase;
import org.pgqconnect.sink.testing.TestQueue;
import org.pgqconnect.sink.testing.TestWorker;

/**
 * The provider holds rows from before it had a constraint, and the subscriber has the same
 * constraint. What the message says is done, word by word.
 */
class NotValidIT {
  private static final TestQueue.Table T = TestQueue.table("public.t", 1, "id bigint", "n integer");
  private static final TestQueue.Table PARENT = TestQueue.table("public.parent", 1, "id bigint");

  private final TestDatabase database = new TestDatabase();
  private TestWorker worker;
  private TestQueue queue;

  @AfterEach
  void close() {
    if (worker != null) { // A test that is skipped has none.
      worker.close();
    }
    database.close();
  }

  private void deploy(String role, String ddl) {
    database.run(ddl);
    database.createPlainWriter();
    worker = new TestWorker(database.config("database.user", role), false);
    queue = new TestQueue(worker);
  }

  private String failure() {
    return catchThrowable(
            () -> {
              worker.start();
              worker.drain();
            })
        .getMessage();
  }

  /** Drops, restarts, waits for the copy, adds. */
  private void follow(String message, String drop) {
    database.run(statement(message, drop));
    worker.start();
    worker.drain();
    assertThat(
            database.value("SELECT state FROM pgq_connect.subscribed_table WHERE table_name = 't'"))
        .isEqualTo("ok");
    database.run(
        statement(
            message,
            "only when the copy of the table is done .*, without a check of the rows that are"
                + " there: (ALTER TABLE .*?;)"));
  }

  @ParameterizedTest
  @CsvSource({
    "postgres,''",
    "plain,''",
    "postgres,PARTITION BY HASH (id)",
    "plain,PARTITION BY HASH (id)"
  })
  void aCheck(String role, String partitioned) {
    deploy(
        role,
        "CREATE TABLE t (id bigint PRIMARY KEY, n integer) %s;".formatted(partitioned)
            + (partitioned.isEmpty()
                ? ""
                : "CREATE TABLE t_0 PARTITION OF t FOR VALUES WITH (MODULUS 1, REMAINDER 0);")
            + "ALTER TABLE t ADD CONSTRAINT \"n is small\" CHECK (n < 10) NOT VALID");
    queue.batch(1, 2).begin().r(T, 1L, 1).r(T, 2L, 20).copy(T, 1, true, true, false).end();
    queue.batch(2, 3).begin().r(T, 3L, 30).copy(T, 1, true, false, true).end();
    String message = failure();
    assertThat(message)
        .contains("table public.t, ")
        .contains("it holds rows from before it had it, as beside one that was added NOT VALID")
        .endsWith(
            "ALTER TABLE \"public\".\"t\" ADD CONSTRAINT \"n is small\" CHECK ((n < 10)) NOT VALID;"
                + " Nothing of the batch was applied.");
    follow(message, "Run: (ALTER TABLE .* DROP CONSTRAINT .*?;) then restart the connector.");
    queue.batch(3, 4).begin().u(T, 2L, 5).d(T, 3L, null).c(T, 4L, 4).end();
    worker.drain();
    assertThat(database.rows("SELECT * FROM t ORDER BY id")).containsExactly("1|1", "2|5", "4|4");
    assertThat(
            database.value(
                "SELECT convalidated FROM pg_constraint WHERE conname = 'n is small' AND conrelid ="
                    + " 't'::regclass"))
        .isEqualTo("f");
  }

  private void orphans(String role, String clause) {
    deploy(
        role,
        """
        CREATE TABLE parent (id bigint PRIMARY KEY);
        CREATE TABLE t (id bigint PRIMARY KEY, n integer);
        ALTER TABLE t ADD CONSTRAINT ref FOREIGN KEY (n) REFERENCES parent (id) %s NOT VALID\
        """
            .formatted(clause));
    queue.batch(1, 2).begin().r(PARENT, 1L).copied(PARENT, true).end();
    queue.batch(2, 3).begin().r(T, 1L, 1).r(T, 2L, 20).copied(T, true).end();
  }

  @ParameterizedTest
  @CsvSource({"''", "DEFERRABLE INITIALLY DEFERRED"})
  void aForeignKey(String clause) {
    orphans("plain", clause);
    String message = failure();
    assertThat(message)
        .contains("If the provider holds rows without the row that they refer to")
        .contains("GRANT SET ON PARAMETER session_replication_role")
        .contains(
            "ALTER TABLE \"public\".\"t\" ADD CONSTRAINT \"ref\" FOREIGN KEY (n) REFERENCES"
                + " public.parent(id)");
    follow(message, "no such right: (ALTER TABLE .* DROP CONSTRAINT .*?;) then restart");
    queue.batch(3, 4).begin().u(T, 2L, 1).c(T, 3L, 1).end();
    worker.drain();
    assertThat(database.rows("SELECT * FROM t ORDER BY id")).containsExactly("1|1", "2|1", "3|1");
  }

  @Test
  void aForeignKeyIsNotInTheWayOfARoleThatMaySwitchItOff() {
    orphans("postgres", "");
    worker.start();
    worker.drain();
    assertThat(database.rows("SELECT * FROM t ORDER BY id")).containsExactly("1|1", "2|20");
  }

  @Test
  void aNotNull() {
    String ddl =
        "CREATE TABLE t (id bigint PRIMARY KEY, n integer); ALTER TABLE t ADD CONSTRAINT filled NOT"
            + " NULL n NOT VALID";
    TestDatabase.assumeKnows(ddl);
    deploy("plain", ddl);
    queue.batch(1, 2).begin().r(T, 1L, 1).r(T, 2L, null).copied(T, true).end();
    String message = failure();
    assertThat(message).contains("column n", "holds some from before it forbade them");
    follow(message, "before it forbade them: (ALTER TABLE .*? DROP NOT NULL;)");
    queue.batch(2, 3).begin().c(T, 3L, 3).d(T, 2L, null).end();
    worker.drain();
    assertThat(database.rows("SELECT * FROM t ORDER BY id")).containsExactly("1|1", "3|3");
  }

  @Test
  void aDomain() {
    deploy(
        "plain",
        """
        CREATE DOMAIN small AS integer;
        ALTER DOMAIN small ADD CONSTRAINT tiny CHECK (value < 10) NOT VALID;
        CREATE TABLE t (id bigint PRIMARY KEY, n small)\
        """);
    queue.batch(1, 2).begin().r(T, 1L, 1).r(T, 2L, 20).copied(T, true).end();
    String message = failure();
    assertThat(message).contains("holds values from before it had it");
    database.run(statement(message, "Run: (ALTER DOMAIN .* DROP CONSTRAINT .*?;)"));
    worker.start();
    worker.drain();
    queue.batch(2, 3).begin().u(T, 2L, 2).end();
    worker.drain();
    database.run(statement(message, "add it here when it is valid there: (ALTER DOMAIN .*?;)"));
    assertThat(database.rows("SELECT * FROM t ORDER BY id")).containsExactly("1|1", "2|2");
  }
}
