/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.pgqconnect.failure.Printed.statement;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableDefinition.Column;
import org.pgqconnect.sink.testing.TestDatabase;
import org.pgqconnect.sink.testing.TestQueue;
import org.pgqconnect.sink.testing.TestWorker;

/**
 * ALTER TABLE on the subscriber exchanges a column that the sink has filled. Its values are never
 * lost without a word, whatever the sink's messages have somebody run.
 */
class ExchangedColumnsIT {
  private static final TestQueue.Table T =
      numbered(
          TestQueue.table("public.t", 1, "id integer", "a text", "v text"),
          column("id", "integer", 1),
          column("a", "text", 2),
          column("v", "text", 3));

  private final TestDatabase database = new TestDatabase();
  private final TestWorker worker =
      new TestWorker(database.config("buffer.max.rows", "1000"), false);
  private final TestQueue queue = new TestQueue(worker);
  private final Map<Integer, String> provider = new TreeMap<>();

  @BeforeEach
  void createTable() {
    database.run("CREATE TABLE t (id integer PRIMARY KEY, a text, v text)");
  }

  @AfterEach
  void close() {
    worker.close();
    database.close();
  }

  private static Column column(String name, String type, long number) {
    return new Column(name, type, number == 1, null, null, null, number, null);
  }

  private static TestQueue.Table numbered(TestQueue.Table table, Column... columns) {
    return new TestQueue.Table(
        table.id(),
        table.schema(),
        new TableDefinition(table.id(), List.of(columns), List.of("id")),
        table.key(),
        table.sent(),
        table.topic());
  }

  private void sixRows() {
    TestQueue.Batch batch = queue.batch(0, 1).begin();
    for (int i = 1; i <= 6; i++) {
      batch.r(T, i, "a" + i, "v" + i);
      provider.put(i, "a" + i + "|v" + i);
    }
    batch.copied(T, true).end();
    queue.batch(1, 2).begin().u(T, 6, "a6", "v6").end();
    worker.start();
    worker.drain();
    assertThat(rows()).isEqualTo(provider);
  }

  private Map<Integer, String> rows() {
    Map<Integer, String> rows = new TreeMap<>();
    for (String row : database.rows("SELECT id, a, v FROM t")) {
      int bar = row.indexOf('|');
      rows.put(Integer.valueOf(row.substring(0, bar)), row.substring(bar + 1));
    }
    return rows;
  }

  private String state() {
    return database.value("SELECT state FROM pgq_connect.subscribed_table");
  }

  private String note() {
    return database.value("SELECT note FROM pgq_connect.subscribed_table");
  }

  private void run(String statements) {
    for (String statement : statements.split("; ")) {
      database.run(statement);
    }
  }

  /** Has the sink go on, by what its messages say, which are returned. */
  private List<String> goOn(boolean restart) {
    List<String> messages = new ArrayList<>();
    for (boolean again = restart; messages.size() < 6; again = true) {
      try {
        if (again) {
          worker.start();
        }
        worker.drain();
        return messages;
      } catch (ConnectException e) {
        messages.add(e.getMessage());
        Matcher run = Pattern.compile("Run: (.*?;) Then restart").matcher(e.getMessage());
        if (run.find()) {
          database.run(run.group(1));
        }
      }
    }
    throw new AssertionError("The sink does not go on: " + messages);
  }

  private void update(long tick, int id, String a, String v) {
    queue.batch(tick - 1, tick).begin().u(T, id, a, v).end();
    provider.put(id, a + "|" + v);
  }

  private void resync(long tick) {
    TestQueue.Batch batch = queue.batch(tick - 1, tick).begin();
    provider.forEach(
        (id, row) -> batch.r(T, id, row.substring(0, row.indexOf('|')), row.split("\\|")[1]));
    batch.copy(T, tick, true, true, true).end();
    queue.batch(tick, tick + 1).begin().u(T, 6, "a6", "v6").end();
  }

