/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Where the role may not switch foreign keys off, an ON DELETE action that only the subscriber has
 * changes no row that the provider left alone.
 */
class FollowingRowsIT {
  private static final TestQueue.Table PARENT = TestQueue.table("public.p", 1, "id bigint");
  private static final TestQueue.Table CHILD =
      TestQueue.table("public.c", 1, "id bigint", "p bigint", "note text");

  private final TestDatabase database = new TestDatabase();
  private final TestWorker worker =
      new TestWorker(
          database.config("database.user", "plain", "database.password", "plain"), false);
  private final TestQueue queue = new TestQueue(worker);

  private void start(String action) {
    database.createPlainRole();
    database.run("CREATE TABLE p (id bigint PRIMARY KEY)");
    database.run(
        "CREATE TABLE c (id bigint PRIMARY KEY, p bigint DEFAULT 2 REFERENCES p %s, note text)"
            .formatted(action));
    database.run("GRANT ALL ON p, c TO plain");
    queue.batch(0, 1).begin().copied(PARENT, false).copied(CHILD, false).end();
    queue
        .batch(1, 2)
        .begin()
        .c(PARENT, 1L)
        .c(PARENT, 2L)
        .c(CHILD, 1L, 1L, "a")
        .c(CHILD, 2L, 2L, "b")
        .end();
    worker.start();
    worker.drain();
  }

  @AfterEach
  void close() {
    worker.close();
    database.close();
  }

  /** What the sink ends with once it has waited for batches that may help. */
  private String failure() {
    for (int i = 0; i < 1000; i++) {
      try {
        worker.poll();
      } catch (ConnectException e) {
        return e.getMessage();
      }
    }
    throw new AssertionError("The sink goes on");
  }

  private void childIs(String... rows) {
    assertThat(database.rows("SELECT * FROM c ORDER BY 1")).containsExactly(rows);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ON DELETE CASCADE",
        "ON DELETE SET NULL",
        "ON DELETE SET DEFAULT",
        "ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED"
      })
  void rowsThatTheProviderKeepsAreNotChanged(String action) {
    start(action);
    queue.batch(2, 3).begin().d(PARENT, 1L).end();
    assertThat(failure())
        .contains("Rows of table public.p cannot be deleted on the subscriber, batch (2, 3]")
        .contains("rows of table public.c refer to them, and ON DELETE of foreign key \"c_p_fkey\"")
        .contains("ALTER TABLE \"public\".\"c\" DROP CONSTRAINT \"c_p_fkey\";")
        .contains("GRANT SET ON PARAMETER session_replication_role TO \"plain\";");
    childIs("1|1|a", "2|2|b");
    worker.stop();
    database.run("ALTER TABLE \"public\".\"c\" DROP CONSTRAINT \"c_p_fkey\"");
    worker.start();
    worker.drain();
    childIs("1|1|a", "2|2|b");
    assertThat(database.rows("SELECT id FROM p")).containsExactly("2");
  }

  @Test
  void rowsThatTheBatchChangesInOtherColumnsAreNotLost() {
    start("ON DELETE CASCADE");
    queue.batch(2, 3).begin().d(PARENT, 1L).u(CHILD, 1L, 1L, "changed").end();
    assertThat(failure()).contains("ON DELETE of foreign key \"c_p_fkey\"");
    childIs("1|1|a", "2|2|b");
  }

  @ParameterizedTest
  @CsvSource({"CASCADE,d", "CASCADE,u", "SET NULL,n", "SET NULL,u", "CASCADE,later"})
  void whatTheProviderDidToThemIsApplied(String action, String change) {
    start("ON DELETE " + action);
    TestQueue.Batch batch = queue.batch(2, 3).begin().d(PARENT, 1L);
    switch (change) {
      case "d" -> batch.d(CHILD, 1L, null, null).end();
      case "u" -> batch.u(CHILD, 1L, 2L, "a").end();
      case "n" -> batch.u(CHILD, 1L, null, "a").end();
      default -> {
        batch.end();
        queue.batch(3, 4).begin().d(CHILD, 1L, null, null).end();
      }
    }
    worker.drain();
    assertThat(database.rows("SELECT id FROM p")).containsExactly("2");
    switch (change) {
      case "u" -> childIs("1|2|a", "2|2|b");
      case "n" -> childIs("1|null|a", "2|2|b");
      default -> childIs("2|2|b");
    }
  }
}
