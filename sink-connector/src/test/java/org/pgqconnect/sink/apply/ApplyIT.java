/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.apply;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.sink.testing.TestDatabase;
import org.pgqconnect.sink.testing.TestQueue;
import org.pgqconnect.sink.testing.TestWorker;

/** What each kind of change does to a subscriber. */
class ApplyIT {
  private static final TestQueue.Table ACCOUNTS =
      TestQueue.table("public.accounts", 1, "id bigint", "owner text", "balance numeric(14,2)");

  private final TestDatabase database = new TestDatabase();
  private TestWorker worker;
  private TestQueue queue;

  @BeforeEach
  void createTable() {
    database.run(
        "CREATE TABLE accounts (id bigint PRIMARY KEY, owner text UNIQUE, balance numeric(14,2))");
  }

  @AfterEach
  void close() {
    worker.close();
    database.close();
  }

  private void start(boolean schemas) {
    worker = new TestWorker(database.config(), schemas);
    queue = new TestQueue(worker);
    queue.batch(0, 1).begin().copied(ACCOUNTS, false).end();
  }

  private void apply() {
    worker.start();
    worker.drain();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void appliesInsertsUpdatesAndDeletes(boolean schemas) {
    start(schemas);
    queue.batch(1, 2).begin().c(ACCOUNTS, 1L, "ann", "10.00").c(ACCOUNTS, 2L, "bob", "5").end();
    queue
        .batch(2, 3)
        .begin()
        .u(ACCOUNTS, 1L, "ann", "7.50")
        .d(ACCOUNTS, 2L, null, null)
        .c(ACCOUNTS, 3L, "cyd", null)
        .end();
    apply();
    assertThat(database.rows("SELECT * FROM accounts ORDER BY id"))
        .containsExactly("1|ann|7.50", "3|cyd|null");
    assertThat(database.rows("SELECT name, queue, provider, tick_id FROM pgq_connect.subscription"))
        .containsExactly("test-sink|bank|" + TestQueue.PROVIDER + "|3");
    assertThat(worker.committed("bank.transaction", 0)).isEqualTo(9);
    assertThat(worker.committed("bank.public.accounts", 0)).isEqualTo(5);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void followsAKeyThatChanges(boolean schemas) {
    start(schemas);
    queue.batch(1, 2).begin().c(ACCOUNTS, 1L, "ann", "1").end();
    queue.batch(2, 3).begin().d(ACCOUNTS, 1L, null, null).c(ACCOUNTS, 9L, "ann", "1").end();
    apply();
    assertThat(database.rows("SELECT id, owner FROM accounts")).containsExactly("9|ann");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 600})
  void exchangesUniqueValues(int filler) {
    start(false);
    TestQueue.Batch rows =
        queue.batch(1, 2).begin().c(ACCOUNTS, 1L, "ann", "1").c(ACCOUNTS, 2L, "bob", "2");
    rows.end();
    worker.start();
    worker.drain();
    TestQueue.Batch swap = queue.batch(2, 3).begin();
    for (long i = 0; i < filler; i++) {
      swap.c(ACCOUNTS, 100 + i, "x" + i, "0");
    }
    swap.u(ACCOUNTS, 1L, "tmp", "1").u(ACCOUNTS, 2L, "ann", "2").u(ACCOUNTS, 1L, "bob", "1").end();
    worker.drain();
    assertThat(database.rows("SELECT id, owner FROM accounts WHERE id < 100 ORDER BY id"))
        .containsExactly("1|bob", "2|ann");
    assertThat(database.value("SELECT count(*) FROM accounts")).isEqualTo("" + (filler + 2));
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 3000})
  void takesRowsThatAreThereAlready(int rows) {
    start(false);
    database.run("INSERT INTO accounts SELECT i, 'old' || i, 0 FROM generate_series(1, 2000, 7) i");
    TestQueue.Batch batch = queue.batch(1, 2).begin();
    for (long i = 1; i <= rows; i++) {
      batch.c(ACCOUNTS, i, "o" + i, "1.00");
    }
    batch.end();
    apply();
    assertThat(database.value("SELECT count(*) FROM accounts WHERE balance = 1"))
        .isEqualTo("" + rows);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void truncates(boolean schemas) {
    start(schemas);
    database.run("CREATE TABLE child (id bigint REFERENCES accounts)");
    queue.batch(1, 2).begin().c(ACCOUNTS, 1L, "ann", "1").end();
    queue
        .batch(2, 3)
        .begin()
        .c(ACCOUNTS, 2L, "bob", "1")
        .t(ACCOUNTS)
        .c(ACCOUNTS, 3L, "cyd", "1")
        .end();
    apply();
    assertThat(database.rows("SELECT id FROM accounts")).containsExactly("3");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void ignoresTombstonesAndRowsOfOtherTables(boolean schemas) {
    start(schemas);
    TestQueue.Table other = TestQueue.table("other.t", 1, "id bigint");
    worker.append(ACCOUNTS.topic(), 0, null, null);
    queue.batch(1, 2).begin().c(ACCOUNTS, 1L, "ann", "1").c(other, 1L).end();
    worker.append(ACCOUNTS.topic(), 0, null, null);
    worker.close();
    worker.configs().put("table.include.list", "public\\..*");
    apply();
    assertThat(database.rows("SELECT id FROM accounts")).containsExactly("1");
    assertThat(worker.committed(ACCOUNTS.topic(), 0)).isEqualTo(3);
  }
}
