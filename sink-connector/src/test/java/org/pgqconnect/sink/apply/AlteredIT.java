/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableDefinition.Column;
import org.pgqconnect.sink.testing.TestDatabase;
import org.pgqconnect.sink.testing.TestQueue;
import org.pgqconnect.sink.testing.TestWorker;

/**
 * ALTER TABLE changes the provider's rows without events. What the sink then says to run makes the
 * subscriber equal; or it says that a copy is needed.
 */
class AlteredIT {
  private static final TestQueue.Table OLD = TestQueue.table("public.t", 1, "id integer", "v text");

  private final TestDatabase database = new TestDatabase();
  private final TestWorker worker =
      new TestWorker(database.config("buffer.max.rows", "1000"), false);
  private final TestQueue queue = new TestQueue(worker);
  private final TestQueue.Table before =
      numbered(OLD, column("id", "integer", null, 1), column("v", "text", null, 2));

  @BeforeEach
  void tenRows() {
    database.run("CREATE TABLE t (id integer PRIMARY KEY, v text)");
    TestQueue.Batch batch = queue.batch(0, 1).begin();
    for (int i = 1; i <= 10; i++) {
      batch.r(before, i, "v" + i);
    }
    batch.copied(before, true).end();
    queue.batch(1, 2).begin().u(before, 10, "v10").end();
    worker.start();
    worker.drain();
  }

  @AfterEach
  void close() {
    worker.close();
    database.close();
  }

  private static Column column(String name, String type, String fill, long number) {
    return new Column(name, type, number == 1 || fill != null, null, null, fill, number, null);
  }

  private static TestQueue.Table numbered(TestQueue.Table table, Column... columns) {
    return numbered(table, List.of("id"), columns);
  }

  private static TestQueue.Table numbered(
      TestQueue.Table table, List<String> key, Column... columns) {
    return new TestQueue.Table(
        table.id(),
        table.schema(),
        new TableDefinition(table.id(), List.of(columns), key),
        table.key(),
        table.sent(),
        table.topic());
  }

  /** The statements of the message that come after "Run: ". */
  private void runWhatTheMessageSays() {
    List<String> messages = new ArrayList<>();
    assertThatThrownBy(worker::drain)
        .isInstanceOf(ConnectException.class)
        .satisfies(e -> messages.add(e.getMessage()));
    Matcher run = Pattern.compile("Run: (.*;) Then restart").matcher(messages.get(0));
    assertThat(run.find()).as(messages.get(0)).isTrue();
    database.run(run.group(1));
    worker.start();
    worker.drain();
  }

  private static final TestQueue.Table BY_V =
      numbered(
          TestQueue.table("public.t", 1, "v text", "id integer"),
          List.of("v"),
          column("id", "integer", null, 1),
          column("v", "text", null, 2));

  private String state() {
    return database.value("SELECT state FROM pgq_connect.subscribed_table WHERE table_name = 't'");
  }

  /** Those from before are found by another key than those from after. */
  @ParameterizedTest
  @CsvSource({"false", "true"})
  void rowsOfTwoKeysInOneBatchNeedACopy(boolean streamed) {
    database.run("ALTER TABLE t ADD UNIQUE (v)");
    worker.start();
    TestQueue.Batch batch = queue.batch(2, 3).begin().u(before, 1, "w1");
    for (int i = 1_000; streamed && i < 2_500; i++) {
      batch.c(before, i, "w" + i);
    }
    if (streamed) {
      worker.drain();
    }
    batch.u(BY_V, "v3", 33).end();
    worker.drain();
    assertThat(state()).isEqualTo("expecting-copy");
    assertThat(
            database.value("SELECT note FROM pgq_connect.subscribed_table WHERE table_name = 't'"))
        .contains(
            "its key was changed from (id) to (v), and rows came with it, which may be from before")
        .contains("./pgq-connect provider resync --prefix bank public.t");
    queue
        .batch(3, 4)
        .begin()
        .r(BY_V, "w1", 1)
        .r(BY_V, "v3", 33)
        .copy(BY_V, 2, true, true, true)
        .end();
    worker.drain();
    assertThat(state()).isEqualTo("ok");
    assertThat(database.rows("SELECT id, v FROM t ORDER BY id")).containsExactly("1|w1", "33|v3");
  }

  @Test
  void rowsAfterAnotherKeyIsKnownAreFoundByIt() {
    database.run("ALTER TABLE t ADD UNIQUE (v)");
    worker.start();
    queue.batch(2, 3).begin().define(BY_V).end();
    queue.batch(3, 4).begin().u(BY_V, "v3", 33).end();
    worker.drain();
    assertThat(state()).isEqualTo("ok");
    assertThat(database.rows("SELECT id, v FROM t WHERE v = 'v3'")).containsExactly("33|v3");
  }

  private final TestQueue.Table withStatus =
      numbered(
          TestQueue.table("public.t", 1, "id integer", "v text", "status text"),
          column("id", "integer", null, 1),
          column("v", "text", null, 2),
          column("status", "text", "DEFAULT 'active'::text", 3));

  private static TestQueue.Table computed(String clause) {
    return numbered(
        TestQueue.table("public.t", 1, "id integer", "v text", "g integer"),
        column("id", "integer", null, 1),
        column("v", "text", null, 2),
        new Column("g", "integer", false, "int4", null, null, 0, clause));
  }

