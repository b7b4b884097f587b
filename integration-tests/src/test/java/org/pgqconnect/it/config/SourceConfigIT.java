/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.pgqconnect.it.stack.Replication.sql;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.connect.ConnectRestException;
import org.pgqconnect.connect.ConnectorConfig;
import org.pgqconnect.it.stack.Cli;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.LocalStack;

/**
 * What is wrong with a source's configuration is said by {@code PUT
 * /connector-plugins/../config/validate}, on the key that is wrong, before anything is created.
 */
@ExtendWith(TestStack.class)
class SourceConfigIT {
  private static Replication replication;

  @BeforeAll
  static void prepare(LocalStack stack) throws Exception {
    replication = Replication.installingItself(stack);
    replication.tables("create table t (id int primary key)", "public.t");
    sql(
        replication.provider(),
        """
        create table no_key (id int, v text);
        create table no_rights (id int primary key);
        grant select, trigger on no_key to installing_replicator\
        """);
  }

  @AfterAll
  static void close() throws Exception {
    replication.close();
  }

  private static void assertProblem(ConnectorConfig config, String key, String... message) {
    Map<String, List<String>> errors = replication.rest().validate(config);
    assertThat(errors).containsKey(key);
    assertThat(String.join("\n", errors.get(key))).contains(message);
  }

  @Test
  void aSoundOne() {
    assertThat(replication.rest().validate(replication.source())).isEmpty();
  }

  @Test
  void wrongPassword() {
    assertProblem(
        replication.source().with("database.password", "wrong-one"),
        "database.password",
        "The password for role \"installing_replicator\" was rejected by the provider 127.0.0.1:",
        "Correct database.password",
        "\\password installing_replicator");
    assertThat(
            replication
                .rest()
                .validate(replication.source().with("database.password", "wrong-one"))
                .toString())
        .doesNotContain("wrong-one");
  }

  @Test
  void debeziumsValuesWithoutSchemas() {
    assertProblem(
        replication
            .source()
            .with("values", "debezium")
            .with("value.converter", "org.apache.kafka.connect.json.JsonConverter")
            .with("value.converter.schemas.enable", "false"),
        "values",
        "value.converter=org.apache.kafka.connect.json.JsonConverter writes no schema",
        "value.converter.schemas.enable=true");
  }

  @Test
  void unknownRole() {
    assertProblem(
        replication.source().with("database.user", "nobody_here"),
        "database.password",
        "role \"nobody_here\"");
  }

  @Test
  void wrongDatabase() {
    assertProblem(
        replication.source().with("database.dbname", "no_such_db"),
        "database.dbname",
        "Database \"no_such_db\" does not exist on 127.0.0.1:",
        "Correct database.dbname",
        "psql -h 127.0.0.1 -p ");
  }

  @Test
  void serverDown() {
    ConnectorConfig config = replication.source().with("database.port", "1");
    assertProblem(
        config,
        "database.hostname",
        "Cannot reach the provider 127.0.0.1:1/",
        "pg_isready -h 127.0.0.1 -p 1");
    assertThatThrownBy(() -> replication.rest().create(config))
        .isInstanceOf(ConnectRestException.class)
        .hasMessageContaining("pg_isready -h 127.0.0.1 -p 1");
  }

  @Test
  void tableWithoutPrimaryKey() {
    assertProblem(
        replication.source().with("table.include.list", "public\\.no_key"),
        "table.include.list",
        "Table public.no_key has no primary key",
        "ALTER TABLE \"public\".\"no_key\" ADD COLUMN row_id bigint GENERATED ALWAYS AS IDENTITY"
            + " PRIMARY KEY");
  }

  @Test
  void roleWithoutTriggerRight() {
    assertProblem(
        replication.source().with("table.include.list", "public\\.no_rights"),
        "table.include.list",
        "Role \"installing_replicator\" cannot create triggers on table public.no_rights",
        "GRANT TRIGGER ON public.no_rights TO \"installing_replicator\"",
        "Role \"installing_replicator\" cannot read table public.no_rights",
        "GRANT SELECT ON \"public\".\"no_rights\" TO \"installing_replicator\"");
  }

  @Test
  void noTableMatches() {
    assertProblem(
        replication.source().with("table.include.list", "public\\.T"),
        "table.include.list",
        "No table of database \"%s\" matches [public\\.T]"
            .formatted(replication.providerDatabase()),
        "e.g. public.accounts");
  }

  @Test
  void notARegularExpression() {
    assertProblem(
        replication.source().with("table.include.list", "public.(t"),
        "table.include.list",
        "public.(t",
        "not a regular expression: Unclosed group");
  }

  @Test
  void topicPrefixThatKafkaRefuses() {
    assertProblem(
        replication.source().with("topic.prefix", "a b"),
        "topic.prefix",
        "topic names may hold letters, digits, dot, underscore and hyphen only");
  }

  @Test
  void pgqIsNotInstalled(LocalStack stack) throws Exception {
    try (Replication bare = Replication.installingItself(stack)) {
      bare.tables("create table t (id int primary key)", "public.t");
      if (TestStack.hasExtension()) {
        sql(bare.provider(), "drop extension pgq cascade");
      }
      assertProblem(
          bare.source().with("provision", "none"),
          "database.dbname",
          "PgQ is not installed in database \"%s\"".formatted(bare.providerDatabase()),
          " --queue " + bare.name());
      sql(
          bare.provider(),
          "revoke create on database %s from installing_replicator"
              .formatted(bare.providerDatabase()));
      assertProblem(
          bare.source(),
          "database.dbname",
          "role \"installing_replicator\" cannot create schemas in it",
          " --queue " + bare.name());
    }
  }

  @Test
  void queueThatDoesNotExist(LocalStack stack) throws Exception {
    try (Replication installed = Replication.installingItself(stack)) {
      installed.tables("create table t (id int primary key)", "public.t");
      Cli.run("provider", "install", "--config", installed.file(installed.source()))
          .requireSuccess();
      Cli.run("provider", "add", "--config", installed.file(installed.source()), "public.t")
          .requireSuccess();
      assertThat(installed.rest().validate(installed.source().with("provision", "none"))).isEmpty();
      assertProblem(
          installed.source().with("provision", "none").with("queue.name", "missing"),
          "queue.name",
          "Queue \"missing\" does not exist on the provider",
          " --queue missing",
          "select pgq.create_queue('missing')");
    }
  }
}
