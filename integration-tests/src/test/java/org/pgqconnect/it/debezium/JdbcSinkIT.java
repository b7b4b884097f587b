/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.debezium;

import static org.pgqconnect.it.stack.Replication.scalar;
import static org.pgqconnect.it.stack.Replication.sql;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.connect.ConnectorConfig;
import org.pgqconnect.it.stack.DebeziumStack;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.LocalStack;
import org.pgqconnect.local.postgres.PostgresServer;

/** Debezium's JDBC sink writes what {@code values=debezium} publishes into another database. */
@ExtendWith({TestStack.class, DebeziumStack.class})
class JdbcSinkIT {
  private static final String TYPES =
      """
      create extension citext; create extension ltree; create type mood as enum ('sad', 'ok');
      """;

  private static final String TABLE =
      """
      create table t (id int8 primary key, a bool, b int2, c int4, d int8, e float4, f float8, g numeric(12,4),
        h numeric, i text, j varchar(9), k char(3), l bytea, m date, n time, o time(3), p timestamp, q timestamp(3),
        r timestamptz, s uuid, u json, v jsonb, w xml, x mood, y int4[], z text[], aa bit(5), ab inet, ac citext,
        ad interval, ae tsvector, af ltree, ag timetz)\
      """;

  private static String row(String id) {
    return """
    (%s, true, -7, 8, 9007199254740993, 1.5, 0.1, 12.3456, 1.5, 'a''b', 'x', 'abc', '\\x00ff', '2026-02-28',
     '23:59:59.999999', '12:00:00.125', '2026-03-29 02:30:00.123456', '2026-03-29 02:30:00.123',
     '2026-10-25 02:30:00.1234+02', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"a": 1}', '{"a": 1}', '<a/>', 'ok',
     '{1,2}', '{a,b}', B'10110', '10.0.0.1', 'cI', '1 year 2 mons 3 days 04:05:06.5', '''a'':1', 'a.b',
     '12:00:00+00')\
    """
        .formatted(id);
  }

  @Test
  void writesTheSameRows(LocalStack stack, DebeziumStack.Running debezium) throws Exception {
    try (Replication replication = debezium.replication(stack)) {
      replication.tables(TYPES + TABLE, "public.t");
      sql(replication.provider(), "insert into t values " + row("generate_series(1, 50)"));
      sql(replication.provider(), "insert into t (id) values (100)");
      replication.deploy(DebeziumStack.withDebeziumsValues(replication.source()));
      replication.rest().create(jdbcSink(replication));
      awaitEqual(replication);
      sql(
          replication.provider(),
          """
          update t set g = 99.9999, p = null, i = '' where id < 10; delete from t where id between 10 and 20;
          update t set id = id + 1000 where id between 21 and 25; insert into t values %s\
          """
              .formatted(row("2000")));
      awaitEqual(replication);
    }
  }

  @Test
  void makesTablesAndAddsColumns(LocalStack stack, DebeziumStack.Running debezium)
      throws Exception {
    try (Replication replication = debezium.replication(stack)) {
      replication.tables(
          "create table t (id int primary key, n numeric(12,4) not null, p timestamp(6), d date, f"
              + " float8)",
          "public.t");
      sql(replication.subscriber(), "drop table t");
      sql(
          replication.provider(),
          "insert into t values (1, 1.5, '2026-01-01 10:00', '2026-01-02', 0.1)");
      replication.deploy(DebeziumStack.withDebeziumsValues(replication.source()));
      replication.rest().create(jdbcSink(replication));
      awaitEqual(replication);
      sql(
          replication.provider(),
          "alter table t add column k int not null default 7; insert into t values (2, 2, null,"
              + " null, null, 8)");
      awaitEqual(replication);
    }
  }

  private static void awaitEqual(Replication replication) {
    replication
        .await("the same rows in both databases")
        .until(() -> rows(replication.provider()).equals(rows(replication.subscriber())));
  }

  private static String rows(Connection database) throws SQLException {
    if (scalar(database, "select to_regclass('t')") == null) {
      return "none";
    }
    return scalar(
        database,
        "select count(*) || ' ' || coalesce(string_agg(t::text, e'\\n' order by id), '') from t");
  }

  static ConnectorConfig jdbcSink(Replication replication) {
    PostgresServer server = replication.place().subscriber();
    Map<String, String> config = new TreeMap<>();
    config.put("connector.class", "io.debezium.connector.jdbc.JdbcSinkConnector");
    config.put("topics.regex", replication.name() + "\\.public\\..*");
    config.put(
        "connection.url",
        "jdbc:postgresql://%s:%d/%s?stringtype=unspecified"
            .formatted(server.host(), server.port(), replication.subscriberDatabase()));
    config.put("connection.username", server.user());
    config.put("connection.password", server.password());
    config.put("insert.mode", "upsert");
    config.put("delete.enabled", "true");
    config.put("primary.key.mode", "record_key");
    config.put("schema.evolution", "basic");
    config.put("collection.name.format", "${source.schema}.${source.table}");
    config.put("consumer.override.auto.offset.reset", "earliest");
    config.put("consumer.override.metadata.max.age.ms", "1000");
    return DebeziumStack.withSchemas(new ConnectorConfig(replication.name() + "-jdbc", config));
  }
}