  /**
   * What the column is on the subscriber, what it is on the provider, and what the message says.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "GENERATED ALWAYS AS (id * 2) STORED | GENERATED ALWAYS AS ((id * 3)) STORED | is computed"
            + " as (id * 3) on the provider and as (id * 2) on the subscriber | 33",
        "GENERATED ALWAYS AS (id * 2) VIRTUAL | GENERATED ALWAYS AS ((id * 3)) VIRTUAL | is"
            + " computed as (id * 3) on the provider and as (id * 2) on the subscriber | 33",
        "GENERATED ALWAYS AS (id * 2) STORED | - | is generated on the subscriber, and an ordinary"
            + " one on the provider | 7",
        "- | GENERATED ALWAYS AS ((id * 3)) VIRTUAL | is a virtual generated column on the provider"
            + " | 33"
      })
  void aColumnThatOneSideComputesOtherwiseStopsTheSink(
      String here, String there, String message, String value) {
    TestDatabase.assumeKnows(here);
    database.run("ALTER TABLE t ADD g integer " + (here == null ? "" : here));
    int sent = there == null || there.endsWith("VIRTUAL") ? 7 : 33;
    queue.batch(2, 3).begin().c(computed(there), 11, "v11", sent).end();
    List<String> messages = new ArrayList<>();
    assertThatThrownBy(worker::drain)
        .isInstanceOf(ConnectException.class)
        .satisfies(e -> messages.add(e.getMessage()));
    assertThat(messages.get(0)).contains("Column \"g\" of table public.t " + message);
    Matcher run = Pattern.compile("(ALTER TABLE \"public\".*?;)").matcher(messages.get(0));
    assertThat(run.find()).as(messages.get(0)).isTrue();
    database.run(run.group(1));
    worker.start();
    worker.drain();
    assertThat(database.value("SELECT g FROM t WHERE id = 11")).isEqualTo(value);
  }

  /** Versions of PostgreSQL write one expression in different ways. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "GENERATED ALWAYS AS (id * 2) STORED | GENERATED ALWAYS AS (id*2) STORED",
        "GENERATED ALWAYS AS (id * 2) STORED | GENERATED ALWAYS AS ((id OPERATOR(pg_catalog.*) 2))"
            + " VIRTUAL",
        "GENERATED ALWAYS AS (length(v)) VIRTUAL | GENERATED ALWAYS AS (length(v)) STORED",
        "- | GENERATED ALWAYS AS ((id * 3)) STORED"
      })
  void aColumnThatBothSidesComputeAlikeIsLeftToThem(String here, String there) {
    TestDatabase.assumeKnows(here);
    database.run("ALTER TABLE t ADD g integer " + (here == null ? "" : here));
    String held = here == null ? "7" : here.contains("id") ? "22" : "3";
    int sent = there.endsWith("VIRTUAL") ? 7 : Integer.parseInt(held);
    queue.batch(2, 3).begin().c(computed(there), 11, "v11", sent).end();
    worker.drain();
    assertThat(database.value("SELECT tick_id FROM pgq_connect.subscription")).isEqualTo("3");
    assertThat(database.value("SELECT g FROM t WHERE id = 11")).isEqualTo(held);
  }

  @Test
  void aColumnThatAnotherIsComputedFromIsRenamedFirst() {
    database.run("ALTER TABLE t ADD g integer GENERATED ALWAYS AS (length(v)) STORED");
    TestQueue.Table computed = computed("GENERATED ALWAYS AS (length(v)) STORED");
    TestQueue.Table renamed =
        numbered(
            TestQueue.table("public.t", 1, "id integer", "w text", "g integer"),
            column("id", "integer", null, 1),
            column("w", "text", null, 2),
            new Column(
                "g",
                "integer",
                false,
                "int4",
                null,
                null,
                0,
                "GENERATED ALWAYS AS (length(w)) STORED"));
    queue.batch(2, 3).begin().c(computed, 11, "eleven", 6).end();
    queue.batch(3, 4).begin().c(renamed, 12, "twelve!", 7).end();
    runWhatTheMessageSays();
    assertThat(database.rows("SELECT id, w, g FROM t WHERE id > 10 ORDER BY id"))
        .containsExactly("11|eleven|6", "12|twelve!|7");
  }

  @Test
  void rowsThatTheProviderComputesOtherwiseNowNeedACopyWhereTheSubscriberDoesNot() {
    database.run("ALTER TABLE t ADD g integer");
    queue
        .batch(2, 3)
        .begin()
        .c(computed("GENERATED ALWAYS AS ((id * 2)) STORED"), 11, "v11", 22)
        .end();
    worker.drain();
    queue
        .batch(3, 4)
        .begin()
        .c(computed("GENERATED ALWAYS AS ((id * 3)) STORED"), 12, "v12", 36)
        .end();
    worker.drain();
    assertThat(database.value("SELECT state || note FROM pgq_connect.subscribed_table"))
        .startsWith("expecting-copy")
        .contains("column \"g\" is computed otherwise now");
  }

  /** Each part of a batch that does not fit brings its own definitions, not those before again. */
  @Test
  void aColumnThatIsDroppedInABatchThatDoesNotFitIsNotTakenForOneThatIsAdded() {
    TestQueue.Table dropped =
        numbered(TestQueue.table("public.t", 1, "id integer"), column("id", "integer", null, 1));
    TestQueue.Table strict =
        numbered(
            OLD,
            column("id", "integer", null, 1),
            new Column("v", "text", true, null, null, null, 2, null));
    queue.batch(2, 3).begin().u(strict, 10, "v10").end();
    worker.drain();
    worker.maxPollRecords = 300;
    TestQueue.Batch batch = queue.batch(3, 4).begin();
    batch.define(strict);
    for (int i = 100; i < 2000; i++) {
      batch.c(strict, i, "x");
    }
    batch.define(dropped);
    for (int i = 3000; i < 6000; i++) {
      batch.c(dropped, i);
    }
    batch.end();
    worker.drain();
    assertThat(database.value("SELECT state FROM pgq_connect.subscribed_table")).isEqualTo("ok");
    assertThat(database.value("SELECT count(*) FROM t")).isEqualTo("4910");
  }

