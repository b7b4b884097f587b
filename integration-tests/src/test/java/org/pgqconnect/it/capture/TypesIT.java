/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.it.stack.Replication.scalar;
import static org.pgqconnect.it.stack.Replication.sql;

import java.sql.Connection;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.connect.ConnectorConfig;
import org.pgqconnect.it.stack.RegistryStack;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.LocalStack;

/**
 * Every type comes over exactly: by the copy, by inserts and by updates; with JSON converters with
 * and without schemas.
 */
@ExtendWith({TestStack.class, RegistryStack.class})
class TypesIT {
  private static final String TYPES =
      """
      create extension hstore;
      create extension citext;
      create type mood as enum ('sad', 'o''k', 'very "happy"', '');
      create type part as (a int, b text, c numeric[]);
      create domain positive as int check (value > 0);
      create domain names as text[];
      create type nested as (p part, m mood[]);
      create domain blob as bytea;
      create domain deep as blob check (length(value) < 100);
      create domain flag as bool;
      create domain moods as mood[];
      create domain parts as part;
      create domain period as tstzrange;
      create type held as (b bytea, d deep, f bool, j json, x xml, n int8, p parts);
      """;

  /** Every character of the first planes that text may hold, and some beyond. */
  private static final String SPECIAL =
      "(select string_agg(chr(c), '' order by c) from generate_series(1, 1500) c)"
          + " || E'\\u2028\\ufeff\\uffff\\U0001F600\\U0010FFFFe\\u0301'";

