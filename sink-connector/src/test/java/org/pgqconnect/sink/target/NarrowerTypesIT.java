/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.sink.testing.TestDatabase;
import org.pgqconnect.sink.testing.TestQueue;
import org.pgqconnect.sink.testing.TestWorker;

/** Subscriber's types that would round or cut values, however deep below the column's own. */
class NarrowerTypesIT {
  private static final Pattern STATEMENT = Pattern.compile("ALTER (?:TABLE|TYPE) [^;]*;");

  private static final String TYPES =
      """
      CREATE DOMAIN amount AS numeric(12,2);
      CREATE TYPE pair AS (amount numeric(12,2), "At" timestamp(0));
      CREATE TYPE item AS (id int, pairs pair[]);
      CREATE TYPE swapped AS (b int, a int);
      CREATE TYPE amounts AS RANGE (SUBTYPE = amount);
      """;

  private final TestDatabase database = new TestDatabase();
  private final TestWorker worker = new TestWorker(database.config(), false);
  private final TestQueue queue = new TestQueue(worker);

  @AfterEach
  void close() {
    worker.close();
    database.close();
  }

  /** The provider's type and what it is made of, the subscriber's, a value, and the message. */
  static Stream<Arguments> narrower() {
    return Stream.of(
        Arguments.of(
            "public.amount",
            "numeric(12,4)",
            "amount",
            "1.2345",
            "is public.amount, which is numeric(12,4), on the provider but public.amount, which is"
                + " numeric(12,2), on the subscriber, which cannot hold every value without loss."
                + " Run: ALTER TABLE \"public\".\"t\" ALTER COLUMN \"v\" TYPE numeric(12,4)"),
        Arguments.of(
            "public.amount[]",
            "numeric(12,4)[]",
            "amount[]",
            "{1.2345}",
            "Run: ALTER TABLE \"public\".\"t\" ALTER COLUMN \"v\" TYPE numeric(12,4)[]"),
        Arguments.of(
            "public.pair",
            "row(amount numeric(12,4), \"At\" timestamp without time zone)",
            "pair",
            "(1.2345,\"2026-01-01 00:00:00.5\")",
            "is public.pair on the provider but public.pair on the subscriber, which cannot hold"
                + " every value without loss: member \"amount\" is numeric(12,4) there and"
                + " numeric(12,2) here. Run: ALTER TABLE"),
        Arguments.of(
            "public.item[]",
            "row(id integer, pairs row(amount numeric(12,4), \"At\" timestamp without time"
                + " zone)[])[]",
            "item[]",
            "{\"(1,\\\"{\\\"\\\"(1.2345,\\\\\\\\\\\"\\\"2026-01-01"
                + " 00:00:00.5\\\\\\\\\\\"\\\")\\\"\\\"}\\\")\"}",
            "member \"pairs\".\"amount\" is numeric(12,4) there and numeric(12,2) here. Run: ALTER"
                + " TABLE \"public\".\"t\" ALTER COLUMN \"v\" TYPE text USING \"v\"::text; ALTER"
                + " TYPE public.pair ALTER ATTRIBUTE \"amount\" TYPE numeric(12,4); ALTER TABLE"
                + " \"public\".\"t\" ALTER COLUMN \"v\" TYPE public.item[] USING"
                + " \"v\"::text::public.item[];"),
        Arguments.of(
            "public.pair",
            "row(amount numeric(12,2), \"At\" timestamp(0) without time zone, note text)",
            "pair",
            "(1.23,\"2026-01-01 00:00:00\",x)",
            "here. Run: ALTER TYPE public.pair ADD ATTRIBUTE \"note\" text;"),
        Arguments.of(
            "public.pair",
            "row(amount numeric(12,2))",
            "pair",
            "(1.23)",
            "here. Run: ALTER TABLE \"public\".\"t\" ALTER COLUMN \"v\" TYPE text USING"
                + " \"v\"::text; or, if no column of any table that has the type needs what these"
                + " members hold, for it drops them all: ALTER TYPE public.pair DROP ATTRIBUTE"
                + " \"At\";"),
        Arguments.of(
            "int8range",
            null,
            "int4range",
            "[1,3000000000)",
            "Run: ALTER TABLE \"public\".\"t\" ALTER COLUMN \"v\" TYPE int8range USING"
                + " \"v\"::text::int8range;"),
        Arguments.of(
            "public.swapped",
            "row(a integer, b integer)",
            "swapped",
            "(1,2)",
            ": row(\"a\" integer, \"b\" integer) there and row(\"b\" integer, \"a\" integer) here."
                + " Give it a type that is made as the provider's, or one that holds its text:"
                + " ALTER TABLE"),
        Arguments.of(
            "public.amounts",
            "range(numeric(12,4))",
            "amounts",
            "[1.2345,2.5000)",
            "is public.amounts, which is range(numeric(12,4)), on the provider but public.amounts,"
                + " which is range(numeric(12,2)), on the"),
        Arguments.of(
            "text",
            null,
            "\"char\"",
            "xyz",
            "is text on the provider but \"char\" on the subscriber, which cannot hold every value"
                + " without loss. Run: ALTER TABLE"),
        Arguments.of(
            "json",
            null,
            "jsonb",
            "{\"b\" : 1,  \"a\": 2, \"a\": 3}",
            "is json on the provider but jsonb on the subscriber, which cannot hold every value"
                + " without loss. Run: ALTER TABLE"));
  }