  @Test
  void aTableOrColumnThatIsMissingIsMadeWithWhatIsComputed() {
    queue
        .batch(2, 3)
        .begin()
        .c(computed("GENERATED ALWAYS AS ((id * 3)) VIRTUAL"), 11, "v", null)
        .end();
    runWhatTheMessageSays();
    assertThat(database.value("SELECT g FROM t WHERE id = 11")).isEqualTo("33");
  }

  @Test
  void aColumnThatIsAddedWithADefaultHasItInEarlierRows() {
    queue.batch(2, 3).begin().c(withStatus, 11, "v11", "new").end();
    runWhatTheMessageSays();
    assertThat(database.rows("SELECT status, count(*) FROM t GROUP BY 1 ORDER BY 1"))
        .containsExactly("active|10", "new|1");
  }

  /** Batches that arrive together are applied together, but not across this. */
  @Test
  void rowsOfTheBatchJustBeforeAreEarlierRows() {
    database.run("ALTER TABLE t ADD COLUMN status text");
    queue.batch(2, 3).begin().c(before, 11, "v11").end();
    queue.batch(3, 4).begin().c(withStatus, 12, "v12", "new").end();
    runWhatTheMessageSays();
    assertThat(database.rows("SELECT status, count(*) FROM t GROUP BY 1 ORDER BY 1"))
        .containsExactly("active|11", "new|1");
  }

  /**
   * Written without the column, they would get the subscriber's default. Rows of a table whose key
   * can be checked late are staged until the batch has arrived.
   */
  @ParameterizedTest
  @CsvSource({"3, false", "3000, false", "3000, true"})
  void rowsOfTheSameBatchThatAreOlderThanTheColumnHoldWhatTheProviderGaveThem(
      int rows, boolean staged) {
    database.run(
        "ALTER TABLE t ADD COLUMN status text DEFAULT 'active'; ALTER TABLE t ALTER status SET"
            + " DEFAULT 'mine'");
    if (staged) {
      database.run("ALTER TABLE t DROP CONSTRAINT t_pkey, ADD PRIMARY KEY (id) DEFERRABLE");
      worker.start(); // Only now is the key known to be one of that kind.
      worker.drain();
    }
    TestQueue.Batch batch = queue.batch(2, 3).begin();
    for (int i = 11; i <= 10 + rows; i++) {
      batch.c(before, i, "v" + i);
    }
    batch.u(before, 1, "changed").u(before, 2, "changed");
    worker.drain();
    batch.u(withStatus, 2, "changed", "new").c(withStatus, 5_000, "v", "new").end();
    worker.drain();
    assertThat(database.rows("SELECT status, count(*) FROM t GROUP BY 1 ORDER BY 1"))
        .containsExactly("active|" + (9 + rows), "new|2");
    queue.batch(3, 4).begin().c(before, 6_000, "v").end();
    worker.drain();
    assertThat(database.value("SELECT status FROM t WHERE id = 6000")).isEqualTo("mine");
  }

  /** Rows that already hold a value of the first one are none that the second ALTER found. */
  @Test
  void columnsThatAreAddedOneAfterTheOtherInABatchThatDoesNotFitKeepTheirValues() {
    TestQueue.Table withBoth =
        numbered(
            TestQueue.table("public.t", 1, "id integer", "v text", "status text", "n integer"),
            column("id", "integer", null, 1),
            column("v", "text", null, 2),
            column("status", "text", "DEFAULT 'active'", 3),
            column("n", "integer", "DEFAULT '7'", 4));
    database.run(
        "ALTER TABLE t ADD COLUMN status text DEFAULT 'active', ADD COLUMN n int DEFAULT 7");
    worker.maxPollRecords = 300;
    TestQueue.Batch batch = queue.batch(2, 3).begin().define(before);
    for (int i = 1001; i <= 2500; i++) {
      batch.c(before, i, "x");
    }
    worker.drain();
    batch.define(withStatus);
    worker.drain();
    for (int i = 3001; i <= 4500; i++) {
      batch.c(withStatus, i, "x", "new");
    }
    worker.drain();
    batch.define(withBoth);
    worker.drain();
    batch.c(withBoth, 5001, "x", "last", 1).end();
    worker.drain();
    assertThat(database.rows("SELECT status, n, count(*) FROM t GROUP BY 1, 2 ORDER BY 1"))
        .containsExactly("active|7|1510", "last|1|1", "new|7|1500");
  }

  /** The topics are read side by side: a row may come before what describes it. */
  @Test
  void rowsThatComeBeforeTheirColumnIsDescribedAreCopied() {
    database.run("ALTER TABLE t ADD COLUMN status text DEFAULT 'active'");
    worker.maxPollRecords = 300;
    TestQueue.Batch batch = queue.batch(2, 3).begin().define(before);
    for (int i = 1001; i <= 2500; i++) {
      batch.c(withStatus, i, "x", "new");
    }
    worker.drain();
    batch.c(withStatus, 5001, "x", "last").end();
    worker.drain();
    assertThat(database.value("SELECT note FROM pgq_connect.subscribed_table"))
        .contains("came before column \"status\" was described")
        .endsWith("resync --prefix bank public.t");
    queue
        .batch(3, 4)
        .begin()
        .r(withStatus, 7, "v", "new")
        .copy(withStatus, 2, true, true, true)
        .end();
    worker.drain();
    assertThat(database.rows("SELECT id, status FROM t")).containsExactly("7|new");
  }

