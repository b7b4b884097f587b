/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.converters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.it.stack.Replication.sql;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.connect.ConnectorConfig;
import org.pgqconnect.it.stack.RegistryStack;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.LocalStack;
import org.pgqconnect.local.registry.SchemaRegistry;
import org.pgqconnect.wire.PlainJsonConverter;

/** Replication through a schema registry, and what happens when it is not there or refuses. */
@ExtendWith({TestStack.class, RegistryStack.class})
class SchemaRegistryIT {
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void tablesAreAlteredWhileItRuns(boolean avro, LocalStack stack, RegistryStack.Running registry)
      throws Exception {
    try (Replication replication = registry.replication(stack)) {
      replication.tables(
          "create table t (id int primary key, v text, n int); create table u (id int primary key)",
          "public.t",
          "public.u");
      sql(replication.provider(), "insert into t select i, i, i from generate_series(1, 2000) i");
      deploy(replication, registry, avro);
      replication.awaitEqual();
      both(replication, "alter table t add column w numeric(10, 2)");
      write(
          replication,
          "insert into t values (3000, 'a', 1, 1.50); update t set w = n where id < 9");
      both(replication, "alter table t drop column v");
      write(replication, "insert into t values (3001, 2, 2.50); delete from t where id = 2");
      both(replication, "alter table t alter column n type bigint");
      write(
          replication,
          "update t set n = 9000000000 where id = 3; update t set id = -id where id = 4");
      // Larger than the sink's buffers: applied as it arrives.
      write(replication, "update t set w = id; insert into u select generate_series(1, 5000)");
      stop(replication, replication.sourceName());
      stop(replication, replication.sinkName(1));
      write(replication, "update t set n = n + 1 where id < 100", false);
      replication.rest().resume(replication.sourceName());
      replication.rest().resume(replication.sinkName(1));
      replication.awaitEqual();
    }
  }

