/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.sink.testing.TestDatabase;
import org.pgqconnect.sink.testing.TestQueue;
import org.pgqconnect.sink.testing.TestWorker;

/** What other sessions do to a table of the subscriber counts from the next batch on. */
class AlteredBesideIT {
  private static final TestQueue.Table T =
      TestQueue.table("public.t", 1, "id bigint", "v text", "g bigint")
          .computing("g", "GENERATED ALWAYS AS ((id * 2)) STORED");
  private static final String UPPER =
      """
      CREATE FUNCTION upper_v() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.v := upper(NEW.v); RETURN NEW; END';
      CREATE TRIGGER upper_v BEFORE INSERT OR UPDATE ON %1$s FOR EACH ROW EXECUTE FUNCTION upper_v();
      ALTER TABLE %1$s ENABLE ALWAYS TRIGGER upper_v\
      """;

  private final TestDatabase database = new TestDatabase();
  private final TestWorker worker = new TestWorker(database.config(), false);
  private final TestQueue queue = new TestQueue(worker);

  @BeforeEach
  void start() {
    database.run(
        "CREATE TABLE t (id bigint PRIMARY KEY, v text, g bigint GENERATED ALWAYS AS (id * 2)"
            + " STORED)");
    begin();
  }

  private void begin() {
    queue.batch(0, 1).begin().copied(T, false).end();
    queue.batch(1, 2).begin().c(T, 1L, "a", 2L).c(T, 2L, "b", 4L).end();
    worker.start();
    worker.drain();
  }

  @AfterEach
  void close() {
    worker.close();
    database.close();
  }

  private void rowsAre(String... rows) {
    assertThat(database.rows("SELECT * FROM t ORDER BY id")).containsExactly(rows);
  }

  @Test
  void aColumnThatIsComputedNoMoreIsWritten() {
    database.run("ALTER TABLE t ALTER g DROP EXPRESSION");
    queue.batch(2, 3).begin().c(T, 3L, "c", 6L).u(T, 1L, "x", 2L).end();
    worker.drain();
    rowsAre("1|x|2", "2|b|4", "3|c|6");
  }

  @ParameterizedTest
  @ValueSource(strings = {"t", "t_rest"})
  void aTriggerThatIsMadeWhileTheSinkRunsIsNoted(String where) {
    database.run(
        """
        DROP TABLE t;
        CREATE TABLE t (id bigint PRIMARY KEY, v text, g bigint) PARTITION BY LIST (id);
        CREATE TABLE t_rest PARTITION OF t DEFAULT\
        """);
    worker.stop();
    database.run("UPDATE pgq_connect.subscribed_table SET state = 'expecting-copy'");
    worker.start();
    queue
        .batch(2, 3)
        .begin()
        .r(T, 1L, "a", 2L)
        .r(T, 2L, "b", 4L)
        .copy(T, 2, true, true, true)
        .end();
    worker.drain();
    database.run(UPPER.formatted(where));
    queue.batch(3, 4).begin().c(T, 3L, "c", 6L).end();
    worker.drain();
    assertThat(database.value("SELECT note FROM pgq_connect.subscribed_table")).contains("upper_v");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ALTER TABLE t SET UNLOGGED",
        "CREATE RULE r AS ON UPDATE TO t DO ALSO DELETE FROM t WHERE id = 2"
      })
  void whatKeepsRowsFromBeingWrittenStopsTheSink(String change) {
    database.run(change);
    queue.batch(2, 3).begin().u(T, 1L, "x", 2L).end();
    assertThatThrownBy(worker::drain).hasMessageContaining("able public.t");
    rowsAre("1|a|2", "2|b|4");
  }

  @Test
  void aKeyThatBecomesDeferrableIsReadAgain() {
    database.run("ALTER TABLE t DROP CONSTRAINT t_pkey, ADD PRIMARY KEY (id) DEFERRABLE");
    queue.batch(2, 3).begin().u(T, 1L, "x", 2L).c(T, 3L, "c", 6L).end();
    worker.drain();
    rowsAre("1|x|2", "2|b|4", "3|c|6");
  }

  @Test
  void aUniqueKeyThatIsAddedIsRespected() {
    database.run("ALTER TABLE t ADD UNIQUE (v)");
    queue.batch(2, 3).begin().u(T, 1L, "b", 2L).u(T, 2L, "a", 4L).end();
    worker.drain();
    rowsAre("1|b|2", "2|a|4");
  }
}