  /** A subscriber would round them, and nothing that follows would show it. */
  @Test
  void rowsThatComeBeforeTheirColumnsOtherTypeIsDescribedAreNotRounded() {
    TestQueue.Table narrow =
        numbered(
            TestQueue.table("public.n", 1, "id integer", "v numeric(10,2)"),
            column("id", "integer", null, 1),
            column("v", "numeric(10,2)", null, 2));
    TestQueue.Table wide =
        numbered(
            TestQueue.table("public.n", 1, "id integer", "v numeric"),
            column("id", "integer", null, 1),
            column("v", "numeric", null, 2));
    database.run("CREATE TABLE n (id integer PRIMARY KEY, v numeric(10,2))");
    queue.batch(2, 3).begin().copied(narrow, false).end();
    worker.maxPollRecords = 300;
    TestQueue.Batch batch = queue.batch(3, 4).begin().define(narrow);
    for (int i = 1; i <= 1500; i++) {
      batch.c(wide, i, "1.234");
    }
    worker.drain();
    batch.define(wide).end();
    assertThatThrownBy(worker::drain).hasMessageContaining("numeric(10,2)");
    database.run("ALTER TABLE n ALTER v TYPE numeric");
    worker.start();
    worker.drain();
    assertThat(database.rows("SELECT v, count(*) FROM n GROUP BY 1")).containsExactly("1.234|1500");
  }

  /** The column is heard of with the last rows of the batch, which are those of another table. */
  @Test
  void stagedRowsThatAreOlderThanAColumnAreFilledAlsoWhenNoOthersOfTheirTableFollow() {
    TestQueue.Table other = TestQueue.table("public.other", 1, "id integer");
    database.run(
        "CREATE TABLE other (id integer PRIMARY KEY); ALTER TABLE t DROP CONSTRAINT t_pkey, ADD"
            + " PRIMARY KEY (id) DEFERRABLE; ALTER TABLE t ADD COLUMN status text NOT NULL DEFAULT"
            + " 'active'; ALTER TABLE t ALTER status DROP DEFAULT");
    worker.start();
    worker.drain();
    queue.batch(2, 3).begin().copied(other, false).end();
    TestQueue.Batch batch = queue.batch(3, 4).begin().define(before);
    for (int i = 11; i <= 3_000; i++) {
      batch.c(before, i, "v" + i);
    }
    worker.drain();
    batch.define(withStatus).c(other, 1).end();
    worker.drain();
    assertThat(database.rows("SELECT status, count(*) FROM t GROUP BY 1"))
        .containsExactly("active|3000");
  }

  /** An ALTER TABLE of the provider writes no events, and its definition is not said again soon. */
  @Test
  void aTableThatWasAlteredWhileItWasLeftOutWaitsForACopy() {
    worker.configs().put("table.include.list", "public\\.other");
    worker.start();
    worker.drain();
    queue.batch(2, 3).begin().define(withStatus).end();
    worker.drain();
    worker.configs().remove("table.include.list");
    worker.start();
    worker.drain();
    assertThat(database.value("SELECT state || ': ' || note FROM pgq_connect.subscribed_table"))
        .startsWith(
            "expecting-copy: This sink's topics or table.include.list leave public.t out, and"
                + " changes of it were skipped since tick 2.")
        .endsWith("./pgq-connect provider resync --prefix bank public.t");
  }

  @Test
  void aTableThatIsDescribedAsBeforeWhileItIsLeftOutStaysInStep() {
    worker.configs().put("table.include.list", "public\\.other");
    worker.start();
    worker.drain();
    queue.batch(2, 3).begin().define(before).end();
    worker.drain();
    assertThat(database.value("SELECT state FROM pgq_connect.subscribed_table")).isEqualTo("ok");
  }

  @Test
  void aColumnThatTheSubscriberHadAlreadyIsFilledAsOnTheProvider() {
    database.run("ALTER TABLE t ADD COLUMN status text");
    queue.batch(2, 3).begin().c(withStatus, 11, "v11", "new").end();
    runWhatTheMessageSays();
    assertThat(database.rows("SELECT status, count(*) FROM t GROUP BY 1 ORDER BY 1"))
        .containsExactly("active|10", "new|1");
  }

