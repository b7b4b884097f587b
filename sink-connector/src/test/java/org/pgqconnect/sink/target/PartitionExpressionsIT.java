/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.batch.TableDefinition.ByPartition;
import org.pgqconnect.sink.testing.TestDatabase;
import org.pgqconnect.sink.testing.TestQueue;
import org.pgqconnect.sink.testing.TestWorker;

/** A partition may compute a column by another expression than its table, on each side. */
class PartitionExpressionsIT {
  private static final String TWICE = "GENERATED ALWAYS AS ((a * 2)) %s";

  private final TestDatabase database = new TestDatabase();
  private final TestWorker worker = new TestWorker(database.config(), false);
  private final TestQueue queue = new TestQueue(worker);

  @BeforeEach
  void needsExpressionsOfPartitions() {
    TestDatabase.assumeAtLeast(18, "it has no SET EXPRESSION, or no virtual columns");
  }

  @AfterEach
  void close() {
    worker.close();
    database.close();
  }

  private static TestQueue.Table table(String clause) {
    return TestQueue.table("public.t", 1, "id bigint", "a integer", "g integer")
        .computing("g", clause);
  }

  private static TestQueue.Table twice() {
    return table(TWICE.formatted("STORED"));
  }

  private static TestQueue.Table apart(String kind) {
    return table(new ByPartition("public.t1", "(a * 3)", "(a * 2)").in(TWICE.formatted(kind)));
  }

  /** Partitions of t: t1 below 100, in other columns' order t2 below 200. */
  private void create(String clause) {
    database.run(
        """
        CREATE TABLE t (id bigint PRIMARY KEY, a integer, g integer %1$s) PARTITION BY RANGE (id);
        CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) TO (100);
        CREATE TABLE t2 (g integer %1$s, x text, a integer, id bigint NOT NULL);
        ALTER TABLE t2 DROP x;
        ALTER TABLE t ATTACH PARTITION t2 FOR VALUES FROM (100) TO (200)\
        """
            .formatted(clause));
  }

  private void begin(TestQueue.Table table, Integer g) {
    queue.batch(0, 1).begin().copied(table, false).end();
    queue.batch(1, 2).begin().c(table, 1L, 1, g).c(table, 101L, 2, g == null ? null : 2 * g).end();
    worker.start();
  }

  private String failure() {
    Throwable failure = catchThrowable(worker::drain);
    assertThat(failure).isInstanceOf(ConnectException.class);
    return failure.getMessage();
  }

  private void run(String message, String pattern) {
    Matcher statement = Pattern.compile(pattern).matcher(message);
    assertThat(statement.find()).as(message).isTrue();
    database.run(statement.group());
    worker.start();
    worker.drain();
  }

  private void rowsAre(String... rows) {
    assertThat(database.rows("SELECT id, a, g FROM t ORDER BY id")).containsExactly(rows);
  }

  @ParameterizedTest
  @ValueSource(strings = {"STORED", "VIRTUAL"})
  void aPartitionThatComputesOtherwiseStopsTheSink(String kind) {
    create("GENERATED ALWAYS AS (a * 2) " + kind);
    database.run("ALTER TABLE t2 ALTER g SET EXPRESSION AS (a * 3)");
    begin(table(TWICE.formatted(kind)), kind.equals("STORED") ? 2 : null);
    String message = failure();
    assertThat(message)
        .contains(
            "Column \"g\" of table public.t is computed as (a * 2) on the provider and the"
                + " subscriber, but as (a * 3) in the subscriber's partition public.t2. Run, for"
                + " all partitions: ");
    assertThat(database.value("SELECT count(*) FROM t")).isEqualTo("0");
    run(message, "ALTER TABLE .*?;");
    rowsAre("1|1|2", "101|2|4");
  }

  @Test
  void anExpressionThatIsTypedOtherwiseAndMeansTheSameIsAlike() {
    create("GENERATED ALWAYS AS (length(a::varchar || 'x')) STORED");
    database.run(
        "ALTER TABLE t2 ALTER g SET EXPRESSION AS (pg_catalog.length(((a)::varchar)::text ||"
            + " 'x'::text))");
    TestQueue.Table table =
        table("GENERATED ALWAYS AS (length((((a)::character varying)::text || 'x'::text))) STORED");
    queue.batch(0, 1).begin().copied(table, false).end();
    queue.batch(1, 2).begin().c(table, 1L, 1, 2).c(table, 101L, 2, 2).end();
    worker.start();
    worker.drain();
    rowsAre("1|1|2", "101|2|2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ALTER TABLE t1 ALTER g SET EXPRESSION AS (a * 5)",
        "CREATE TABLE t3 PARTITION OF t (g GENERATED ALWAYS AS (a * 5) STORED) FOR VALUES FROM"
            + " (200) TO (300)",
        """
        CREATE TABLE t3 (id bigint NOT NULL, a integer, g integer GENERATED ALWAYS AS (a * 2) STORED) PARTITION BY RANGE (id);
        CREATE TABLE t31 PARTITION OF t3 (g GENERATED ALWAYS AS (a * 5) STORED) FOR VALUES FROM (200) TO (300);
        ALTER TABLE t ATTACH PARTITION t3 FOR VALUES FROM (200) TO (300)\
        """
      })
  void aPartitionThatIsAlteredWhileTheSinkRunsStopsIt(String change) {
    create("GENERATED ALWAYS AS (a * 2) STORED");
    begin(twice(), 2);
    worker.drain();
    database.run(change);
    queue.batch(2, 3).begin().u(twice(), 1L, 10, 20).end();
    String message = failure();
    assertThat(message).contains("but as (a * 5) in the subscriber's partition public.t");
    run(message, "ALTER TABLE .*?;");
    rowsAre("1|10|20", "101|2|4");
  }

