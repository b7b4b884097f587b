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
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.sink.testing.TestDatabase;
import org.pgqconnect.sink.testing.TestQueue;
import org.pgqconnect.sink.testing.TestWorker;

/**
 * What the subscriber does by itself when its tables are written. As {@code postgres} the session
 * fires only triggers that fire always, or for replicas; as {@code plain} all of them.
 */
class SubscriberTriggersIT {
  private static final String PLAIN = "CREATE TABLE t (id bigint PRIMARY KEY, v text)";
  private static final String CHECKED_LATE =
      "CREATE TABLE t (id bigint PRIMARY KEY, v text UNIQUE DEFERRABLE)";
  private static final String NOT_ARBITER =
      "CREATE TABLE t (id bigint PRIMARY KEY DEFERRABLE, v text UNIQUE)";
  private static final String SKIPS =
      """
      CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
      CREATE TRIGGER "Skip" BEFORE %s ON %s FOR EACH ROW EXECUTE FUNCTION skip();
      ALTER TABLE %2$s ENABLE %s TRIGGER "Skip\"\
      """;
  private static final TestQueue.Table T = TestQueue.table("public.t", 1, "id bigint", "v text");
  private static final TestQueue.Table AUDIT =
      TestQueue.table("public.audit", 1, "id bigint", "what text");

  private final TestDatabase database = new TestDatabase();
  private TestWorker worker;
  private TestQueue queue;

  @AfterEach
  void close() {
    worker.close();
    database.close();
  }

  private void deploy(String role, String ddl) {
    database.run(ddl);
    database.createPlainWriter();
    worker =
        new TestWorker(database.config("database.user", role, "buffer.max.rows", "1000"), false);
    queue = new TestQueue(worker);
  }

  private void copy(String role, String ddl) {
    deploy(role, ddl);
    TestQueue.Batch first = queue.batch(0, 1).begin();
    for (long i = 1; i <= 9; i++) {
      first.r(T, i, "v" + i);
    }
    first.copied(T, true).end();
    worker.start();
    worker.drain();
    worker.start();
  }

  private String failure() {
    Throwable thrown =
        catchThrowable(
            () -> {
              worker.start();
              worker.drain();
            });
    return thrown == null ? "none" : thrown.getMessage();
  }

  private String note() {
    return database.value(
        "SELECT note FROM pgq_connect.subscribed_table WHERE table_name = 't' AND state = 'ok'");
  }

