/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pgqconnect.sink.testing.OddRole;
import org.pgqconnect.sink.testing.TestDatabase;
import org.pgqconnect.sink.testing.TestQueue;
import org.pgqconnect.sink.testing.TestWorker;

/** Every value arrives as it left, by COPY and by arrays, with and without schemas. */
class TypesIT {
  private final TestDatabase database = new TestDatabase();
  private final Set<String> types = new LinkedHashSet<>();

  @BeforeEach
  void createTypes() {
    database.run("CREATE EXTENSION citext");
    database.run("CREATE TYPE mood AS ENUM ('sad', 'not \"so\" bad')");
    database.run("CREATE TYPE \"Odd Type\" AS ENUM ('A')");
    database.run("CREATE TYPE pair AS (n integer, s text)");
    database.run("CREATE DOMAIN amount AS numeric(14,2) CHECK (value >= 0)");
    List<String[]> values = values();
    values.forEach(value -> types.add(value[0]));
    for (String side : List.of("provider", "public")) {
      database.run("CREATE SCHEMA IF NOT EXISTS " + side);
      List<String> columns = new ArrayList<>(List.of("id bigint PRIMARY KEY", "b bytea"));
      int i = 0;
      for (String type : types) {
        columns.add("c" + i++ + " " + type);
      }
      database.run("CREATE TABLE %s.t (%s)".formatted(side, String.join(", ", columns)));
    }
    database.run("INSERT INTO provider.t (id, b) VALUES (0, NULL), (1, ''), (2, '\\x00ff5c78')");
    int id = 2;
    for (String[] value : values) {
      int column = List.copyOf(types).indexOf(value[0]);
      database.run(
          "INSERT INTO provider.t (id, c%d) VALUES (%d, %s)".formatted(column, ++id, value[1]));
    }
  }

  /** Of the file's values, those that the server knows. */
  private static List<String[]> values() {
    boolean all = TestDatabase.major() >= 14;
    try (InputStream in = TypesIT.class.getResourceAsStream("values.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .filter(line -> all || !line.matches("\\w*multirange.*|numeric .*Infinity.*"))
          .map(line -> line.split(" *:= ", 2))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterEach
  void close() {
    database.close();
  }

  @ParameterizedTest
  @CsvSource({"false,c,0", "true,c,0", "false,u,0", "true,u,0", "false,c,100", "true,c,100"})
  void arrives(boolean schemas, String operation, int filler) {
    arrives(database.config(), schemas, operation, filler);
  }

  @ParameterizedTest
  @CsvSource({"c,0", "u,0", "c,100"})
  void whateverTheSettingsOfTheRole(String operation, int filler) {
    database.run("GRANT ALL ON public.t TO " + OddRole.create(database));
    arrives(
        database.config("database.user", OddRole.NAME, "database.password", OddRole.NAME),
        false,
        operation,
        filler);
  }

  private void arrives(Map<String, String> config, boolean schemas, String operation, int filler) {
    List<String> columns = new ArrayList<>(List.of("id bigint", "b bytea"));
    List<String> select = new ArrayList<>(List.of("id", "b"));
    if (schemas) {
      // JsonConverter with schemas reads NaN and Infinity back as 0: nothing a sink could mend.
      for (String type : List.of("real", "double precision")) {
        database.run(
            "DELETE FROM provider.t WHERE c%d IN ('NaN', 'Infinity', '-Infinity')"
                .formatted(List.copyOf(types).indexOf(type)));
      }
    }
    int n = 0;
    for (String type : types) {
      select.add("c" + n);
      columns.add("c" + n++ + " " + type);
    }
    TestQueue.Table table = TestQueue.table("public.t", 1, columns.toArray(String[]::new));
    try (TestWorker worker = new TestWorker(config, schemas)) {
      TestQueue queue = new TestQueue(worker);
      queue.batch(0, 1).begin().copied(table, false).end();
      TestQueue.Batch batch = queue.batch(1, 2).begin();
      for (Object[] row : rows(String.join(", ", select), columns)) {
        if (operation.equals("c")) {
          batch.c(table, row);
        } else {
          batch.u(table, row);
        }
      }
      Object[] empty = new Object[columns.size()];
      for (long i = 0; i < filler; i++) {
        Object[] row = empty.clone();
        row[0] = 1000 + i;
        batch.c(table, row);
      }
      batch.end();
      worker.start();
      worker.drain();
      assertThat(worker.lastRetry).isNull();
    }
    assertThat(database.rows("SELECT t::text FROM public.t t WHERE id < 1000 ORDER BY id"))
        .isEqualTo(database.rows("SELECT t::text FROM provider.t t ORDER BY id"));
    assertThat(database.value("SELECT count(*) FROM public.t WHERE id >= 1000"))
        .isEqualTo("" + filler);
  }

  /** What the source reads: PostgreSQL's own text, and Java's numbers where they are exact. */
  private List<Object[]> rows(String select, List<String> columns) {
    try (var connection = database.connectAs("postgres");
        var statement = connection.createStatement()) {
      statement.execute(
          "SET extra_float_digits = 1; SET TimeZone = 'UTC'; SET DateStyle = ISO; SET lc_monetary ="
              + " 'C'");
      List<String> texts = new ArrayList<>();
      for (String column : select.split(", ")) {
        texts.add(
            column.equals("b")
                ? "b"
                : "CASE WHEN num_nulls(%1$s) = 0 THEN format('%%s', %1$s) END".formatted(column));
      }
      var result =
          statement.executeQuery(
              "SELECT " + String.join(", ", texts) + " FROM provider.t ORDER BY id");
      List<Object[]> rows = new ArrayList<>();
      while (result.next()) {
        Object[] row = new Object[columns.size()];
        for (int i = 0; i < row.length; i++) {
          String type = columns.get(i).substring(columns.get(i).indexOf(' ') + 1);
          row[i] =
              value(type, type.equals("bytea") ? result.getBytes(i + 1) : result.getString(i + 1));
        }
        rows.add(row);
      }
      return rows;
    } catch (java.sql.SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Object value(String type, Object value) {
    if (value == null) {
      return null;
    }
    switch (type) {
      case "bigint":
        return Long.valueOf((String) value);
      case "integer":
        return Integer.valueOf((String) value);
      case "smallint":
        return Short.valueOf((String) value);
      case "boolean":
        return value.equals("t");
      case "real":
        return Float.valueOf((String) value);
      case "double precision":
        return Double.valueOf((String) value);
      default:
        return value;
    }
  }
}