  /** Whoever may write to the topic may not run SQL here. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "fill|text|DEFAULT nextval('hits')::text|",
        "fill|text|DEFAULT (select nextval('hits'))|",
        "fill|text|DEFAULT 'a'::text)::text, nextval('hits'), ('b'|",
        "type|text; SELECT nextval('hits')||",
        "type|text DEFAULT nextval('hits'), ADD x int) --||",
        "generated|integer||GENERATED ALWAYS AS (id) STORED; SELECT nextval('hits'); --) STORED",
        "generated|integer||GENERATED ALWAYS AS (1) STORED, ADD x int DEFAULT (nextval('hits'))"
            + " STORED",
        "generated|integer||GENERATED ALWAYS AS (BY PARTITION ('p', 'id', '1); SELECT"
            + " nextval(''hits''); --')) STORED",
        "generated|integer||DEFAULT nextval('hits')"
      })
  void aDefinitionThatIsMoreThanADefinitionIsRefused(
      String field, String type, String fill, String generated) {
    database.run(
        "CREATE SEQUENCE hits; ALTER TABLE t ADD s integer GENERATED ALWAYS AS (id * 2) STORED");
    TestQueue.Table hostile =
        numbered(
            TestQueue.table("public.t", 1, "id integer", "v text"),
            column("id", "integer", null, 1),
            column("v", "text", null, 2),
            new Column("s", type, false, null, null, fill, 3, generated));
    queue.batch(2, 3).begin().c(hostile, 11, "v11").end();
    assertThatThrownBy(worker::drain)
        .isInstanceOf(ConnectException.class)
        .hasStackTraceContaining(
            "field \"%s\" of column \"s\" is more than one SQL expression".formatted(field));
    assertThat(database.value("SELECT is_called FROM hits")).isEqualTo("f");
    assertThat(database.value("SELECT count(*) FROM t")).isEqualTo("10");
  }

  /** The column there, what earlier rows got in it, the column here, what they hold here. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      value = {
        "numeric(12,2); '0.00'; numeric(14,4); 0.0000",
        "date; '2026-01-01'; timestamp; 2026-01-01 00:00:00",
        "integer; '7'; numeric(12,2); 7.00",
        "real; '0.1'; double precision; 0.1",
        "boolean; 't'; text; t",
        "character(5); 'x    '; text; \"x    \"",
        "character varying(4); E'a\\\\''b'; text; a\\'b",
        "public.mood; 'fine'; text; fine"
      })
  void aColumnOfAnotherTypeHoldsWhatTheProviderGaveItsRows(
      String there, String fill, String here, String held) {
    TestQueue.Table added =
        numbered(
            TestQueue.table("public.t", 1, "id integer", "v text", "a text"),
            column("id", "integer", null, 1),
            column("v", "text", null, 2),
            column("a", there, "DEFAULT %s::%s".formatted(fill, there), 3));
    database.run("ALTER TABLE t ADD a %s".formatted(here));
    queue.batch(2, 3).begin().c(before, 11, "v11").c(added, 12, "v12", held).end();
    runWhatTheMessageSays();
    assertThat(database.rows("SELECT a, count(*) FROM t GROUP BY 1")).containsExactly(held + "|12");
  }

  @Test
  void aColumnThatTheSubscriberFilledItselfIsKept() {
    database.run("ALTER TABLE t ADD status text NOT NULL DEFAULT 'own'");
    queue.batch(2, 3).begin().c(withStatus, 11, "v11", "new").end();
    runWhatTheMessageSays();
    assertThat(
            database.rows("SELECT status, status_before, count(*) FROM t GROUP BY 1, 2 ORDER BY 1"))
        .containsExactly("active|own|10", "new|own|1");
  }

  @Test
  void aColumnThatIsNotNullOnTheSubscriberTakesTheNullsThatTheProviderGaveItsRows() {
    TestQueue.Table added =
        numbered(
            TestQueue.table("public.t", 1, "id integer", "v text", "day date"),
            column("id", "integer", null, 1),
            column("v", "text", null, 2),
            column("day", "date", null, 3));
    database.run("ALTER TABLE t ADD day date NOT NULL DEFAULT '2020-02-02'");
    queue.batch(2, 3).begin().c(added, 11, "v11", "2026-02-02").end();
    runWhatTheMessageSays();
    assertThat(database.rows("SELECT id, day FROM t WHERE id > 9 ORDER BY id"))
        .containsExactly("10|null", "11|2026-02-02");
  }

  /** The rows of the chunks before have the old columns, and no later chunk brings them again. */
  @Test
  void rowsThatWereCopiedBeforeAColumnWasAddedAreFilledAsWell() {
    database.run("ALTER TABLE t ADD COLUMN status text");
    queue
        .batch(2, 3)
        .begin()
        .r(before, 1, "v1")
        .r(before, 2, "v2")
        .copy(before, 2, true, true, false)
        .end();
    worker.drain();
    queue
        .batch(3, 4)
        .begin()
        .r(withStatus, 3, "v3", "active")
        .copy(withStatus, 2, true, false, false)
        .end();
    runWhatTheMessageSays();
    queue
        .batch(4, 5)
        .begin()
        .r(withStatus, 4, "v4", "other")
        .copy(withStatus, 2, true, false, true)
        .end();
    queue.batch(5, 6).begin().u(withStatus, 3, "v3", "new").end();
    worker.drain();
    assertThat(database.rows("SELECT id, status FROM t ORDER BY id"))
        .containsExactly("1|active", "2|active", "3|new", "4|other");
    assertThat(database.value("SELECT state FROM pgq_connect.subscribed_table")).isEqualTo("ok");
  }

  @Test
  void aColumnThatIsRenamedWhileTheTableIsCopiedKeepsItsValues() {
    TestQueue.Table renamed =
        numbered(
            TestQueue.table("public.t", 1, "id integer", "w text"),
            column("id", "integer", null, 1),
            column("w", "text", null, 2));
    queue.batch(2, 3).begin().r(before, 1, "v1").copy(before, 2, true, true, false).end();
    queue.batch(3, 4).begin().r(renamed, 2, "v2").copy(renamed, 2, true, false, true).end();
    runWhatTheMessageSays();
    queue.batch(4, 5).begin().u(renamed, 2, "new").end();
    worker.drain();
    assertThat(database.rows("SELECT * FROM t ORDER BY id")).containsExactly("1|v1", "2|new");
  }

  @Test
  void aColumnThatIsRenamedKeepsItsValues() {
    TestQueue.Table renamed =
        numbered(
            TestQueue.table("public.t", 1, "id integer", "w text"),
            column("id", "integer", null, 1),
            column("w", "text", null, 2));
    queue.batch(2, 3).begin().u(renamed, 10, "changed").end();
    runWhatTheMessageSays();
    assertThat(database.rows("SELECT w FROM t WHERE id IN (1, 10) ORDER BY id"))
        .containsExactly("v1", "changed");
  }