  @Test
  void aTableThatInheritsIsAnother() {
    database.run(
        """
        CREATE TABLE t (id bigint PRIMARY KEY, a integer, g integer GENERATED ALWAYS AS (a * 2) STORED);
        CREATE TABLE child (g integer GENERATED ALWAYS AS (a * 3) STORED) INHERITS (t)\
        """);
    begin(twice(), 2);
    worker.drain();
    rowsAre("1|1|2", "101|2|4");
  }

  @Test
  void whatAPartitionOfTheProviderComputesOtherwiseIsStored() {
    create("GENERATED ALWAYS AS (a * 2) STORED");
    begin(apart("STORED"), 3);
    String message = failure();
    assertThat(message)
        .contains(
            "Column \"g\" of table public.t is computed as (a * 2) on the provider, but as (a * 3)"
                + " in its partition public.t1, so that no expression of a subscriber gives its"
                + " values. Run: ALTER TABLE",
            "Or have it computed alike there (PostgreSQL 17 and later), ALTER TABLE"
                + " \"public\".\"t\" ALTER COLUMN \"g\" SET EXPRESSION AS ((a * 2));");
    run(message, "ALTER TABLE .*? DROP EXPRESSION;");
    rowsAre("1|1|3", "101|2|6");
  }

  @Test
  void anOrdinaryColumnTakesTheValuesWhateverPartitionsCompute() {
    create("");
    begin(twice(), 2);
    worker.drain();
    queue.batch(2, 3).begin().c(apart("STORED"), 3L, 3, 9).end();
    queue.batch(3, 4).begin().c(twice(), 4L, 4, 8).end();
    worker.drain();
    rowsAre("1|1|2", "3|3|9", "4|4|8", "101|2|4");
    assertThat(database.value("SELECT state FROM pgq_connect.subscribed_table")).isEqualTo("ok");
  }

  @Test
  void anotherExpressionOfTheWholeTableNeedsACopyAlsoAfterAPartitionHadItsOwn() {
    create("");
    begin(twice(), 2);
    queue.batch(2, 3).begin().c(apart("STORED"), 3L, 3, 9).end();
    worker.drain();
    TestQueue.Table fiveTimes = table(TWICE.replace("a * 2", "a * 5").formatted("STORED"));
    queue.batch(3, 4).begin().c(fiveTimes, 4L, 4, 20).end();
    worker.drain();
    assertThat(database.value("SELECT state FROM pgq_connect.subscribed_table"))
        .isEqualTo("expecting-copy");
  }

  @Test
  void aTableThatIsMissingIsMadeWithAnOrdinaryColumn() {
    begin(apart("STORED"), 3);
    run(failure(), "(?s)CREATE TABLE .*?;");
    rowsAre("1|1|3", "101|2|6");
  }

  @ParameterizedTest
  @ValueSource(strings = {" GENERATED ALWAYS AS (a * 2) VIRTUAL", ""})
  void virtualColumnsThatPartitionsComputeOtherwiseAreNotReplicated(String here) {
    TestQueue.Table alike = table(TWICE.formatted("VIRTUAL"));
    create("GENERATED ALWAYS AS (a * 2) VIRTUAL");
    begin(alike, null);
    worker.drain();
    database.run("ALTER TABLE t DROP g, ADD g integer" + here);
    queue.batch(2, 3).begin().u(apart("VIRTUAL"), 1L, 5, null).end();
    String message = failure();
    assertThat(message)
        .contains(
            "They are in no event, for it is virtual: have it computed alike there (PostgreSQL 17"
                + " and later), ALTER TABLE \"public\".\"t\" ALTER COLUMN \"g\" SET EXPRESSION AS"
                + " ((a * 2)); and skip");
    run(message, "UPDATE pgq_connect.subscribed_table .*?'t'");
    assertThat(database.value("SELECT a FROM t WHERE id = 1")).as("skipped").isEqualTo("1");
    database.run("ALTER TABLE t DROP g, ADD g integer GENERATED ALWAYS AS (a * 2) VIRTUAL");
    queue.batch(3, 4).begin().r(alike, 1L, 5, null).copy(alike, 2, true, true, true).end();
    worker.drain();
    rowsAre("1|5|10");
  }
}