  private void isSaidAndMended(String what) {
    String message = failure();
    assertThat(message)
        .contains(what, " of table public.t ", "a trigger of the subscriber skips them");
    database.run(statement(message, "Run: (ALTER TABLE .* DISABLE TRIGGER \"Skip\";)"));
    assertThat(failure()).isEqualTo("none");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "postgres|ALWAYS|" + PLAIN,
        "postgres|REPLICA|" + CHECKED_LATE,
        "plain||" + PLAIN,
        "plain||" + NOT_ARBITER,
        "plain|ALWAYS|" + CHECKED_LATE
      })
  void aRowThatATriggerKeepsFromBeingDeleted(String role, String fires, String ddl) {
    copy(role, ddl + ";" + SKIPS.formatted("DELETE", "t", fires == null ? "" : fires));
    queue.batch(1, 2).begin().d(T, 1L, null).d(T, 2L, null).d(T, 77L, null).u(T, 3L, "v3").end();
    isSaidAndMended(
        "2 rows of table public.t that the provider deleted are still on the subscriber, one of"
            + " them with key (id=1)");
    assertThat(database.value("SELECT string_agg(id::text, '' ORDER BY id) FROM t"))
        .isEqualTo("3456789");
  }

  /** Of a subscriber that is a provider, too: whoever disabled them would lose the changes. */
  @Test
  void triggersThatCaptureTheTableIntoAQueueAreNotNoted() {
    copy(
        "postgres",
        PLAIN
            + """
            ; CREATE SCHEMA pgq_connect;
            CREATE FUNCTION pgq_connect.capture() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
            CREATE TRIGGER "00_pgq_connect_1_b" BEFORE INSERT OR UPDATE ON t EXECUTE FUNCTION pgq_connect.capture();
            CREATE TRIGGER "00_pgq_connect_1_p" BEFORE TRUNCATE ON t EXECUTE FUNCTION pgq_connect.capture();
            CREATE TRIGGER "zz_pgq_connect_1_k" AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION pgq_connect.capture();
            ALTER TABLE t ENABLE ALWAYS TRIGGER "00_pgq_connect_1_b";
            ALTER TABLE t ENABLE ALWAYS TRIGGER "00_pgq_connect_1_p";
            ALTER TABLE t ENABLE ALWAYS TRIGGER "zz_pgq_connect_1_k"
            """);
    queue.batch(1, 2).begin().u(T, 1L, "new").end();
    worker.drain();
    assertThat(note()).isEqualTo("null");
  }

  @ParameterizedTest
  @CsvSource({"INSERT", "UPDATE", "DELETE"})
  void aRowThatIsSkippedWhileRowsExchangeTheirValues(String event) {
    copy("postgres", "CREATE TABLE t (id bigint PRIMARY KEY, v text UNIQUE, w text)");
    queue
        .batch(1, 2)
        .begin()
        .u(T, 1L, "tmp")
        .u(T, 2L, "v1")
        .u(T, 1L, "v2")
        .d(T, 3L, null)
        .c(T, 33L, "v3")
        .u(T, 4L, "w4")
        .end();
    database.run(SKIPS.formatted(event, "t", "ALWAYS"));
    isSaidAndMended("rows of table public.t");
    assertThat(database.value("SELECT string_agg(id || v, ' ' ORDER BY id) FROM t"))
        .isEqualTo("1v2 2v1 4w4 5v5 6v6 7v7 8v8 9v9 33v3");
  }

  @Test
  void aTriggerOfAPartition() {
    copy(
        "postgres",
        "CREATE TABLE t (id bigint PRIMARY KEY, v text) PARTITION BY HASH (id);"
            + " CREATE TABLE \"T 0\" PARTITION OF t FOR VALUES WITH (MODULUS 1, REMAINDER 0);"
            + SKIPS.formatted("DELETE", "\"T 0\"", "ALWAYS"));
    queue.batch(1, 2).begin().d(T, 1L, null).end();
    isSaidAndMended("1 rows of table public.t that the provider deleted are still");
    assertThat(database.value("SELECT count(*) FROM t")).isEqualTo("8");
  }

  @Test
  void aTriggerOfTheWholeTableThatFiresOnlyOnAPartition() {
    copy(
        "postgres",
        "CREATE TABLE t (id bigint PRIMARY KEY, v text) PARTITION BY HASH (id);"
            + " CREATE TABLE \"T 0\" PARTITION OF t FOR VALUES WITH (MODULUS 1, REMAINDER 0);"
            + SKIPS.formatted("DELETE", "t", "")
            + "; ALTER TABLE \"T 0\" ENABLE ALWAYS TRIGGER \"Skip\"");
    queue.batch(1, 2).begin().r(T, 1L, "again").copy(T, 2, true, true, true).end();
    isSaidAndMended("8 rows of table public.t that the provider deleted are still");
    assertThat(database.rows("SELECT * FROM t")).containsExactly("1|again");
  }

  @ParameterizedTest
  @ValueSource(strings = {PLAIN, CHECKED_LATE})
  void aTableThatIsNotEmptied(String ddl) {
    copy("plain", ddl + ";" + SKIPS.formatted("DELETE", "t", ""));
    database.run("REVOKE TRUNCATE ON t FROM plain");
    queue.batch(1, 2).begin().t(T).c(T, 10L, "new").end();
    isSaidAndMended("9 rows of table public.t that the provider deleted are still");
    assertThat(database.rows("SELECT * FROM t")).containsExactly("10|new");
  }

  @Test
  void aRowThatARepeatedCopyDoesNotBring() {
    copy("postgres", PLAIN + ";" + SKIPS.formatted("DELETE", "t", "ALWAYS"));
    queue.batch(1, 2).begin().r(T, 1L, "again").copy(T, 2, true, true, true).end();
    isSaidAndMended("8 rows of table public.t that the provider deleted are still");
    assertThat(database.rows("SELECT * FROM t")).containsExactly("1|again");
  }

  @ParameterizedTest
  @ValueSource(strings = {PLAIN, NOT_ARBITER})
  void aRuleThatIsMadeWhileTheSinkRuns(String ddl) {
    copy("plain", ddl);
    queue.batch(1, 2).begin().u(T, 1L, "a").end();
    worker.drain();
    database.run("CREATE RULE quiet AS ON DELETE TO t DO INSTEAD NOTHING");
    queue.batch(2, 3).begin().d(T, 1L, null).end();
    String message = String.valueOf(catchThrowable(worker::drain));
    assertThat(message).contains("quiet");
    database.run(statement(failure(), "(ALTER TABLE .* DISABLE RULE \"quiet\";)"));
    assertThat(failure()).isEqualTo("none");
    assertThat(database.value("SELECT count(*) FROM t")).isEqualTo("8");
  }

  private static final String AUDITED =
      PLAIN
          + """
          ; CREATE TABLE audit (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, what text);
          CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
            'BEGIN INSERT INTO public.audit (what) VALUES (TG_OP); RETURN NULL; END';
          CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION audit()\
          """;

  @Test
  void aTriggerThatFiresIsNotedUntilItIsConfirmed() {
    copy("plain", AUDITED);
    String note = note();
    assertThat(note)
        .startsWith(
            "Triggers audit on table public.t of the subscriber fire when the sink writes it")
        .contains("write rows that the provider sends as well")
        .contains("ALTER TABLE \"public\".\"t\" DISABLE TRIGGER \"audit\";")
        .contains("GRANT SET ON PARAMETER session_replication_role TO \"plain\";");
    queue.batch(1, 2).begin().u(T, 1L, "a").d(T, 99L, null).end();
    worker.drain();
    assertThat(note()).startsWith(note).contains("(id=99)");
    database.run(statement(note, "run on the subscriber: (UPDATE .*? table_name = 't';)"));
    worker.start();
    queue.batch(2, 3).begin().u(T, 1L, "b").end();
    worker.drain();
    assertThat(note()).startsWith("0 updates and 1 deletes of table public.t");
    queue.batch(3, 4).begin().r(T, 1L, "c").copy(T, 2, true, true, true).end();
    worker.drain();
    assertThat(note()).isEqualTo("null");
    database.run("ALTER TRIGGER audit ON t RENAME TO \"100%s of 'all'\"");
    worker.start();
    queue.batch(4, 5).begin().u(T, 1L, "d").end();
    worker.drain();
    assertThat(note()).startsWith("Triggers 100%s of 'all' on table public.t");
  }

  @Test
  void aTriggerThatIsSwitchedOffIsNotedNoLonger() {
    copy("plain", AUDITED);
    queue.batch(1, 2).begin().u(T, 1L, "a").d(T, 99L, null).end();
    worker.drain();
    database.run(statement(note(), "(ALTER TABLE \"public\".\"t\" DISABLE TRIGGER \"audit\";)"));
    worker.start();
    queue.batch(2, 3).begin().u(T, 1L, "b").end();
    worker.drain();
    assertThat(note()).startsWith("0 updates and 1 deletes of table public.t");
  }

  @Test
  void whatDoesNotFireIsNotNoted() {
    copy("postgres", AUDITED);
    queue.batch(1, 2).begin().u(T, 1L, "a").copied(AUDIT, false).end();
    worker.drain();
    assertThat(note()).isEqualTo("null");
  }
}