  /** Rows from before and after it may be in one batch, and look alike. */
  @Test
  void aColumnThatIsDroppedAndAddedAgainNeedsACopy() {
    TestQueue.Table again =
        numbered(
            TestQueue.table("public.t", 1, "id integer", "v text"),
            column("id", "integer", null, 1),
            column("v", "text", null, 3));
    queue.batch(2, 3).begin().c(before, 11, "old").c(again, 12, "new").end();
    worker.drain();
    assertThat(database.rows("SELECT state, note FROM pgq_connect.subscribed_table"))
        .singleElement()
        .asString()
        .startsWith("expecting-copy|")
        .contains("column \"v\" was dropped and added again");
  }

  @Test
  void aColumnThatTakesTheNameOfADroppedOneTakesItsValuesAlong() {
    TestQueue.Table wide =
        numbered(
            TestQueue.table("public.t", 1, "id integer", "v text", "v_new text"),
            column("id", "integer", null, 1),
            column("v", "text", null, 2),
            column("v_new", "text", null, 3));
    database.run("ALTER TABLE t ADD COLUMN v_new text");
    TestQueue.Batch filled = queue.batch(2, 3).begin();
    for (int i = 1; i <= 10; i++) {
      filled.u(wide, i, "v" + i, "new" + i);
    }
    filled.end();
    worker.drain();
    TestQueue.Table contracted =
        numbered(
            TestQueue.table("public.t", 1, "id integer", "v text"),
            column("id", "integer", null, 1),
            column("v", "text", null, 3));
    queue.batch(3, 4).begin().u(contracted, 10, "changed").end();
    runWhatTheMessageSays();
    assertThat(database.rows("SELECT * FROM t WHERE id IN (1, 10) ORDER BY id"))
        .containsExactly("1|new1", "10|changed");
  }

  /** Rows from before and after in one batch, as on a busy table. */
  @Test
  void rowsOfTheSameBatchHaveAColumnUnderBothItsNames() {
    TestQueue.Table renamed =
        numbered(
            TestQueue.table("public.t", 1, "id integer", "w text"),
            column("id", "integer", null, 1),
            column("w", "text", null, 2));
    queue.batch(2, 3).begin().u(before, 1, "a").c(before, 11, "b").u(renamed, 10, "c").end();
    runWhatTheMessageSays();
    assertThat(database.rows("SELECT * FROM t WHERE id IN (1, 2, 10, 11) ORDER BY id"))
        .containsExactly("1|a", "2|v2", "10|c", "11|b");
  }

  @Test
  void rowsOfTheSameBatchHaveAKeyUnderBothItsNames() {
    TestQueue.Table renamed =
        numbered(
            TestQueue.table("public.t", 1, "nr integer", "v text"),
            List.of("nr"),
            column("nr", "integer", null, 1),
            column("v", "text", null, 2));
    queue
        .batch(2, 3)
        .begin()
        .u(before, 1, "a")
        .d(before, 2)
        .c(before, 11, "b")
        .u(renamed, 10, "c")
        .u(renamed, 1, "d")
        .end();
    runWhatTheMessageSays();
    assertThat(database.rows("SELECT * FROM t WHERE nr IN (1, 2, 3, 10, 11) ORDER BY nr"))
        .containsExactly("1|d", "3|v3", "10|c", "11|b");
  }

  /** As when somebody added the old name again. */
  @Test
  void theColumnThatHoldsTheValuesIsNotDropped() {
    TestQueue.Table renamed =
        numbered(
            TestQueue.table("public.t", 1, "id integer", "w text"),
            column("id", "integer", null, 1),
            column("w", "text", null, 2));
    database.run("ALTER TABLE t RENAME v TO w; ALTER TABLE t ADD v text");
    queue.batch(2, 3).begin().u(renamed, 10, "c").end();
    worker.drain();
    assertThat(database.rows("SELECT id, w, v FROM t WHERE id IN (1, 10) ORDER BY id"))
        .containsExactly("1|v1|null", "10|c|null");
  }

  @Test
  void aColumnOfTheSubscribersOwnThatHasTheNewNameIsKeptBeforeTheCopy() {
    TestQueue.Table renamed =
        numbered(
            TestQueue.table("public.t", 1, "id integer", "w text"),
            column("id", "integer", null, 1),
            column("w", "text", null, 2));
    database.run("ALTER TABLE t ADD w text; UPDATE t SET w = 'own' || id");
    queue.batch(2, 3).begin().u(before, 1, "a").u(renamed, 10, "c").end();
    worker.drain();
    String note = database.value("SELECT note FROM pgq_connect.subscribed_table");
    assertThat(note)
        .contains("column \"v\" is called \"w\" now, and the subscriber has values in both (where");
    Matcher keep = Pattern.compile("overwrites it: (.*;)\\)").matcher(note);
    assertThat(keep.find()).isTrue();
    database.run(keep.group(1));
    queue
        .batch(3, 4)
        .begin()
        .r(renamed, 1, "a")
        .r(renamed, 10, "c")
        .copy(renamed, 2, true, true, true)
        .end();
    worker.drain();
    assertThat(database.rows("SELECT id, w, w_before FROM t ORDER BY id"))
        .containsExactly("1|a|own1", "10|c|own10");
  }

