/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.debezium;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.it.stack.Replication.scalar;
import static org.pgqconnect.it.stack.Replication.sql;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.connect.ConnectorConfig;
import org.pgqconnect.it.stack.DebeziumStack;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.it.stack.TopicReader;
import org.pgqconnect.local.LocalStack;

/** Debezium's transforms and its converter take what {@code values=debezium} publishes. */
@ExtendWith({TestStack.class, DebeziumStack.class})
class TransformsIT {
  @Test
  void extractNewRecordState(LocalStack stack, DebeziumStack.Running debezium) throws Exception {
    try (Replication replication = debezium.replication(stack)) {
      replication.tables("create table t (id int primary key, v text, n numeric(9,2))", "public.t");
      sql(replication.subscriber(), "drop table t");
      sql(
          replication.provider(),
          "insert into t values (1, 'a', 1.5), (2, 'b', null), (3, 'c', 3)");
      replication.deploy(DebeziumStack.withDebeziumsValues(replication.source()));
      replication
          .rest()
          .create(
              transformed(
                  JdbcSinkIT.jdbcSink(replication).with("collection.name.format", "t"),
                  Map.of(
                      "type",
                      "io.debezium.transforms.ExtractNewRecordState",
                      "add.fields",
                      "op,source.tick_id,source.txId,source.lsn")));
      await(replication, "r:1:a:1.50 r:2:b: r:3:c:3.00");
      sql(
          replication.provider(),
          "update t set v = 'x' where id = 1; delete from t where id = 2; insert into t values"
              + " (4)");
      await(replication, "u:1:x:1.50 r:3:c:3.00 c:4::");
    }
  }

  private static void await(Replication replication, String rows) {
    String all =
        "select string_agg(concat_ws(':', __op, id, coalesce(v, ''), coalesce(n::text, '')), ' '"
            + " order by id) from t";
    replication
        .await("the rows " + rows)
        .until(
            () ->
                scalar(replication.subscriber(), "select to_regclass('t')") == null
                    ? ""
                    : scalar(replication.subscriber(), all),
            rows::equals);
  }

  @Test
  void byLogicalTableRouter(LocalStack stack, DebeziumStack.Running debezium) throws Exception {
    try (Replication replication = debezium.replication(stack)) {
      replication.tables(
          "create table t_1 (id int primary key, v text); create table t_2 (like t_1 including"
              + " all)",
          "public.t_1",
          "public.t_2");
      sql(replication.provider(), "insert into t_1 values (1, 'a'), (2, 'b')");
      sql(replication.provider(), "insert into t_2 values (1, 'c')");
      replication.deploy(DebeziumStack.withDebeziumsValues(replication.source()));
      replication
          .rest()
          .create(
              transformed(
                  JdbcSinkIT.jdbcSink(replication).with("collection.name.format", "all_rows"),
                  Map.of(
                      "type",
                      "io.debezium.transforms.ByLogicalTableRouter",
                      "topic.regex",
                      "(.*)\\.t_\\d",
                      "topic.replacement",
                      "$1.all")));
      replication
          .await("all tables")
          .until(() -> scalar(replication.subscriber(), "select to_regclass('all_rows')") != null);
      sql(replication.provider(), "update t_2 set v = 'd'; delete from t_1 where id = 1");
      replication
          .await("the rows of both tables")
          .until(
              () ->
                  scalar(
                      replication.subscriber(),
                      "select string_agg(id || v, ' ' order by v) from all_rows"),
              "2b 1d"::equals);
    }
  }

  @Test
  void cloudEvents(LocalStack stack, DebeziumStack.Running debezium) throws Exception {
    try (Replication replication = debezium.replication(stack)) {
      replication.tables("create table t (id int primary key, v text)", "public.t");
      replication.deploy(
          DebeziumStack.withDebeziumsValues(replication.source())
              .without("value.converter.schemas.enable")
              .with("value.converter", "io.debezium.converters.CloudEventsConverter")
              .with("value.converter.serializer.type", "json")
              .with("value.converter.data.serializer.type", "json"));
      sql(replication.provider(), "insert into t values (1, 'a')");
      TopicReader topics = new TopicReader(stack.kafka().bootstrapServers());
      String topic = replication.name() + ".public.t";
      List<JsonNode> events =
          replication
              .await("an event in " + topic)
              .until(
                  () -> topics.exists(topic) ? topics.values(topic) : List.<JsonNode>of(),
                  found -> !found.isEmpty());
      assertThat(events.get(0).get("specversion").asText()).isEqualTo("1.0");
      assertThat(events.get(0).get("iodebeziumop").asText()).isEqualTo("c");
      assertThat(events.get(0).get("iodebeziumtable").asText()).isEqualTo("t");
      assertThat(events.get(0).at("/data/payload/after/v").asText()).isEqualTo("a");
    }
  }

  private static ConnectorConfig transformed(ConnectorConfig sink, Map<String, String> transform) {
    ConnectorConfig with = sink.with("transforms", "one");
    for (Map.Entry<String, String> entry : transform.entrySet()) {
      with = with.with("transforms.one." + entry.getKey(), entry.getValue());
    }
    return with;
  }
}