  private static final List<String> LOSES =
      List.of(
          "ALTER TABLE t DROP a",
          "ALTER TABLE t DROP a; ALTER TABLE t ADD a text",
          "ALTER TABLE t DROP a, DROP v",
          "ALTER TABLE t DROP a, DROP v; ALTER TABLE t ADD v text, ADD a text",
          "ALTER TABLE t RENAME a TO aa; ALTER TABLE t ADD a text",
          "ALTER TABLE t RENAME a TO x; ALTER TABLE t RENAME v TO a; ALTER TABLE t RENAME x TO v",
          "ALTER TABLE t DROP a; ALTER TABLE t RENAME v TO a",
          "ALTER TABLE t ADD own text; ALTER TABLE t DROP a; ALTER TABLE t RENAME own TO a",
          "ALTER TABLE t ALTER a TYPE text USING 'x' || a");

  private static final List<String> KEEPS =
      List.of(
          "ALTER TABLE t RENAME a TO aa",
          "ALTER TABLE t RENAME a TO aa; ALTER TABLE t RENAME v TO vv",
          "ALTER TABLE t RENAME a TO aa; ALTER TABLE t RENAME aa TO a",
          "ALTER TABLE t RENAME a TO aa; ALTER TABLE t RENAME v TO a",
          "ALTER TABLE t ADD own text; ALTER TABLE t DROP own; ALTER TABLE t ADD own text",
          "ALTER TABLE t ADD own text; ALTER TABLE t RENAME own TO mine");

  static Stream<Arguments> losses() {
    return each(LOSES);
  }

  static Stream<Arguments> harmless() {
    return each(KEEPS);
  }

  private static Stream<Arguments> each(List<String> statements) {
    return statements.stream()
        .flatMap(s -> Stream.of(Arguments.of(s, true), Arguments.of(s, false)));
  }

  @ParameterizedTest
  @MethodSource("losses")
  void whatIsLostIsSaidUntilItIsCopiedAgain(String ddl, boolean down) {
    sixRows();
    if (down) {
      worker.stop();
    }
    run(ddl);
    update(3, 1, "new", "w");
    List<String> messages = goOn(down);
    assertThat(rows()).as("else there is nothing to say").isNotEqualTo(provider);
    assertThat(note())
        .as(messages.toString())
        .contains("run on the subscriber: UPDATE pgq_connect.subscribed_table SET note = NULL")
        .endsWith("./pgq-connect provider resync --prefix bank public.t");
    assertThat(rows().get(1)).isEqualTo("new|w");
    update(4, 2, "newer", "w");
    goOn(false);
    assertThat(note()).as("still").contains("provider resync");
    resync(5);
    goOn(true);
    assertThat(state()).isEqualTo("ok");
    assertThat(note()).isEqualTo("null");
    assertThat(rows()).isEqualTo(provider);
    update(7, 3, "last", "w");
    worker.start();
    worker.drain();
    assertThat(note()).isEqualTo("null");
    assertThat(rows()).isEqualTo(provider);
  }

  @ParameterizedTest
  @MethodSource("harmless")
  void whatIsNotLostIsNotSaid(String ddl, boolean down) {
    sixRows();
    if (down) {
      worker.stop();
    }
    run(ddl);
    update(3, 1, "new", "w");
    goOn(down);
    worker.start();
    worker.drain();
    assertThat(rows()).isEqualTo(provider);
    assertThat(state()).isEqualTo("ok");
    assertThat(note()).isEqualTo("null");
  }

  @Test
  void aColumnThatWasRenamedIsRenamedBack() {
    sixRows();
    database.run("ALTER TABLE t RENAME a TO aa");
    update(3, 1, "new", "w");
    assertThatThrownBy(worker::drain)
        .hasMessageContaining(
            "Table public.t on the subscriber has no column \"a\" any more, which the provider"
                + " sends: it is called \"aa\" there now. Run: ALTER TABLE \"public\".\"t\" RENAME"
                + " COLUMN \"aa\" TO \"a\"; Then restart the connector")
        .satisfies(e -> database.run(statement(e.getMessage(), "Run: (.*?;) Then restart")));
    assertThat(goOn(true)).isEmpty();
  }