  /** What the subscriber has run before. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 1",
        "ALTER TABLE t RENAME v TO w; ALTER TABLE t ADD v integer DEFAULT 77",
        "ALTER TABLE t RENAME v TO w; ALTER TABLE t ADD v integer",
        "ALTER TABLE t ADD w text DEFAULT 'own'"
      })
  void aNameThatMeansAnotherColumnInOneBatchNeedsACopy(String ddl) {
    TestQueue.Table renamed =
        numbered(
            TestQueue.table("public.t", 1, "id integer", "w text"),
            column("id", "integer", null, 1),
            column("w", "text", null, 2));
    TestQueue.Table again =
        numbered(
            TestQueue.table("public.t", 1, "id integer", "w text", "v integer"),
            column("id", "integer", null, 1),
            column("w", "text", null, 2),
            column("v", "integer", "DEFAULT '77'::integer", 4));
    database.run(ddl);
    queue.batch(2, 3).begin().u(before, 1, "a").u(renamed, 2, "b").c(again, 11, "c", 5).end();
    worker.drain();
    assertThat(database.value("SELECT state FROM pgq_connect.subscribed_table"))
        .isEqualTo("expecting-copy");
    assertThat(database.value("SELECT note FROM pgq_connect.subscribed_table"))
        .contains("column \"v\" is called \"w\" now")
        .endsWith("until it is copied again: ./pgq-connect provider resync --prefix bank public.t");
    assertThat(database.value("SELECT tick_id FROM pgq_connect.subscription")).isEqualTo("3");
    database.run(
        "ALTER TABLE t DROP v; ALTER TABLE t ADD v integer; ALTER TABLE t ADD IF NOT EXISTS w"
            + " text");
    queue
        .batch(3, 4)
        .begin()
        .r(again, 1, "a", 77)
        .r(again, 11, "c", 5)
        .copy(again, 2, true, true, true)
        .end();
    worker.drain();
    assertThat(database.rows("SELECT id, w, v FROM t ORDER BY id"))
        .containsExactly("1|a|77", "11|c|5");
  }

  @Test
  void aColumnThatIsRenamedTwiceInOneBatchIsRenamedOnce() {
    TestQueue.Table renamed =
        numbered(
            TestQueue.table("public.t", 1, "id integer", "w text"),
            column("id", "integer", null, 1),
            column("w", "text", null, 2));
    TestQueue.Table again =
        numbered(
            TestQueue.table("public.t", 1, "id integer", "x text"),
            column("id", "integer", null, 1),
            column("x", "text", null, 2));
    queue.batch(2, 3).begin().u(before, 1, "a").u(renamed, 2, "b").c(again, 11, "c").end();
    runWhatTheMessageSays();
    assertThat(database.rows("SELECT id, x FROM t WHERE id IN (1, 2, 3, 11) ORDER BY id"))
        .containsExactly("1|a", "2|b", "3|v3", "11|c");
  }

  @Test
  void aColumnThatIsAddedAndRenamedInOneBatchIsAddedByItsLastName() {
    TestQueue.Table added =
        numbered(
            TestQueue.table("public.t", 1, "id integer", "v text", "c text"),
            column("id", "integer", null, 1),
            column("v", "text", null, 2),
            column("c", "text", "DEFAULT 'five'::text", 3));
    TestQueue.Table renamed =
        numbered(
            TestQueue.table("public.t", 1, "id integer", "v text", "d text"),
            column("id", "integer", null, 1),
            column("v", "text", null, 2),
            column("d", "text", "DEFAULT 'five'::text", 3));
    queue
        .batch(2, 3)
        .begin()
        .u(before, 1, "a")
        .u(added, 2, "b", "two")
        .c(renamed, 11, "c", "eleven")
        .end();
    runWhatTheMessageSays();
    assertThat(database.rows("SELECT id, v, d FROM t WHERE id IN (1, 2, 3, 11) ORDER BY id"))
        .containsExactly("1|a|five", "2|b|two", "3|v3|five", "11|c|eleven");
  }

  @Test
  void rowsFromBeforeAColumnWasDroppedDoNotNeedIt() {
    TestQueue.Table dropped =
        numbered(TestQueue.table("public.t", 1, "id integer"), column("id", "integer", null, 1));
    database.run("ALTER TABLE t DROP v");
    queue.batch(2, 3).begin().c(before, 11, "a").c(dropped, 12).end();
    worker.drain();
    assertThat(database.rows("SELECT id FROM t WHERE id > 10 ORDER BY id"))
        .containsExactly("11", "12");
  }

  @Test
  void aColumnThatIsRenamedInTheMiddleOfABatchThatDoesNotFitNeedsACopy() {
    TestQueue.Table renamed =
        numbered(
            TestQueue.table("public.t", 1, "id integer", "w text"),
            column("id", "integer", null, 1),
            column("w", "text", null, 2));
    worker.maxPollRecords = 300;
    TestQueue.Batch batch = queue.batch(2, 3).begin();
    for (int i = 100; i < 3000; i++) {
      batch.c(before, i, "x");
    }
    worker.drain();
    batch.c(renamed, 11, "c").end();
    worker.drain();
    assertThat(database.value("SELECT note FROM pgq_connect.subscribed_table"))
        .contains("column \"v\" is called \"w\" since the middle of a batch")
        .endsWith("resync --prefix bank public.t");
    database.run("ALTER TABLE t RENAME v TO w");
    queue.batch(3, 4).begin().r(renamed, 7, "seven").copy(renamed, 2, true, true, true).end();
    worker.drain();
    assertThat(database.rows("SELECT id, w FROM t")).containsExactly("7|seven");
  }

  @Test
  void aColumnThatIsAddedWhereTheSubscriberHasAnotherOfThatNameTakesItsPlace() {
    TestQueue.Table added =
        numbered(
            TestQueue.table("public.t", 1, "id integer", "v text", "day text"),
            column("id", "integer", null, 1),
            column("v", "text", null, 2),
            column("day", "date", "DEFAULT '2026-01-01'::date", 3));
    database.run("ALTER TABLE t ADD day integer DEFAULT 3; ALTER TABLE t ADD day_before integer");
    queue.batch(2, 3).begin().c(added, 11, "v11", "2026-02-02").end();
    runWhatTheMessageSays();
    assertThat(database.rows("SELECT id, day, day_before2 FROM t WHERE id > 9 ORDER BY id"))
        .containsExactly("10|2026-01-01|3", "11|2026-02-02|3");
  }

  /** Rows of a transaction that is older than the column may have come before it was described. */
  @Test
  void aColumnThatBothSidesAddedAndThatHoldsOtherValuesCanBeCopied() {
    TestQueue.Table added =
        numbered(
            TestQueue.table("public.t", 1, "id integer", "v text", "day text"),
            column("id", "integer", null, 1),
            column("v", "text", null, 2),
            column("day", "date", "DEFAULT '2026-01-01'::date", 3));
    database.run("ALTER TABLE t ADD day date DEFAULT '2025-05-05'");
    queue.batch(2, 3).begin().c(added, 11, "v11", "2026-02-02").end();
    String message = catchThrowable(worker::drain).getMessage();
    assertThat(message)
        .contains(
            "If both sides were altered alike, its values are to come from the provider: ",
            "./pgq-connect provider resync --prefix bank public.t");
    int update = message.indexOf("UPDATE pgq_connect.subscribed_table");
    database.run(message.substring(update, message.indexOf(';', update)));
    worker.start();
    worker.drain();
    assertThat(database.value("SELECT state FROM pgq_connect.subscribed_table"))
        .isEqualTo("expecting-copy");
    assertThat(database.rows("SELECT id, day FROM t WHERE id > 9"))
        .containsExactly("10|2025-05-05");
  }