  /** Name, type and values: a usual one, and hostile ones. */
  private static final List<String[]> COLUMNS =
      List.of(
          column("bool", "'t'", "'f'"),
          column("int2", "7", "-32768"),
          column("int4", "7", "-2147483648"),
          column("int8", "9007199254740993", "-9223372036854775808", "9223372036854775807"),
          column("oid", "4294967295"),
          column("float4", "1.1", "'NaN'", "'-Infinity'", "'-0'", "3.4028235e38", "1e-45"),
          column(
              "float8", "0.1", "'NaN'", "'Infinity'", "'-0'", "1.7976931348623157e308", "5e-324"),
          column(
              "numeric",
              "1.50",
              "'NaN'",
              "'-Infinity'",
              "1e-100",
              "123456789012345678901234567890.12345678901234567890",
              "0.000",
              "1e130"),
          column("numeric(12,4)", "1.5", "-99999999.9999", "'NaN'"),
          column("money", "1.5", "-92233720368547758.08"),
          column(
              "text",
              "'a'",
              "''",
              "' '",
              "'NULL'",
              "'{}'",
              "E'\\\\N'",
              "E'\\\\.'",
              "'\"x\"'",
              SPECIAL),
          column("varchar(10)", "'a'", "''", "'a '"),
          column("char(5)", "'a'", "''", "'ab   '", "'abcde'"),
          column("\"char\"", "'x'", "''"),
          column("name", "'a'", "''"),
          column("citext", "'aB'"),
          column("bytea", "'\\x'", "'\\x00ff5c'", "decode(repeat('00ff', 3000), 'hex')"),
          column("bit(5)", "B'10101'", "B'00000'"),
          column("bit varying", "B''", "B'1'", "B'101010101010101010101'"),
          column(
              "date",
              "'2026-02-28'",
              "'infinity'",
              "'-infinity'",
              "'4713-01-01 BC'",
              "'5874897-12-31'"),
          column("time", "'23:59:59.999999'", "'24:00'", "'0:00'"),
          column("timetz", "'23:59:59.999999+05:45'", "'24:00-15:59'"),
          column(
              "timestamp",
              "'2026-03-29 02:30'",
              "'infinity'",
              "'-infinity'",
              "'4713-01-01 00:00:00.000001 BC'",
              "'294276-12-31 23:59:59.999999'"),
          column("timestamptz", "'2026-10-25 02:30:00.123456+02'", "'infinity'", "'0044-03-15 BC'"),
          column("timestamptz(0)", "'2026-10-25 02:30:00.9+02'"),
          column("interval", "'1 year -2 mons 3 days -04:05:06.789'", "'-1 mon'", "'0'"),
          column("uuid", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"),
          column(
              "json",
              "'{\"b\" : 1.00,  \"a\":[1,2 ], \"a\": \"\\u00e9\\\\n\"}'",
              "'null'",
              "' 1e400 '",
              "'\"\"'"),
          column("jsonb", "'{\"b\": 1.00, \"a\": [null, \"é\"]}'", "'null'", "'1e400'"),
          column("blob", "'\\x00010203'", "'\\x'"),
          column("deep", "'\\x5c78ff'"),
          column("blob[]", "array['\\x00ff'::blob, null]"),
          column("deep[]", "array['\\x00ff'::deep, null]"),
          column("flag", "true"),
          column("flag[]", "'{t,f,NULL}'"),
          column("moods", "'{sad,\"o''k\"}'"),
          column("parts", "row(1, 'a,\"', '{1.50}')"),
          column("period", "'[2026-01-01,)'"),
          column(
              "held",
              "row('\\x00ff'::bytea, '\\x01', true, '{\"a\" : 1}', '<a>1</a>', 9007199254740993,"
                  + " row(1, 'b', null))"),
          column("held[]", "array[row('\\x00ff'::bytea, null, false, null, null, 1, null)::held]"),
          column("jsonpath", "'$.a[*] ? (@ > 1)'"),
          column("inet", "'10.0.0.1/8'", "'::1'", "'fe80::1/64'"),
          column("cidr", "'10.0.0.0/8'", "'2001:db8::/32'"),
          column("macaddr", "'08:00:2b:01:02:03'"),
          column("macaddr8", "'08:00:2b:01:02:03:04:05'"),
          column("point", "'(1.1,-0)'", "'(Infinity,NaN)'"),
          column("line", "'{1,-2,3}'"),
          column("lseg", "'[(0,0),(1,1)]'"),
          column("box", "'(2,2),(1,1)'"),
          column("path", "'[(0,0),(1,1)]'", "'((0,0),(1,1))'"),
          column("polygon", "'((0,0),(1,1),(1,0))'"),
          column("circle", "'<(1,2),3>'"),
          column("tsvector", "'a:1A b:2,3'", "''"),
          column("tsquery", "'a & !b <-> c'"),
          column("int4range", "'[1,5)'", "'empty'", "'(,)'"),
          column("numrange", "'(1.10,2.0]'"),
          column("tstzrange", "'[2026-01-01 00:00+00,infinity]'"),
          column("int4multirange", "'{[1,3),[5,7)}'", "'{}'"),
          column("int4[]", "'{1,NULL,3}'", "'{}'", "'[2:3]={1,2}'", "'{{1,2},{3,4}}'"),
          column("text[]", "'{a,NULL,\"NULL\",\"\",\"x,y\",\"\\\"\\\\\"}'"),
          column("bytea[]", "array['\\x00'::bytea, null]"),
          column("timestamptz[]", "'{2026-01-01 00:00+05:45,infinity}'"),
          column("numeric[]", "'{1.50,NULL}'", "'{NaN,1.50,NULL}'"),
          column("mood", "'sad'", "'o''k'", "'very \"happy\"'", "''"),
          column("mood[]", "array['o''k', 'very \"happy\"', '', null]::mood[]"),
          column(
              "part",
              "row(1, 'a', null)",
              "row(null, '', '{}')",
              "row(null, E'\\\",()\\\\', '{1.50}')"),
          column("part[]", "array[row(1, 'a,\"b', '{1,2}')::part, null]"),
          column("nested", "row(row(1, 'x', null)::part, '{sad}'::mood[])"),
          column("positive", "1"),
          column("names", "'{a,b}'"),
          column("hstore", "'a=>1, b=>NULL, \"c d\"=>\"\"'", "''"),
          column("pg_lsn", "'16/B374D848'"),
          column("xid8", "'18446744073709551615'"),
          column("tid", "'(1,2)'"),
          column("pg_snapshot", "'10:20:10,14'"),
          column("regclass", "'pg_class'"));

  /** Type and value of what no Decimal is. */
  private static final String NO_DECIMAL = "numeric.* '.*(NaN|Infinity).*";

  /** What Kafka's JSON converter reads as 0. */
  private static final String NO_JSON_NUMBER = "float\\d '.*(NaN|Infinity|-0)'";

  /** What a list does not say. */
  private static final String NO_LIST = ".*\\[] '(\\[2:3]|\\{\\{).*";

  /** Microseconds since 1970 that are more than 64 bits. */
  private static final String NO_64_BITS = "timestamp '294276.*";

  private List<String[]> columns = COLUMNS;

  private static String[] column(String... typeAndValues) {
    return typeAndValues;
  }

  @Test
  void asShipped(LocalStack stack) throws Exception {
    roundTrip(stack, connector -> connector);
  }

  @Test
  void withKafkasJsonConverter(LocalStack stack) throws Exception {
    roundTrip(stack, connector -> withJsonConverter(connector, "false"));
  }

  @Test
  void withKafkasJsonConverterAndSchemas(LocalStack stack) throws Exception {
    roundTrip(stack, connector -> withJsonConverter(connector, "true"));
  }

  @Test
  void withAvro(LocalStack stack, RegistryStack.Running registry) throws Exception {
    roundTrip(registry.replication(stack), registry::avro);
  }

  @Test
  void withJsonSchema(LocalStack stack, RegistryStack.Running registry) throws Exception {
    roundTrip(registry.replication(stack), registry::jsonSchema);
  }

  @Test
  void withDebeziumsTypes(LocalStack stack) throws Exception {
    columns = without(NO_DECIMAL, NO_JSON_NUMBER, NO_LIST, NO_64_BITS);
    roundTrip(
        stack, connector -> withDebeziumsTypes(withJsonConverter(connector, "true"), Map.of()));
  }

  @Test
  void withDebeziumsTypesAsTextInAvro(LocalStack stack, RegistryStack.Running registry)
      throws Exception {
    columns = without(NO_LIST);
    roundTrip(
        registry.replication(stack),
        connector ->
            withDebeziumsTypes(
                registry.avro(connector),
                Map.of("decimal.handling.mode", "string", "time.precision.mode", "isostring")));
  }

  /** Of the source; the sink learns it from the records. */
  private static ConnectorConfig withDebeziumsTypes(
      ConnectorConfig connector, Map<String, String> modes) {
    if (!connector.config().get("connector.class").endsWith("SourceConnector")) {
      return connector;
    }
    ConnectorConfig with = connector.with("values", "debezium");
    for (Map.Entry<String, String> mode : modes.entrySet()) {
      with = with.with(mode.getKey(), mode.getValue());
    }
    return with;
  }

  private static List<String[]> without(String... patterns) {
    return COLUMNS.stream()
        .map(
            column ->
                Stream.of(column)
                    .filter(
                        value ->
                            value.equals(column[0])
                                || Stream.of(patterns)
                                    .noneMatch((column[0] + " " + value)::matches))
                    .toArray(String[]::new))
        .toList();
  }

  private static ConnectorConfig withJsonConverter(ConnectorConfig connector, String schemas) {
    String converter = "org.apache.kafka.connect.json.JsonConverter";
    return connector
        .with("key.converter", converter)
        .with("key.converter.schemas.enable", schemas)
        .with("value.converter", converter)
        .with("value.converter.schemas.enable", schemas);
  }

  private void roundTrip(LocalStack stack, UnaryOperator<ConnectorConfig> converters)
      throws Exception {
    roundTrip(Replication.of(stack), converters);
  }

  private void roundTrip(Replication runs, UnaryOperator<ConnectorConfig> converters)
      throws Exception {
    try (Replication replication = runs) {
      replication.tables(TYPES + table(), "public.t");
      insert(replication.provider(), 0);
      replication.deploy(converters.apply(replication.source()));
      replication.deploy(converters.apply(replication.sink()));
      replication.awaitCopied();
      compare(replication, "the copy");
      insert(replication.provider(), 1000);
      sql(replication.provider(), "insert into t (id) values (3000)");
      replication.awaitScalar("select count(*) from t where id = 3000", "1");
      compare(replication, "inserts");
      // Every value in the place of another, and of NULL.
      sql(replication.provider(), update());
      sql(replication.provider(), "insert into t (id) values (3001)");
      replication.awaitScalar("select count(*) from t where id = 3001", "1");
      compare(replication, "updates");
      sql(replication.provider(), "update t set c0 = null, c10 = null, c16 = null");
      sql(replication.provider(), "delete from t where id % 3 = 0");
      replication.awaitEqual();
    }
  }

  private String table() {
    StringBuilder sql = new StringBuilder("create table t (id int primary key");
    for (int i = 0; i < columns.size(); i++) {
      sql.append(", c").append(i).append(' ').append(columns.get(i)[0]);
    }
    return sql.append(')').toString();
  }

  /** One row for each value, with the other columns NULL. */
  private void insert(Connection provider, int from) throws Exception {
    StringBuilder sql = new StringBuilder();
    int id = from;
    for (int i = 0; i < columns.size(); i++) {
      String[] column = columns.get(i);
      for (int v = 1; v < column.length; v++) {
        sql.append("insert into t (id, c%d) values (%d, %s);\n".formatted(i, ++id, column[v]));
      }
    }
    sql(provider, sql.toString());
  }

  private String update() {
    StringBuilder sql = new StringBuilder("update t set ");
    for (int i = 0; i < columns.size(); i++) {
      String[] column = columns.get(i);
      sql.append(i == 0 ? "" : ", ")
          .append(
              "c%d = case when c%d is null then (%s)::%s end"
                  .formatted(i, i, column[column.length - 1], column[0]));
    }
    return sql.toString();
  }

  private void compare(Replication replication, String after) throws Exception {
    for (int i = 0; i < columns.size(); i++) {
      String sql =
          "select string_agg(id || '=' || quote_nullable(c%d::text), e'\\n' order by id) from t"
              .formatted(i);
      assertThat(scalar(replication.subscriber(), sql))
          .as("column of type %s after %s", columns.get(i)[0], after)
          .isEqualTo(scalar(replication.provider(), sql))
          .contains("'");
    }
  }
}