  /** A column that is added NOT NULL has a default in Debezium's schemas, of any type. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void columnsWithDefaultsInDebeziumsTypes(
      boolean avro, LocalStack stack, RegistryStack.Running registry) throws Exception {
    try (Replication replication = registry.replication(stack)) {
      replication.tables(
          "create type mood as enum ('sad', 'o''k'); create table t (id int primary key, v text)",
          "public.t");
      sql(replication.provider(), "insert into t select i, i from generate_series(1, 10) i");
      UnaryOperator<ConnectorConfig> converters = avro ? registry::avro : registry::jsonSchema;
      replication.deploy(converters.apply(replication.source()).with("values", "debezium"));
      replication.deploy(converters.apply(replication.sink()));
      replication.awaitEqual();
      both(
          replication,
          """
          alter table t
            add a bool not null default true, add b int not null default 5, add c numeric(9,2) not null default 1.50,
            add d numeric not null default 2.5, add e bytea not null default '\\x00ff',
            add f date not null default '2026-01-01', add g timestamptz not null default '2026-01-01 00:00+00',
            add h mood not null default 'o''k', add i int[] not null default '{1,2}', add j bit(5) not null default b'10110',
            add k text not null default E'a\\\\b''c', add l float8 not null default 0.1, add m jsonb not null default '{}',
            add n interval not null default '1 day', add o time not null default '12:00',
            add p timestamp not null default '2026-01-01', add q numeric not null default 'NaN'\
          """);
      write(
          replication,
          "update t set v = 'x', q = 1 where id < 3; insert into t (id, q) values (100, 7)");
      both(replication, "alter table t alter b drop not null");
      write(replication, "update t set b = null, q = 2 where id = 1");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"avro", "avro_unicode"})
  void namesThatAvroForbidsAreAdjusted(
      String mode, LocalStack stack, RegistryStack.Running registry) throws Exception {
    try (Replication replication = registry.replication(stack)) {
      replication.tables(
          """
          create table "1-t" ("my-id" int, id_2 text, "my-col" text, "1st" int, "ü ö" numeric,
                              primary key ("my-id", id_2))\
          """,
          "public.1-t");
      sql(replication.provider(), "insert into \"1-t\" values (1, 'a', 'b', 2, 3.5)");
      String prefix = "av-" + replication.name();
      ConnectorConfig source =
          registry
              .avro(replication.source())
              .with("topic.prefix", prefix)
              .with("topic.creation.boundaries.include", prefix + "\\.transaction")
              .with("schema.name.adjustment.mode", mode)
              .with("field.name.adjustment.mode", mode);
      replication.deploy(source);
      replication.deploy(
          registry
              .avro(replication.sink())
              .with("topic.prefix", prefix)
              .with("topics.regex", prefix + "\\..*"));
      replication.awaitCopied();
      write(replication, "insert into \"1-t\" values (2, 'c', null, 4, 5), (3, 'd', 'x', 1, 1)");
      write(replication, "update \"1-t\" set \"my-col\" = 'z', \"my-id\" = 7 where id_2 = 'c'");
      write(replication, "delete from \"1-t\" where \"1st\" = 2");
      replication.awaitEqual();
    }
  }

  @Test
  void namesThatAvroForbidsAreRefused(LocalStack stack, RegistryStack.Running registry)
      throws Exception {
    try (Replication replication = registry.replication(stack)) {
      replication.tables("create table t (id int primary key, \"my-col\" text)", "public.t");
      sql(replication.provider(), "insert into t values (1, 'a')");
      replication.create(registry.avro(replication.source()));
      assertThat(failure(replication, replication.sourceName()))
          .contains("Rows of table public.t cannot be published in Avro")
          .contains("columns \"my-col\"")
          .contains("field.name.adjustment.mode=avro");
      replication
          .rest()
          .put(registry.avro(replication.source()).with("field.name.adjustment.mode", "avro"));
      replication.awaitRunsAgain(replication.sourceName());
      replication.deploy(registry.avro(replication.sink()));
      replication.awaitEqual();
    }
  }

  @Test
  void goesOnWhenTheRegistryIsBack(LocalStack stack, RegistryStack.Running registry)
      throws Exception {
    try (Replication replication = registry.replication(stack);
        SchemaRegistry own = SchemaRegistry.start()) {
      replication.tables("create table t (id int primary key)", "public.t");
      sql(replication.provider(), "insert into t values (1)");
      replication.deploy(registry.avro(replication.source(), own));
      replication.deploy(registry.avro(replication.sink(), own));
      replication.awaitEqual();
      own.stop();
      both(replication, "alter table t add column v text");
      write(replication, "insert into t values (2, 'b')", false);
      assertThat(failure(replication, replication.sourceName()))
          .contains("Tolerance exceeded in error handler")
          .contains("io.apicurio.registry.rest.client");
      own.launch();
      write(replication, "insert into t values (3, 'c')", false);
      replication.restartFailed(replication.sourceName());
      replication.awaitEqual();
    }
  }

  @Test
  void goesOnWhenASchemaIsAllowed(LocalStack stack, RegistryStack.Running registry)
      throws Exception {
    try (Replication replication = registry.replication(stack);
        SchemaRegistry own = SchemaRegistry.start()) {
      rule(own, "POST", "", "{\"type\": \"COMPATIBILITY\", \"config\": \"BACKWARD\"}");
      replication.tables("create table t (id int primary key, v text)", "public.t");
      sql(replication.provider(), "insert into t values (1, 'a')");
      replication.deploy(registry.avro(replication.source(), own).with("values", "debezium"));
      replication.deploy(registry.avro(replication.sink(), own));
      replication.awaitEqual();
      both(replication, "alter table t add column w text");
      write(replication, "insert into t values (2, 'b', 'c')");
      // A required field without a default: readers of the new schema could not read older rows.
      both(replication, "alter table t add column n numeric not null default 2.5");
      write(replication, "insert into t values (3, 'd', 'e', 1)", false);
      assertThat(failure(replication, replication.sourceName()))
          .contains("Tolerance exceeded in error handler")
          .containsIgnoringCase("incompatible");
      rule(own, "DELETE", "/COMPATIBILITY", "");
      write(replication, "delete from t where id = 2", false);
      replication.restartFailed(replication.sourceName());
      replication.awaitEqual();
    }
  }

  private static void rule(SchemaRegistry registry, String method, String path, String body)
      throws Exception {
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(registry.url() + "/admin/rules" + path))
                    .header("Content-Type", "application/json")
                    .method(method, HttpRequest.BodyPublishers.ofString(body))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isLessThan(300);
  }

  @Test
  void namesTheConverterThatDiffers(LocalStack stack, RegistryStack.Running registry)
      throws Exception {
    try (Replication replication = registry.replication(stack)) {
      replication.tables("create table t (id int primary key)", "public.t");
      sql(replication.provider(), "insert into t values (1)");
      replication.deploy(registry.avro(replication.source()));
      String json = PlainJsonConverter.class.getName();
      replication.create(
          replication.sink().with("key.converter", json).with("value.converter", json));
      assertThat(failure(replication, replication.sinkName(1)))
          .contains("A record of topic " + replication.name())
          .contains("is not JSON")
          .contains("key.converter and value.converter");
      replication.rest().put(registry.avro(replication.sink()));
      replication.awaitRunsAgain(replication.sinkName(1));
      replication.awaitEqual();
    }
  }

  private static void stop(Replication replication, String connector) {
    replication.rest().stop(connector);
    replication.rest().waitState(connector, "STOPPED", Replication.PATIENCE);
  }

  private static String failure(Replication replication, String connector) {
    return replication.rest().waitFailed(connector, Replication.PATIENCE);
  }

  private static void deploy(Replication replication, RegistryStack.Running registry, boolean avro)
      throws Exception {
    ConnectorConfig source = replication.source().with("copy.chunk.rows", "500");
    ConnectorConfig sink = replication.sink().with("buffer.max.rows", "2000");
    replication.deploy(avro ? registry.avro(source) : registry.jsonSchema(source));
    replication.deploy(avro ? registry.avro(sink) : registry.jsonSchema(sink));
    replication.awaitCopied();
  }

  private static void both(Replication replication, String ddl) throws Exception {
    for (Connection session : new Connection[] {replication.provider(), replication.subscriber()}) {
      sql(session, ddl);
    }
  }

  private static void write(Replication replication, String statements) throws Exception {
    write(replication, statements, true);
  }

  private static void write(Replication replication, String statements, boolean arrives)
      throws Exception {
    sql(replication.provider(), statements);
    if (arrives) {
      replication.awaitEqual();
    }
  }
}