  @Test
  void rowsOfTheSameBatchHaveAColumnThatTakesTheNameOfADroppedOne() {
    TestQueue.Table wide =
        numbered(
            TestQueue.table("public.t", 1, "id integer", "v text", "v_new text"),
            column("id", "integer", null, 1),
            column("v", "text", null, 2),
            column("v_new", "text", null, 3));
    database.run("ALTER TABLE t ADD COLUMN v_new text");
    queue.batch(2, 3).begin().u(wide, 1, "old", "new").end();
    worker.drain();
    TestQueue.Table contracted =
        numbered(
            TestQueue.table("public.t", 1, "id integer", "v text"),
            column("id", "integer", null, 1),
            column("v", "text", null, 3));
    queue.batch(3, 4).begin().u(wide, 2, "old", "x").u(contracted, 10, "y").end();
    runWhatTheMessageSays();
    assertThat(database.rows("SELECT id, v FROM t WHERE id IN (1, 2, 10) ORDER BY id"))
        .containsExactly("1|new", "2|x", "10|y");
  }

  @Test
  void columnsThatExchangeTheirNamesNeedACopy() {
    TestQueue.Table exchanged =
        numbered(
            TestQueue.table("public.t", 1, "id integer", "w text", "v text"),
            column("id", "integer", null, 1),
            column("w", "text", null, 2),
            column("v", "text", null, 3));
    queue.batch(2, 3).begin().u(exchanged, 10, "a", "b").end();
    worker.drain();
    assertThat(database.rows("SELECT state, note FROM pgq_connect.subscribed_table"))
        .singleElement()
        .asString()
        .startsWith("expecting-copy|")
        .contains("column \"v\" is called \"w\" now, and \"v\" is another one");
  }

  @Test
  void aTypeThatIsChangedWithAnExpressionNeedsACopy() {
    TestQueue.Table changed =
        numbered(
            TestQueue.table("public.t", 1, "id integer", "v integer"),
            column("id", "integer", null, 1),
            column("v", "integer", null, 2));
    queue.batch(2, 3).begin().u(changed, 10, 7).end();
    worker.drain();
    assertThat(database.rows("SELECT state, note FROM pgq_connect.subscribed_table"))
        .singleElement()
        .asString()
        .startsWith(
            "expecting-copy|Rows of table public.t were changed on the provider by ALTER TABLE")
        .contains("column \"v\" was changed from text to integer")
        .contains("./pgq-connect provider resync --prefix bank public.t");
    database.run("ALTER TABLE t ALTER COLUMN v TYPE integer USING length(v)");
    TestQueue.Batch copy = queue.batch(3, 4).begin();
    for (int i = 1; i <= 10; i++) {
      copy.r(changed, i, i);
    }
    copy.copy(changed, 2, true, true, true).end();
    queue.batch(4, 5).begin().u(changed, 10, 8).end();
    worker.drain();
    assertThat(database.rows("SELECT sum(v) FROM t")).containsExactly("53");
    assertThat(database.value("SELECT state FROM pgq_connect.subscribed_table")).isEqualTo("ok");
  }

  @Test
  void aWiderTypeChangesNothing() {
    TestQueue.Table wider =
        numbered(
            TestQueue.table("public.t", 1, "id bigint", "v text"),
            column("id", "bigint", null, 1),
            column("v", "text", null, 2));
    database.run("ALTER TABLE t ALTER COLUMN id TYPE bigint");
    queue.batch(2, 3).begin().u(wider, 10L, "changed").end();
    worker.drain();
    assertThat(database.value("SELECT v FROM t WHERE id = 10")).isEqualTo("changed");
    assertThat(database.value("SELECT state FROM pgq_connect.subscribed_table")).isEqualTo("ok");
  }
}
