/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.write;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgqconnect.sink.testing.TestDatabase;
import org.pgqconnect.sink.testing.TestQueue;
import org.pgqconnect.sink.testing.TestWorker;

/** Generated columns with one expression on both sides may still hold different values. */
class GeneratedValuesIT {
  private static final TestQueue.Table INVOICE =
      computed("bigint", "integer", "integer", "public.tax(a)");
  private static final TestQueue.Table OTHER =
      TestQueue.table("public.s", 1, "id bigint", "v text");

  private final TestDatabase database = new TestDatabase();
  private TestWorker worker = new TestWorker(database.config("buffer.max.rows", "1000"), false);
  private TestQueue queue = new TestQueue(worker);

  @AfterEach
  void close() {
    worker.close();
    database.close();
  }

  private static TestQueue.Table computed(String id, String a, String g, String expression) {
    return TestQueue.table("public.t", 1, "id " + id, "a " + a, "g " + g)
        .computing("g", "GENERATED ALWAYS AS (%s) STORED".formatted(expression));
  }

  private void createInvoice(int percent) {
    database.run(
        """
        CREATE FUNCTION tax(integer) RETURNS integer IMMUTABLE LANGUAGE sql RETURN $1 * %d / 100;
        CREATE TABLE t (id bigint PRIMARY KEY, a integer, g integer GENERATED ALWAYS AS (tax(a)) STORED, note text)\
        """
            .formatted(percent));
  }

  private void rateIs(int percent) {
    database.run(
        "CREATE OR REPLACE FUNCTION tax(integer) RETURNS integer IMMUTABLE LANGUAGE sql RETURN $1 * %d / 100"
            .formatted(percent));
  }

  private String failure() {
    Throwable failure = catchThrowable(worker::drain);
    assertThat(failure).isInstanceOf(ConnectException.class);
    return failure.getMessage();
  }

  private void runPrinted(String message) {
    Matcher statement = Pattern.compile("ALTER TABLE .*?;").matcher(message);
    assertThat(statement.find()).as(message).isTrue();
    database.run(statement.group());
    worker.start();
    worker.drain();
  }

  private void rowsAre(String... rows) {
    assertThat(database.rows("SELECT id, a, g FROM t ORDER BY id")).containsExactly(rows);
  }

  static Stream<Arguments> others() {
    return Stream.of(
        // type of a, type of g and expression there; type of a, of g here; a and g of the provider
        Arguments.of("integer", "integer", "(a / 2)", "numeric", "integer", 5, 2),
        Arguments.of("integer", "numeric", "(a / 2)", "numeric", "numeric", 5, "2"),
        Arguments.of("character(5)", "integer", "length(a)", "text", "integer", "ab   ", 2),
        Arguments.of(
            "real",
            "double precision",
            "(a * 2)",
            "double precision",
            "double precision",
            0.1f,
            0.20000000298023224),
        Arguments.of("numeric(6,2)", "text", "(a)::text", "numeric(9,4)", "text", "5.00", "5.00"),
        Arguments.of("numeric(6,2)", "numeric", "(a)", "numeric(9,4)", "numeric", "5.00", "5.00"),
        Arguments.of("text", "text", "lower(a)", "text COLLATE \"und-x-icu\"", "text", "É", "É"),
        Arguments.of("bytea", "text", "(a)::text", "bytea", "text", "abc".getBytes(), "abc"),
        Arguments.of(
            "point", "text", "(a)::text", "point", "text", "(0.123456789012345,1)", "(0.12346,1)"),
        Arguments.of("text", "json", "(a)::json", "text", "json", "{\"a\":1}", "{\"a\": 1}"),
        Arguments.of("integer", "oid", "tableoid", "integer", "oid", 5, "1"));
  }