  private static Stream<Arguments> inTwoWays(Stream<Arguments> cases) {
    return cases.flatMap(
        one ->
            Stream.of(true, false)
                .map(
                    copied ->
                        Arguments.of(
                            Stream.concat(Stream.of(copied), Stream.of(one.get())).toArray())));
  }

  static Stream<Arguments> narrowerInTwoWays() {
    return inTwoWays(narrower());
  }

  @ParameterizedTest
  @MethodSource("narrowerInTwoWays")
  void isRefusedWithStatementsAfterWhichTheValueArrivesWhole(
      boolean copied, String type, String expanded, String own, String value, String message) {
    database.run(TYPES + "CREATE TABLE t (id bigint PRIMARY KEY, v %s)".formatted(own));
    publish(copied, type, expanded, value);
    String said = failure();
    assertThat(said).contains("Column \"v\" of table public.t " + "is ").contains(message);
    int members = 0;
    while (said != null && members++ < 3) {
      Matcher statement = STATEMENT.matcher(said);
      while (statement.find()) {
        database.run(statement.group());
      }
      said = failure();
    }
    assertThat(said).isNull();
    assertThat(database.value("SELECT v::text FROM t WHERE id = 5")).isEqualTo(value);
  }

  @Test
  void aDefaultThatTheServerCannotCastIsKept() {
    database.run(
        "CREATE TABLE t (id bigint PRIMARY KEY, v jsonb DEFAULT '{}', CHECK (v IS NOT NULL))");
    publish(false, "integer[]", null, "{1,2}");
    Matcher statement = STATEMENT.matcher(failure());
    assertThat(statement.find()).isTrue();
    assertThat(statement.group())
        .isEqualTo(
            "ALTER TABLE \"public\".\"t\" ALTER COLUMN \"v\" DROP DEFAULT, ALTER COLUMN \"v\" TYPE"
                + " integer[] USING \"v\"::text::integer[], ALTER COLUMN \"v\" SET DEFAULT"
                + " ('{}'::jsonb)::text::integer[];");
    database.run(statement.group());
    assertThat(failure()).isNull();
    database.run("INSERT INTO t (id) VALUES (6)");
    assertThat(database.rows("SELECT * FROM t ORDER BY id")).containsExactly("5|{1,2}", "6|{}");
  }

  @Test
  void aTypeThatTheSubscriberDoesNotHaveIsKeptAsText() {
    database.run("CREATE TABLE t (id bigint PRIMARY KEY, v varchar(3))");
    publish(false, "public.mood", null, "happy");
    String said = failure();
    assertThat(said)
        .contains(
            "TYPE public.mood USING \"v\"::text::public.mood; or, where the subscriber has no such"
                + " type: ALTER TABLE");
    Matcher statement = STATEMENT.matcher(said.substring(said.indexOf("no such type: ")));
    assertThat(statement.find()).isTrue();
    database.run(statement.group());
    assertThat(failure()).isNull();
    assertThat(database.value("SELECT v FROM t WHERE id = 5")).isEqualTo("happy");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void typesThatAreMadeOfAsWideOnesAreTaken(boolean copied) {
    database.run(
        TYPES
            + "CREATE SCHEMA app; CREATE TYPE app.pair AS (x numeric, y timestamp);"
            + " CREATE TABLE t (id bigint PRIMARY KEY, v app.pair[])");
    publish(
        copied,
        "public.pair[]",
        "row(amount numeric(12,4), \"At\" timestamp without time zone)[]",
        "{\"(1.2345,\\\"2026-01-01 00:00:00.5\\\")\"}");
    assertThat(failure()).isNull();
    assertThat(database.value("SELECT (v[1]).x || ' ' || (v[1]).y FROM t"))
        .isEqualTo("1.2345 2026-01-01 00:00:00.5");
  }

  /** Where the provider does not say what a type is made of, its name has to do. */
  @Test
  void aTypeOfTheSameNameIsTakenWhenMoreIsNotKnown() {
    database.run(TYPES + "CREATE TABLE t (id bigint PRIMARY KEY, v pair)");
    publish(false, "app.pair", null, "(1.23,\"2026-01-01 00:00:00\")");
    assertThat(failure()).isNull();
    assertThat(database.value("SELECT v::text FROM t")).isEqualTo("(1.23,\"2026-01-01 00:00:00\")");
  }

  private void publish(boolean copied, String type, String expanded, String value) {
    TestQueue.Table table =
        TestQueue.table("public.t", 1, "id bigint", "v " + type).expanding("v", expanded);
    if (copied) {
      queue.batch(0, 1).begin().copied(table, true).r(table, 5L, value).end();
    } else {
      queue.batch(0, 1).begin().copied(table, false).end();
      queue.batch(1, 2).begin().c(table, 5L, value).end();
    }
  }

  /** Why the sink stops, or null when it does not. */
  private String failure() {
    ConnectException stopped =
        catchThrowableOfType(
            ConnectException.class,
            () -> {
              worker.start();
              worker.drain();
            });
    return stopped == null ? null : stopped.getMessage();
  }
}
