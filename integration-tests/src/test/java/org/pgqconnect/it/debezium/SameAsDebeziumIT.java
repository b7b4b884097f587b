/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.debezium;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.it.stack.Replication.scalar;
import static org.pgqconnect.it.stack.Replication.sql;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Map.Entry;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.connect.ConnectorConfig;
import org.pgqconnect.it.stack.DebeziumStack;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.it.stack.TopicReader;
import org.pgqconnect.local.LocalStack;
import org.pgqconnect.local.postgres.PostgresServer;

/**
 * What {@code values=debezium} publishes, beside what Debezium's own source publishes of the same
 * table.
 */
@ExtendWith({TestStack.class, DebeziumStack.class})
class SameAsDebeziumIT {
  private static final Map<String, String[]> COLUMNS = new LinkedHashMap<>();

  static {
    column("bool", "true");
    column("int2", "7");
    column("int4", "7");
    column("int8", "9007199254740993");
    column("oid", "4294967295");
    column("float4", "1.1");
    column("float8", "0.1");
    column("numeric(12,4)", "1.5", "-99999999.9999");
    column("numeric(5)", "12");
    column("numeric", "1.50", "123456789012345678901234567890.12345678901234567890");
    column("money", "1.5", "-1234567.89");
    column("text", "'a'", "''");
    column("varchar(10)", "'a '");
    column("char(5)", "'ab'");
    column("citext", "'aB'");
    column("bytea", "'\\x00ff5c'");
    column("bit(1)", "B'1'");
    column("bit(11)", "B'00000000101'");
    column("bit varying", "B'101'");
    column("date", "'2026-02-28'", "'infinity'", "'-infinity'", "'0044-03-15 BC'");
    column("time", "'23:59:59.999999'", "'24:00'");
    column("time(3)", "'23:59:59.999'");
    column("timetz", "'23:59:59.999999+00'", "'23:59:59.5+05:45'");
    column("timestamp", "'2026-03-29 02:30'", "'infinity'", "'-infinity'", "'0044-03-15 BC'");
    column("timestamp(3)", "'2026-03-29 02:30:00.123'", "'infinity'", "'-infinity'");
    column(
        "timestamptz", "'2026-10-25 02:30:00.1234+02'", "'infinity'", "'0044-03-15 00:00+00 BC'");
    column("timestamptz(0)", "'2026-10-25 02:30+02'");
    column("interval", "'1 year -2 mons 3 days -04:05:06.789'", "'0'");
    column("uuid", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'");
    column("json", "'{\"b\" : 1.00}'");
    column("jsonb", "'{\"b\" : 1.00}'");
    column("xml", "'<a/>'");
    column("mood", "'sad'");
    column("amount", "1.5");
    column("inet", "'10.0.0.1/8'");
    column("cidr", "'10.0.0.0/8'");
    column("macaddr", "'08:00:2b:01:02:03'");
    column("int4range", "'[1,5)'");
    column("tsvector", "'a:1A b:2'");
    column("ltree", "'a.b'");
    column("hstore", "'a=>1'");
    column("point", "'(1,2)'");
    column("int4[]", "'{1,NULL,3}'", "'{}'");
    column("text[]", "'{a,NULL,\"x,y\"}'");
    column("numeric(5,2)[]", "'{1.50}'");
    column("timestamptz[]", "'{2026-01-01 00:00+05:45}'");
    column("uuid[]", "'{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}'");
    column("bool[]", "'{t,f}'");
    column("mood[]", "'{sad}'");
    column("date[]", "'{2026-01-01}'");
    column("timestamp[]", "'{2026-01-01}'");
    column("float8[]", "'{1.5}'");
    column("int8[]", "'{1}'");
  }

  private static final String LAST = "1000";

  private static void column(String type, String... values) {
    COLUMNS.put(type, values);
  }

  /** Columns whose values differ; docs/debezium.md says how. */
  private static final List<String> OTHER_VALUES =
      List.of("numeric", "hstore", "point", "bit varying", "date", "timetz");

  /** Columns whose schemas differ, n by its default. */
  private static final List<String> OTHER_SCHEMAS =
      List.of("n", "bit(1)", "bit varying", "hstore", "point", "mood[]");

  @Test
  void whatDebeziumPublishes(LocalStack stack, DebeziumStack.Running debezium) throws Exception {
    try (Replication replication = debezium.replication(stack)) {
      sql(
          replication.provider(),
          """
          create extension citext; create extension ltree; create extension hstore;
          create type mood as enum ('sad', 'ok'); create domain amount as numeric(6,2);
          %s; create publication dbz for table t\
          """
              .formatted(table()));
      sql(replication.subscriber(), "create table t (id int primary key)");
      replication.replicate("public.t");
      replication.rest().create(debeziumSource(replication));
      replication.deploy(DebeziumStack.withDebeziumsValues(replication.source()));
      replication
          .await("Debezium's slot")
          .until(
              () ->
                  scalar(
                      replication.provider(),
                      "select count(*) from pg_replication_slots where active"),
              "1"::equals);
      insert(replication);
      TopicReader topics = new TopicReader(stack.kafka().bootstrapServers());
      Map<String, JsonNode> ours = rows(replication, topics, replication.name() + ".public.t");
      Map<String, JsonNode> theirs = rows(replication, topics, replication.name() + "dbz.public.t");
      assertThat(ours.keySet()).isEqualTo(theirs.keySet()).hasSizeGreaterThan(60);
      Set<String> values = new TreeSet<>();
      for (Entry<String, JsonNode> row : theirs.entrySet()) {
        JsonNode our = ours.get(row.getKey()).at("/payload/after");
        row.getValue().at("/payload/after").properties().stream()
            .filter(column -> !column.getValue().equals(our.get(column.getKey())))
            .forEach(column -> values.add(column.getKey()));
      }
      assertThat(values).containsExactlyInAnyOrderElementsOf(OTHER_VALUES);
      compare(ours.get(LAST).get("schema"), theirs.get(LAST).get("schema"));
    }
  }

  private static void compare(JsonNode ours, JsonNode theirs) {
    assertThat(names(ours)).isEqualTo(names(theirs));
    assertThat(ours.get("version")).isEqualTo(theirs.get("version"));
    for (String part : List.of("before", "after")) {
      assertThat(different(field(ours, part), field(theirs, part)))
          .containsExactlyInAnyOrderElementsOf(OTHER_SCHEMAS);
    }
    assertThat(different(field(ours, "source"), field(theirs, "source"))).isEmpty();
    assertThat(field(ours, "source").get("name")).isEqualTo(field(theirs, "source").get("name"));
    assertThat(field(ours, "transaction")).isEqualTo(field(theirs, "transaction"));
  }

  private static List<String> names(JsonNode schema) {
    List<String> names = new ArrayList<>();
    schema.get("fields").forEach(field -> names.add(field.get("field").asText()));
    return names;
  }

  private static JsonNode field(JsonNode schema, String name) {
    for (JsonNode field : schema.get("fields")) {
      if (field.get("field").asText().equals(name)) {
        return field;
      }
    }
    throw new AssertionError("no field " + name + " in " + schema);
  }

  /** The fields of theirs that ours lacks or has otherwise. */
  private static List<String> different(JsonNode ours, JsonNode theirs) {
    return names(theirs).stream()
        .filter(
            name -> !names(ours).contains(name) || !field(ours, name).equals(field(theirs, name)))
        .toList();
  }

  /** The rows that a topic got, by id, when the last one is there. */
  private static Map<String, JsonNode> rows(
      Replication replication, TopicReader topics, String topic) {
    return replication
        .await("the rows of " + topic)
        .until(
            () -> topics.exists(topic) ? rows(topics, topic) : Map.of(),
            rows -> rows.containsKey(LAST));
  }

  private static Map<String, JsonNode> rows(TopicReader topics, String topic) throws IOException {
    Map<String, JsonNode> rows = new HashMap<>();
    for (ConsumerRecord<byte[], byte[]> record : topics.records(topic)) {
      JsonNode row = TopicReader.json(record.value());
      rows.put(row.at("/payload/after/id").asText(), row);
    }
    return rows;
  }

  private static String table() {
    StringBuilder sql =
        new StringBuilder("create table t (id int primary key, n int not null default 5");
    int i = 0;
    for (String type : COLUMNS.keySet()) {
      sql.append(", \"").append(type).append("\" ").append(type);
    }
    return sql.append(")").toString();
  }

  private static void insert(Replication replication) throws Exception {
    int id = 100;
    for (Entry<String, String[]> column : COLUMNS.entrySet()) {
      for (String value : column.getValue()) {
        sql(
            replication.provider(),
            "insert into t (id, n, \"%s\") values (%d, 1, %s)"
                .formatted(column.getKey(), ++id, value));
      }
    }
    sql(replication.provider(), "insert into t (id) values (%s)".formatted(LAST));
  }

  private static ConnectorConfig debeziumSource(Replication replication) {
    PostgresServer server = replication.place().provider();
    Map<String, String> config = new TreeMap<>();
    config.put("connector.class", "io.debezium.connector.postgresql.PostgresConnector");
    config.put("database.hostname", server.host());
    config.put("database.port", "" + server.port());
    config.put("database.user", server.user());
    config.put("database.password", server.password());
    config.put("database.dbname", replication.providerDatabase());
    config.put("topic.prefix", replication.name() + "dbz");
    config.put("plugin.name", "pgoutput");
    config.put("publication.name", "dbz");
    config.put("slot.name", replication.name());
    config.put("table.include.list", "public.t");
    config.put("interval.handling.mode", "string");
    config.put("include.unknown.datatypes", "true");
    config.put("provide.transaction.metadata", "true");
    config.put("snapshot.mode", "no_data");
    config.put("topic.creation.default.replication.factor", "1");
    config.put("topic.creation.default.partitions", "1");
    return DebeziumStack.withSchemas(new ConnectorConfig(replication.name() + "-dbz", config));
  }
}