  @ParameterizedTest
  @MethodSource("others")
  void anotherValueThanTheProvidersStopsTheSink(
      String a,
      String g,
      String expression,
      String aHere,
      String gHere,
      Object sentA,
      Object sentG) {
    TestQueue.Table table = computed("bigint", a, g, expression);
    database.run(
        "CREATE TABLE t (id bigint PRIMARY KEY, a %s, g %s GENERATED ALWAYS AS (%s) STORED)"
            .formatted(aHere, gHere, expression));
    queue.batch(0, 1).begin().copied(table, false).end();
    queue.batch(1, 2).begin().c(table, 1L, sentA, sentG).c(table, 2L, null, null).end();
    worker.start();
    String message = failure();
    assertThat(message)
        .contains(
            " rows of table public.t would hold other values than the provider's in column \"g\","
                + " which the subscriber computes, one of them the row with key (id=",
            "Run, to store the provider's values: ALTER TABLE \"public\".\"t\" ALTER COLUMN \"g\""
                + " DROP EXPRESSION;",
            "provider resync --prefix bank public.t");
    assertThat(database.value("SELECT count(*) FROM t")).isEqualTo("0");
    runPrinted(message);
    assertThat(database.value("SELECT g FROM t WHERE id = 1")).isEqualTo(sentG.toString());
  }

  static Stream<Arguments> alike() {
    return Stream.of(
        Arguments.of("text", "json", "(a)::json", "json", "{\"a\": 1}", "{\"a\": 1}"),
        Arguments.of(
            "integer", "point", "point((a)::double precision, 0.1)", "point", 5, "(5,0.1)"),
        Arguments.of(
            "xml",
            "xml",
            "a",
            "xml",
            "<?xml version=\"1.0\" standalone=\"yes\"?><a/>",
            "<?xml version=\"1.0\" standalone=\"yes\"?><a/>"),
        Arguments.of(
            "bytea",
            "bytea",
            "(a || '\\x00'::bytea)",
            "bytea",
            new byte[] {1, 2},
            new byte[] {1, 2, 0}),
        Arguments.of("text", "character(5)", "(a)::character(5)", "character(5)", "ab", "ab   "),
        Arguments.of("text", "text", "upper(a)", "text COLLATE loose", "a", "A"),
        Arguments.of("integer", "small", "(a)::public.small", "small", 5, "5"),
        Arguments.of("numeric", "numeric(6,2)", "a", "numeric(9,4)", "5.001", "5.00"),
        Arguments.of("integer", "integer[]", "ARRAY[a, NULL::integer]", "integer[]", 5, "{5,NULL}"),
        Arguments.of("integer", "boolean", "(a > 3)", "boolean", 5, true),
        Arguments.of("integer", "integer", "NULL::integer", "integer", 5, null));
  }

  @ParameterizedTest
  @MethodSource("alike")
  void valuesOfAllTypesAreCompared(
      String a, String g, String expression, String gHere, Object sentA, Object sentG) {
    boolean fits = !gHere.equals("numeric(9,4)");
    TestQueue.Table table = computed("bigint", a, g, expression);
    database.run(
        """
        CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        CREATE DOMAIN small AS integer CHECK (VALUE < 10);
        CREATE TABLE t (id bigint PRIMARY KEY, a %s, g %s GENERATED ALWAYS AS (%s) STORED)\
        """
            .formatted(a, gHere, expression));
    queue.batch(0, 1).begin().copied(table, false).end();
    queue.batch(1, 2).begin().c(table, 1L, sentA, sentG).end();
    worker.start();
    if (fits) {
      worker.drain();
      assertThat(database.value("SELECT count(*) FROM t")).isEqualTo("1");
    } else {
      assertThat(failure()).contains("in column \"g\"");
    }
  }

  @ParameterizedTest
  @CsvSource({"2,false", "300,false", "3000,false", "2,true", "300,true", "3000,true"})
  void everyWayOfWritingRowsIsCompared(int rows, boolean copies) {
    createInvoice(16);
    TestQueue.Batch batch;
    if (copies) {
      batch = queue.batch(0, 1).begin();
    } else {
      queue.batch(0, 1).begin().copied(INVOICE, false).end();
      batch = queue.batch(1, 2).begin();
    }
    for (long i = 1; i <= rows; i++) {
      int tax = i == 2 ? 38 : 16 * (int) i;
      if (copies) {
        batch.r(INVOICE, i, (int) i * 100, tax);
      } else {
        batch.c(INVOICE, i, (int) i * 100, tax);
      }
    }
    (copies ? batch.copied(INVOICE, true) : batch).end();
    worker.start();
    String message = failure();
    assertThat(message)
        .contains("1 rows of table public.t would hold other values", "key (id=2)")
        .doesNotContain("38")
        .doesNotContain("32");
    assertThat(database.value("SELECT count(*) FROM t")).isEqualTo("0");
    runPrinted(message);
    assertThat(database.value("SELECT g FROM t WHERE id = 2")).isEqualTo("38");
    assertThat(database.value("SELECT count(*) FROM t")).isEqualTo("" + rows);
  }