  @Test
  void aColumnThatWasDroppedIsAddedAndCopied() {
    sixRows();
    database.run("ALTER TABLE t DROP a");
    update(3, 1, "new", "w");
    assertThatThrownBy(worker::drain)
        .hasMessageContaining(
            "Table public.t on the subscriber has no column \"a\" any more, which the provider"
                + " sends: it was dropped there, and its values with it. Run: ALTER TABLE"
                + " \"public\".\"t\" ADD COLUMN \"a\" text; Then restart the connector: ")
        .hasMessageContaining(
            " and copy the table again, for its rows do not hold the provider's values in that"
                + " column: ./pgq-connect provider resync --prefix bank public.t");
  }

  /** No row is written, so that only the start can tell. */
  @Test
  void aTableThatIsNotWrittenIsLookedAtWhenTheSinkStarts() {
    sixRows();
    run("ALTER TABLE t DROP a; ALTER TABLE t ADD a text");
    worker.start();
    assertThat(note())
        .startsWith(
            "Column \"a\" of table public.t on the subscriber is another one than this subscription"
                + " filled: another session dropped it and added it again, or gave the name to"
                + " another column. Rows that were not written since lack the provider's values in"
                + " it. If they have them by now, run on the subscriber: UPDATE");
    assertThat(state()).isEqualTo("ok");
    String said = note();
    database.run("UPDATE t SET a = 'a' || id");
    database.run(said.substring(said.indexOf("UPDATE"), said.indexOf(';') + 1));
    update(3, 1, "new", "w");
    worker.start();
    worker.drain();
    assertThat(note()).isEqualTo("null");
    assertThat(rows()).isEqualTo(provider);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aTableThatHoldsNoRowsHasLostNoValues(boolean down) {
    queue.batch(0, 1).begin().copied(T, true).end();
    worker.start();
    worker.drain();
    run("ALTER TABLE t DROP a; ALTER TABLE t ADD a text");
    queue.batch(1, 2).begin().c(T, 1, "new", "w").end();
    goOn(down);
    assertThat(rows()).isEqualTo(Map.of(1, "new|w"));
    assertThat(note()).isEqualTo("null");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void rowsThatACopyHasBroughtSoFarAreCopiedAgain(boolean down) {
    queue.batch(0, 1).begin().r(T, 1, "a1", "v1").copy(T, 1, true, true, false).end();
    worker.start();
    worker.drain();
    run("ALTER TABLE t DROP a; ALTER TABLE t ADD a text");
    queue.batch(1, 2).begin().r(T, 2, "a2", "v2").copy(T, 1, true, false, false).end();
    List<String> messages = goOn(down);
    assertThat(messages)
        .singleElement()
        .asString()
        .contains(
            "Table public.t on the subscriber is not what subscription test-sink filled: another"
                + " session dropped column \"a\" and added it again, or gave the name to another"
                + " column. Rows or values are missing there")
        .endsWith("./pgq-connect provider resync --prefix bank public.t");
    assertThat(state()).isEqualTo("expecting-copy");
    provider.put(1, "a1|v1");
    provider.put(2, "a2|v2");
    provider.put(6, "a6|v6");
    resync(3);
    worker.drain();
    assertThat(state()).isEqualTo("ok");
    assertThat(rows()).isEqualTo(provider);
  }

  @Test
  void rowsThatACopyHasBroughtBeforeItEndsAreSaid() {
    queue.batch(0, 1).begin().r(T, 1, "a1", "v1").copy(T, 1, true, true, false).end();
    worker.start();
    worker.drain();
    run("ALTER TABLE t DROP a; ALTER TABLE t ADD a text");
    queue.batch(1, 2).begin().r(T, 2, "a2", "v2").copy(T, 1, true, false, true).end();
    worker.drain();
    assertThat(state()).isEqualTo("ok");
    assertThat(note()).startsWith("Column \"a\" of table public.t on the subscriber is another");
  }

  @Test
  void aColumnOfAPartitionedTable() {
    database.run("DROP TABLE t");
    database.run(
        "CREATE TABLE t (id integer PRIMARY KEY, a text, v text) PARTITION BY HASH (id);"
            + " CREATE TABLE t0 (v text, a text, id integer NOT NULL);"
            + " ALTER TABLE t ATTACH PARTITION t0 FOR VALUES WITH (MODULUS 1, REMAINDER 0)");
    sixRows();
    worker.start();
    assertThat(note()).isEqualTo("null");
    run("ALTER TABLE t DROP a; ALTER TABLE t ADD a text");
    update(3, 1, "new", "w");
    worker.drain();
    assertThat(note()).startsWith("Column \"a\" of table public.t on the subscriber is another");
  }

  /** The subscriber computes its values anew. */
  @Test
  void aGeneratedColumnMayBeExchanged() {
    TestQueue.Table computed = T.computing("v", "GENERATED ALWAYS AS (a || 'v') STORED");
    run("ALTER TABLE t DROP v; ALTER TABLE t ADD v text GENERATED ALWAYS AS (a || 'v') STORED");
    queue.batch(0, 1).begin().r(computed, 1, "a1", "a1v").copied(computed, true).end();
    queue.batch(1, 2).begin().u(computed, 1, "a1", "a1v").end();
    worker.start();
    worker.drain();
    run("ALTER TABLE t DROP v; ALTER TABLE t ADD v text GENERATED ALWAYS AS (a || 'v') STORED");
    queue.batch(2, 3).begin().u(computed, 1, "b", "bv").end();
    worker.drain();
    assertThat(rows()).isEqualTo(Map.of(1, "b|bv"));
    assertThat(note()).doesNotContain("Column");
  }

  private static TestQueue.Table renamed() {
    return numbered(
        TestQueue.table("public.t", 1, "id integer", "b text", "v text"),
        column("id", "integer", 1),
        column("b", "text", 2),
        column("v", "text", 3));
  }

  /** As the message of the sink says, and otherwise. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT 1",
        "ALTER TABLE t RENAME a TO b",
        "ALTER TABLE t DROP a",
        "ALTER TABLE t DROP a; ALTER TABLE t ADD b text"
      })
  void aColumnThatTheProviderRenamedIsTheSameOnTheSubscriber(String ddl) {
    sixRows();
    run(ddl);
    queue.batch(2, 3).begin().u(renamed(), 1, "new", "w").end();
    goOn(true);
    boolean lost = ddl.contains("DROP");
    assertThat(database.rows("SELECT b FROM t WHERE id < 3 ORDER BY id"))
        .containsExactly("new", lost ? "null" : "a2");
    if (lost) {
      assertThat(note()).startsWith("Column \"b\" of table public.t on the subscriber is another");
    } else {
      assertThat(note()).isEqualTo("null");
    }
  }

  @Test
  void whatIsLostIsStillSaidWhenTheProviderRenamesTheColumn() {
    sixRows();
    run("ALTER TABLE t DROP a; ALTER TABLE t ADD a text");
    worker.start();
    worker.drain();
    queue.batch(2, 3).begin().u(renamed(), 1, "new", "w").end();
    goOn(true);
    assertThat(database.rows("SELECT b FROM t WHERE id < 3 ORDER BY id"))
        .containsExactly("new", "null");
    assertThat(note()).startsWith("Column \"a\" of table public.t on the subscriber is another");
  }

  /**
   * The subscriber's has the values of another one, and none of what is printed overwrites them.
   */
  @Test
  void aColumnThatTheProviderAddedByTheNameThatOneOfTheSubscriberGot() {
    sixRows();
    run("ALTER TABLE t RENAME a TO b");
    TestQueue.Table added =
        numbered(
            TestQueue.table("public.t", 1, "id integer", "a text", "v text", "b text"),
            column("id", "integer", 1),
            column("a", "text", 2),
            column("v", "text", 3),
            column("b", "text", 4));
    queue.batch(2, 3).begin().u(added, 1, "new", "w", "added").end();
    provider.put(1, "new|w");
    assertThat(goOn(true))
        .hasSize(2)
        .anySatisfy(m -> assertThat(m).contains("RENAME COLUMN \"b\" TO \"a\""));
    assertThat(rows()).isEqualTo(provider);
    assertThat(database.rows("SELECT b FROM t WHERE id < 3 ORDER BY id"))
        .containsExactly("added", "null");
    assertThat(note()).isEqualTo("null");
  }

  private static TestQueue.Table without() {
    return numbered(
        TestQueue.table("public.t", 1, "id integer", "v text"),
        column("id", "integer", 1),
        column("v", "text", 3));
  }

  private static TestQueue.Table again() {
    return numbered(
        TestQueue.table("public.t", 1, "id integer", "v text", "a text"),
        column("id", "integer", 1),
        column("v", "text", 3),
        column("a", "text", 4));
  }

  /** In the order of the provider's events, or ahead of them. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aColumnThatTheProviderDroppedAndAddedAgainIsAnotherOneThere(boolean ahead) {
    sixRows();
    if (ahead) {
      run("ALTER TABLE t DROP a; ALTER TABLE t ADD a text");
      worker.start();
    }
    queue.batch(2, 3).begin().u(without(), 1, "w").end();
    worker.drain();
    if (!ahead) {
      run("ALTER TABLE t DROP a; ALTER TABLE t ADD a text");
    }
    queue.batch(3, 4).begin().u(again(), 1, "w", "new").end();
    worker.drain();
    worker.start();
    assertThat(database.rows("SELECT id, v, a FROM t WHERE id < 3 ORDER BY id"))
        .containsExactly("1|w|new", "2|v2|null");
    assertThat(state()).isEqualTo("ok");
    assertThat(note()).isEqualTo("null");
  }

  @Test
  void aColumnThatTheProviderAddedIsNew() {
    sixRows();
    queue.batch(2, 3).begin().u(without(), 1, "w").end();
    worker.drain();
    run("ALTER TABLE t DROP a");
    queue.batch(3, 4).begin().u(again(), 1, "w", "new").end();
    List<String> messages = goOn(false);
    assertThat(messages)
        .singleElement()
        .asString()
        .contains("has no column \"a\", which the provider sends. Run: ALTER TABLE")
        .doesNotContain("resync");
    worker.start();
    assertThat(note()).isEqualTo("null");
    run("ALTER TABLE t DROP a; ALTER TABLE t ADD a text");
    queue.batch(4, 5).begin().u(again(), 1, "w", "newer").end();
    worker.drain();
    assertThat(note()).startsWith("Column \"a\" of table public.t on the subscriber is another");
  }

  /** The rows that are there never had its values. */
  @Test
  void aColumnThatATableLacksWhoseRowsAreThereAlready() {
    run("ALTER TABLE t DROP a; INSERT INTO t VALUES (1, 'v1')");
    queue.batch(0, 1).begin().held(T, 1).c(T, 2, "a2", "v2").end();
    worker.start();
    assertThatThrownBy(worker::drain)
        .hasMessageContaining(
            "has no column \"a\", which the provider sends. Run: ALTER TABLE \"public\".\"t\" ADD"
                + " COLUMN \"a\" text; Then restart the connector: ")
        .hasMessageContaining(
            ". Unless a copy of the table is under way, copy it again then, for its rows do not"
                + " hold the provider's values in that column: ./pgq-connect provider resync"
                + " --prefix bank public.t");
  }
}
