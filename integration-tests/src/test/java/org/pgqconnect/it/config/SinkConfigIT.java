/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.it.stack.Replication.sql;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.connect.ConnectorConfig;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.LocalStack;

/** What is wrong with a sink's configuration is said by validation, on the key that is wrong. */
@ExtendWith(TestStack.class)
class SinkConfigIT {
  private static Replication replication;

  @BeforeAll
  static void prepare(LocalStack stack) throws Exception {
    replication = Replication.installingItself(stack);
  }

  @AfterAll
  static void close() throws Exception {
    replication.close();
  }

  private static void assertProblem(ConnectorConfig config, String key, String... message) {
    Map<String, List<String>> errors = replication.rest().validate(config);
    assertThat(errors).containsOnlyKeys(key);
    assertThat(String.join("\n", errors.get(key))).contains(message);
  }

  @Test
  void aSoundOne() {
    assertThat(replication.rest().validate(replication.sink())).isEmpty();
  }

  @Test
  void severalTasks() {
    assertProblem(
        replication.sink().with("tasks.max", "4"),
        "tasks.max",
        "tasks.max is 4, but one task applies all tables of a queue",
        "Set tasks.max to 1",
        "one sink connector for each");
  }

  @Test
  void transactionTopicIsMissing() {
    assertProblem(
        replication.sink().with("topics.regex", replication.name() + "\\.public\\..*"),
        "topics.regex",
        "topics.regex must name topic %s.transaction as well".formatted(replication.name()));
  }

  @Test
  void topicsOfAnUnknownQueue() {
    assertProblem(
        replication.sink().with("topics.regex", "other\\..*"),
        "topics.regex",
        "must name topic %s.transaction as well".formatted(replication.name()),
        "If the queue has another prefix, correct topic.prefix (now \"%s\")"
            .formatted(replication.name()));
    assertProblem(
        replication
            .sink()
            .without("topics.regex")
            .with("topics", replication.name() + ".transaction,other.public.t"),
        "topics",
        "Topic other.public.t does not belong to the queue with topic.prefix \"%s\""
            .formatted(replication.name()),
        "Remove it from topics");
  }

  @Test
  void notARegularExpression() {
    assertProblem(
        replication.sink().with("table.include.list", "public.(t"),
        "table.include.list",
        "is not a regular expression: Unclosed group");
  }

  @Test
  void wrongPassword() {
    assertProblem(
        replication.sink().with("database.password", "wrong"),
        "database.password",
        "The password for role \"installing_replicator\" was rejected by the subscriber 127.0.0.1:",
        "Correct database.password");
  }

  @Test
  void wrongDatabase() {
    assertProblem(
        replication.sink().with("database.dbname", "no_such_db"),
        "database.dbname",
        "Database \"no_such_db\" does not exist on 127.0.0.1:");
  }

  @Test
  void serverDown() {
    assertProblem(
        replication.sink().with("database.port", "1"),
        "database.hostname",
        "Cannot reach the subscriber 127.0.0.1:1/",
        "pg_isready -h 127.0.0.1 -p 1");
  }

  @Test
  void roleThatMayNotCreateTheSchema() throws Exception {
    String database = replication.sink().config().get("database.dbname");
    sql(replication.subscriber(), "create role powerless login password 'secret'");
    assertProblem(
        replication.sink().with("database.user", "powerless"),
        "database.user",
        "role \"powerless\" cannot create it",
        "./pgq-connect subscriber install",
        "GRANT CREATE ON DATABASE \"%s\" TO \"powerless\"".formatted(database));
  }
}