  /** Deletes of one of the tables reach rows of the other, so that parts wait in a stage. */
  @Test
  void rowsThatWaitForLaterPartsAreComparedAtTheEnd() {
    createInvoice(16);
    database.run("ALTER TABLE t ADD UNIQUE (a); CREATE TABLE s (id bigint PRIMARY KEY, v text)");
    queue.batch(0, 1).begin().copied(INVOICE, false).copied(OTHER, false).end();
    TestQueue.Batch first = queue.batch(1, 2).begin();
    for (int i = 1; i <= 3000; i++) {
      first.c(INVOICE, (long) i, i * 100, i * 16);
    }
    first.end();
    worker.start();
    worker.drain();
    TestQueue.Batch swapped = queue.batch(2, 3).begin();
    for (int i = 1; i <= 3000; i++) {
      // What a later part of the batch writes again counts as that does.
      swapped.u(INVOICE, (long) i, (3001 - i) * 100, i == 1 ? 7 : (3001 - i) * 16);
    }
    swapped.u(INVOICE, 1L, 300_000, 48_000).end();
    worker.drain();
    assertThat(database.value("SELECT g FROM t WHERE id = 1")).isEqualTo("48000");
    TestQueue.Batch back = queue.batch(3, 4).begin();
    for (int i = 1; i <= 3000; i++) {
      back.u(INVOICE, (long) i, i * 100, i == 5 ? 7 : i * 16);
    }
    back.end();
    String message = failure();
    assertThat(message).contains("1 rows of table public.t would hold", "key (id=5)");
    runPrinted(message);
    assertThat(database.value("SELECT g FROM t WHERE id = 5")).isEqualTo("7");
  }

  @Test
  void aRepeatedCopyIsCompared() {
    createInvoice(19);
    queue
        .batch(0, 1)
        .begin()
        .r(INVOICE, 1L, 100, 19)
        .r(INVOICE, 2L, 200, 38)
        .copied(INVOICE, true)
        .end();
    worker.start();
    worker.drain();
    rateIs(16);
    queue.batch(1, 2).begin().copy(INVOICE, 2, false, true, false).end();
    queue
        .batch(2, 3)
        .begin()
        .r(INVOICE, 1L, 100, 19)
        .r(INVOICE, 2L, 200, 38)
        .copy(INVOICE, 2, true, true, true)
        .end();
    String message = failure();
    assertThat(message).contains("2 rows of table public.t would hold", "in column \"g\"");
    rowsAre("1|100|19", "2|200|38");
    runPrinted(message);
    rowsAre("1|100|19", "2|200|38");
  }

  @Test
  void aVirtualColumnIsComparedToo() {
    TestDatabase.assumeAtLeast(18, "it has no virtual columns");
    TestQueue.Table table = computed("bigint", "integer", "integer", "(a / 2)");
    database.run(
        "CREATE TABLE t (id bigint PRIMARY KEY, a numeric, g integer GENERATED ALWAYS AS (a / 2)"
            + " VIRTUAL)");
    queue.batch(0, 1).begin().copied(table, false).end();
    queue.batch(1, 2).begin().c(table, 1L, 5, 2).end();
    worker.start();
    String message = failure();
    assertThat(message)
        .contains("ALTER TABLE \"public\".\"t\" DROP COLUMN \"g\", ADD COLUMN \"g\" integer;");
    runPrinted(message);
    rowsAre("1|5|2");
  }

  @Test
  void virtualColumnsOfTheProviderHaveNoValuesToCompare() {
    TestQueue.Table table =
        TestQueue.table("public.t", 1, "id bigint", "a integer", "g integer")
            .computing("g", "GENERATED ALWAYS AS ((a * 2)) VIRTUAL");
    database.run(
        "CREATE TABLE t (id bigint PRIMARY KEY, a integer, g integer GENERATED ALWAYS AS (a * 2)"
            + " STORED)");
    queue.batch(0, 1).begin().copied(table, false).end();
    queue.batch(1, 2).begin().c(table, 1L, 5, null).end();
    worker.start();
    worker.drain();
    rowsAre("1|5|10");
  }

