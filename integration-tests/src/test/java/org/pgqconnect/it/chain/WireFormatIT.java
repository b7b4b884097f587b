/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.it.stack.Replication.scalar;
import static org.pgqconnect.it.stack.Replication.sql;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.connect.Await;
import org.pgqconnect.it.stack.TaskPair;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.postgres.PostgresServer;
import org.pgqconnect.source.capture.CaptureInstaller;
import org.pgqconnect.source.capture.CaptureOptions;
import org.pgqconnect.wire.ColumnType;

/**
 * The examples of docs/wire-format.md are records that the source task made of changes on a real
 * server, as the shipped converter writes them. To write them anew: {@code
 * -Dpgqconnect.golden.update=true}.
 */
class WireFormatIT {
  private static final boolean UPDATES = Boolean.getBoolean("pgqconnect.golden.update");
  private static final String ITEMS = "bank.public.items";
  private static final String BOUNDARIES = "bank.transaction";
  private static PostgresServer server;

  private final TaskPair tasks = new TaskPair();
  private final WireExamples examples = new WireExamples();
  private final Map<String, String> shown = new LinkedHashMap<>();
  private Connection provider;

  @BeforeAll
  static void startServer() {
    server = TestStack.postgres().notDurable().start();
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @BeforeEach
  void open() throws SQLException {
    try (Connection admin = server.connect("postgres")) {
      sql(admin, "drop database if exists bank with (force)");
    }
    server.createDatabase("bank");
    provider = server.connect("bank");
  }

  @AfterEach
  void close() throws SQLException {
    tasks.close();
    provider.close();
  }

  private void startSource() {
    Map<String, String> config = new HashMap<>();
    config.put("name", "bank-source");
    config.put("topic.prefix", "bank");
    config.put("queue.name", "bank");
    config.put("table.include.list", "public\\..*");
    config.put("database.hostname", server.host());
    config.put("database.port", String.valueOf(server.port()));
    config.put("database.user", server.user());
    config.put("database.password", server.password());
    config.put("database.dbname", "bank");
    config.put("heartbeat.interval.ms", "200");
    tasks.startSource(config);
  }

  @Test
  void theExamplesAreRecords() throws Exception {
    sql(
        provider,
        "create table items (order_id bigint, line int, price numeric(10,2) not null, note text,"
            + " primary key (order_id, line));"
            + " insert into items values (7, 1, 1.50, 'copied')");
    startSource();
    JsonNode lastChunk = copyProgress("items", "last");
    row("insert", "insert into items values (7, 2, 2.00, 'new')", 2);
    row("update", "update items set price = 2.50 where line = 2", 3);
    row("key-change-delete", "update items set line = 3 where line = 2", 5);
    show("key-change-insert", tasks.published(ITEMS).get(4));
    row("delete", "delete from items where line = 3", 6);
    row("truncate", "truncate items", 7);
    List<SourceRecord> rows = tasks.published(ITEMS);
    show("copied", rows.get(0));
    String batch = examples.value(rows.get(1)).at("/transaction/id").asText();
    show("begin", boundary("BEGIN", batch));
    show("end", boundary("END", batch));
    show("table", boundary("TABLE", null));
    shown.put("copy-first", examples.shown(copyProgress("items", "first")));
    shown.put("copy-last", examples.shown(lastChunk));
    sql(provider, "create table rates (id int primary key)");
    new CaptureInstaller()
        .add(
            provider,
            "bank",
            new TableId("public", "rates"),
            CaptureOptions.defaults().withoutCopy());
    shown.put("mark", examples.shown(copyProgress("rates", "first")));

    String page = WireExamples.readPage();
    String rewritten = page;
    for (Map.Entry<String, String> example : shown.entrySet()) {
      WireExamples.block(page, example.getKey());
      rewritten = WireExamples.replaced(rewritten, example.getKey(), example.getValue());
    }
    compare(page, rewritten);
  }

  private static void compare(String page, String rewritten) throws IOException {
    if (UPDATES) {
      Files.writeString(WireExamples.page(), rewritten);
    }
    assertThat(rewritten).isEqualTo(page);
  }

  /** Shows the first record of a change, which is a batch of its own. */
  private void row(String name, String change, int recordsAfter) throws Exception {
    int before = tasks.published(ITEMS).size();
    sql(provider, change);
    poll(name, () -> tasks.published(ITEMS).size() == recordsAfter ? Optional.of(1) : empty());
    SourceRecord record = tasks.published(ITEMS).get(before);
    examples.batch(examples.value(record));
    show(name, record);
  }

  private static Optional<Integer> empty() {
    return Optional.empty();
  }

  private void show(String name, SourceRecord record) throws IOException {
    shown.put(name, examples.record(record));
  }

  private SourceRecord boundary(String status, String batch) throws IOException {
    for (SourceRecord record : tasks.published(BOUNDARIES)) {
      JsonNode value = examples.value(record);
      if (value.get("status").asText().equals(status)
          && (batch == null || value.get("id").asText().equals(batch))) {
        return record;
      }
    }
    throw new IllegalStateException("no " + status + " of batch " + batch);
  }

  /** What the first END that has this flag says of a table's copy. */
  private JsonNode copyProgress(String table, String flag) {
    return poll(
        "the " + flag + " chunk of " + table,
        () -> {
          for (SourceRecord record : tasks.published(BOUNDARIES)) {
            for (JsonNode copy : examples.value(record).path("copies")) {
              if (copy.get("table").asText().equals(table) && copy.get(flag).asBoolean()) {
                return Optional.of(copy);
              }
            }
          }
          return Optional.empty();
        });
  }

  /** Polls the source until there is an answer. */
  private <T> T poll(String what, Search<T> search) {
    return Await.atMost(Duration.ofSeconds(120), what)
        .until(
            () -> {
              tasks.pollSource();
              return search.find();
            },
            Optional::isPresent)
        .orElseThrow();
  }

  private interface Search<T> {
    Optional<T> find() throws Exception;
  }

  /** One line of the page's table of types. */
  private record TypeExample(String type, String value, String schema, String json) {
    static TypeExample of(String line) {
      String[] cells = line.substring(2, line.length() - 2).split(" \\| ");
      return new TypeExample(code(cells[0]), code(cells[1]), code(cells[2]), code(cells[3]));
    }

    private static String code(String cell) {
      int from = cell.indexOf('`');
      return cell.substring(from + 1, cell.indexOf('`', from + 1));
    }
  }

  @Test
  void theTableOfTypesIsWhatTheSourceWrites() throws Exception {
    String page = WireExamples.readPage();
    List<String> lines =
        page.lines()
            .dropWhile(line -> !line.equals("<!-- types -->"))
            .skip(1)
            .takeWhile(line -> line.startsWith("|"))
            .skip(2)
            .toList();
    List<TypeExample> types = lines.stream().map(TypeExample::of).toList();
    assertThat(types).hasSizeGreaterThan(20);
    JsonNode row = published(types);
    String rewritten = page;
    for (int i = 0; i < types.size(); i++) {
      TypeExample type = types.get(i);
      String line = lines.get(i);
      rewritten =
          rewritten.replace(
              line,
              line.replace("| `" + type.schema + "` |", "| `" + schema(i) + "` |")
                  .replace("| `" + type.json + "` |", "| `" + row.get("c" + i) + "` |"));
    }
    compare(page, rewritten);
  }

  private JsonNode published(List<TypeExample> types) throws Exception {
    StringBuilder columns = new StringBuilder("id int primary key");
    StringBuilder values = new StringBuilder("1");
    for (int i = 0; i < types.size(); i++) {
      columns.append(", c").append(i).append(' ').append(types.get(i).type);
      values.append(", '").append(types.get(i).value.replace("'", "''")).append('\'');
    }
    sql(
        provider,
        "create type mood as enum ('sad', 'fine');"
            + " create type money_of as (amount numeric(12,2), currency text);"
            + " create domain price as numeric(10,2);"
            + (" create table typed (" + columns + ")"));
    startSource();
    copyProgress("typed", "last");
    sql(provider, "insert into typed values (" + values + ")");
    return poll(
        "the row of every type",
        () ->
            tasks.published("bank.public.typed").isEmpty()
                ? Optional.empty()
                : Optional.of(
                    examples.value(tasks.published("bank.public.typed").get(0)).get("after")));
  }

  private String schema(int column) throws SQLException {
    String base =
        scalar(
            provider,
            "select coalesce(b.typname, t.typname) from pg_attribute a join pg_type t on t.oid ="
                + " a.atttypid left join pg_type b on b.oid = t.typbasetype where a.attrelid ="
                + " 'typed'::regclass and a.attname = 'c"
                + column
                + "'");
    Schema schema = ColumnType.of(base).schema(true);
    String type = schema.type().getName();
    return schema.name() == null ? type : type + ", " + schema.name();
  }
}