  @ParameterizedTest
  @CsvSource({"5,2", "7,3"})
  void aKeyThatIsComputedOtherwiseStopsTheSink(int a, int g) {
    TestQueue.Table table =
        TestQueue.table("public.t", 1, "g integer", "a integer", "w text")
            .computing("g", "GENERATED ALWAYS AS ((a / 2)) STORED");
    database.run(
        "CREATE TABLE t (a numeric, g integer GENERATED ALWAYS AS (a / 2) STORED PRIMARY KEY, w"
            + " text)");
    queue.batch(0, 1).begin().copied(table, false).end();
    queue.batch(1, 2).begin().c(table, 2, 4, "x").c(table, 4, 8, "x").d(table, 2, null, null).end();
    queue.batch(2, 3).begin().c(table, g, a, "y").end();
    worker.start();
    String message = failure();
    assertThat(message).contains("1 rows of table public.t would hold", "key (g=%d)".formatted(g));
    runPrinted(message);
    assertThat(database.rows("SELECT a, g, w FROM t WHERE w = 'y'"))
        .containsExactly("%d|%d|y".formatted(a, g));
  }

  /** The row of before has the key that was sent, and the new one another. */
  @Test
  void aKeyThatIsComputedOtherwiseByNowStopsTheSink() {
    createInvoice(19);
    database.run("ALTER TABLE t DROP CONSTRAINT t_pkey, ADD PRIMARY KEY (g), DROP id");
    TestQueue.Table table =
        TestQueue.table("public.t", 1, "g integer", "a integer", "note text")
            .computing("g", "GENERATED ALWAYS AS (public.tax(a)) STORED");
    queue.batch(0, 1).begin().copied(table, false).end();
    queue.batch(1, 2).begin().c(table, 19, 100, "x").end();
    worker.start();
    worker.drain();
    rateIs(16);
    queue.batch(2, 3).begin().u(table, 19, 100, "y").end();
    String message = failure();
    assertThat(message).contains("1 rows of table public.t would hold", "key (g=19)");
    runPrinted(message);
    assertThat(database.rows("SELECT a, g, note FROM t")).containsExactly("100|19|y");
  }

  /** Its note says that it may change rows. */
  @Test
  void whatATriggerOfTheSubscriberMadeOfARowIsNotCompared() {
    createInvoice(16);
    database.run(
        """
        CREATE FUNCTION hide() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.a := 0; RETURN NEW; END $$;
        CREATE TRIGGER hide BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION hide();
        ALTER TABLE t ENABLE ALWAYS TRIGGER hide\
        """);
    queue.batch(0, 1).begin().copied(INVOICE, false).end();
    queue.batch(1, 2).begin().c(INVOICE, 1L, 100, 16).end();
    worker.start();
    worker.drain();
    rowsAre("1|0|0");
    assertThat(database.value("SELECT note FROM pgq_connect.subscribed_table")).contains("hide");
  }

  /** Before the provider had its ALTER TABLE, which rewrote them, they held other values. */
  @Test
  void rowsThatAreOlderThanAnExpressionAreNotCompared() {
    TestDatabase.assumeAtLeast(17, "it has no SET EXPRESSION");
    TestQueue.Table twice = computed("bigint", "integer", "integer", "(a * 2)");
    TestQueue.Table thrice = computed("bigint", "integer", "integer", "(a * 3)");
    database.run(
        "CREATE TABLE t (id bigint PRIMARY KEY, a integer, g integer GENERATED ALWAYS AS (a * 2)"
            + " STORED)");
    queue.batch(0, 1).begin().copied(twice, false).end();
    queue.batch(1, 2).begin().c(twice, 1L, 1, 2).end();
    worker.start();
    worker.drain();
    database.run("ALTER TABLE t ALTER g SET EXPRESSION AS (a * 3)");
    queue.batch(2, 3).begin().c(twice, 2L, 2, 4).c(thrice, 3L, 3, 9).end();
    worker.drain();
    rowsAre("1|1|3", "2|2|6", "3|3|9");
    queue.batch(3, 4).begin().u(thrice, 2L, 2, 4).end();
    assertThat(failure()).contains("key (id=2)");
  }
}
