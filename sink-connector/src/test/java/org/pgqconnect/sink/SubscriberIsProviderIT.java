/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.pgqconnect.failure.Printed.statement;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.pgqconnect.sink.install.SubscriberInstaller;
import org.pgqconnect.sink.testing.TestDatabase;
import org.pgqconnect.sink.testing.TestProvider;
import org.pgqconnect.sink.testing.TestQueue;
import org.pgqconnect.sink.testing.TestWorker;
import org.pgqconnect.source.engine.EngineInstaller;
import org.pgqconnect.source.engine.TickerSettings;

/** A database may be subscriber and provider at once, but not of itself. */
class SubscriberIsProviderIT {
  private static final TestQueue.Table T = TestQueue.table("public.t", 1, "id bigint", "v text");

  private final TestDatabase database = new TestDatabase();

  @BeforeEach
  void createTable() {
    database.run("CREATE TABLE t (id bigint PRIMARY KEY, v text)");
  }

  @AfterEach
  void close() {
    database.close();
  }

  private void becomeProvider() throws SQLException {
    try (Connection connection = database.connectAs("postgres")) {
      new EngineInstaller().install(connection);
    }
  }

  @Test
  void aSinkThatIsPointedAtTheProviderItselfStopsBeforeItWrites() throws Exception {
    database.run("INSERT INTO t VALUES (1, 'published')");
    try (TestWorker worker = new TestWorker(database.config(), false);
        TestProvider source = new TestProvider(database)) {
      while (!worker.has(TestQueue.TOPICS.transaction())) {
        source.poll(worker);
      }
      database.run("UPDATE t SET v = 'present'");
      worker.start();
      assertThatThrownBy(worker::drain)
          .isInstanceOf(ConnectException.class)
          .hasMessageContaining(
              "the database that subscription test-sink writes, 127.0.0.1:%d/%s, has that identity: it is the provider itself"
                  .formatted(TestDatabase.port(), database.name))
          .hasMessageContaining("Nothing of the batch was applied")
          .satisfies(
              e ->
                  database.run(
                      statement(e.getMessage(), "(DELETE FROM pgq_connect.subscription .*?;)")));
    }
    assertThat(database.rows("SELECT * FROM t")).containsExactly("1|present");
    assertThat(database.rows("SELECT * FROM pgq_connect.subscribed_table")).isEmpty();
    assertThat(database.rows("SELECT * FROM pgq_connect.subscription")).isEmpty();
  }

  /** Its triggers have to fire for the sink: each part may belong to a role of its own. */
  @Test
  void whoCapturesATableKnowsThatASinkOfAnotherRoleWritesIt() throws SQLException {
    String role = "capturer_of_" + database.name;
    try (Connection connection = database.connectAs("postgres");
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE ROLE " + role);
      statement.execute("GRANT CREATE ON DATABASE " + database.name + " TO " + role);
      statement.execute("GRANT SELECT, TRIGGER ON t TO " + role);
      statement.execute("SET ROLE " + role);
      new EngineInstaller().install(connection);
      new EngineInstaller().createQueue(connection, "q", TickerSettings.embedded());
      statement.execute("RESET ROLE");
      SubscriberInstaller.install(connection);
      SubscriberInstaller.install(connection);
      statement.execute(
          "INSERT INTO pgq_connect.subscription (name, topic_prefix) VALUES ('s', 'p')");
      statement.execute(
          "INSERT INTO pgq_connect.subscribed_table (subscription, table_schema, table_name, state)"
              + " VALUES ('s', 'public', 't', 'ok')");
      statement.execute("SET ROLE " + role);
      statement.execute("SELECT pgq_connect.add_table('q', 't')");
      try (ResultSet state =
          statement.executeQuery("SELECT state, detail FROM pgq_connect.capture_status('q')")) {
        state.next();
        assertThat(state.getString(1)).isEqualTo("replication missed");
        assertThat(state.getString(2)).startsWith("a sink of pgq-connect writes to it");
      }
      statement.execute("RESET ROLE");
      statement.execute("DROP OWNED BY " + role + " CASCADE");
      statement.execute("DROP ROLE " + role);
    }
  }

  @Test
  void aSubscriberThatIsAProviderTooTakesWhatComesFromElsewhere() throws SQLException {
    becomeProvider();
    try (TestWorker worker = new TestWorker(database.config(), false)) {
      new TestQueue(worker).batch(0, 1).begin().r(T, 1L, "a").copied(T, false).end();
      worker.start();
      worker.drain();
    }
    assertThat(database.rows("SELECT * FROM t")).containsExactly("1|a");
  }

  @Test
  void aRoleThatMayNotReadWhichProviderItIsIsRefusedUntilItMay() throws SQLException {
    becomeProvider();
    database.createPlainWriter();
    try (Connection connection = database.connectAs("postgres")) {
      SubscriberInstaller.install(connection);
    }
    database.run("GRANT USAGE ON SCHEMA pgq_connect TO plain");
    database.run(
        "GRANT ALL ON pgq_connect.subscription, pgq_connect.subscribed_table,"
            + " pgq_connect.copied_key TO plain");
    assertThat(problemOfUser())
        .contains("is a provider, too, and role \"plain\" cannot read which one")
        .satisfies(
            said ->
                database.run(statement(said, "(GRANT SELECT ON pgq_connect.provider TO .*?;)")));
    database.run("REVOKE UPDATE ON pgq_connect.subscription FROM plain");
    // The provider's part is none of the sink's business: mask_salt holds secrets.
    assertThat(problemOfUser())
        .contains(
            "GRANT SELECT, INSERT, UPDATE ON pgq_connect.subscription, pgq_connect.subscribed_table"
                + " TO \"plain\";")
        .doesNotContain("ALL TABLES");
    try (Connection connection = database.connectAs("postgres")) {
      SubscriberInstaller.grant(connection, "plain");
    }
    assertThat(problemOfUser()).isEmpty();
  }

  private String problemOfUser() {
    return String.join(
        "",
        new PgqSinkConnector()
                .validate(database.config("database.user", "plain", "database.password", "plain"))
                .configValues()
                .stream()
                .filter(value -> value.name().equals("database.user"))
                .map(ConfigValue::errorMessages)
                .findFirst()
                .orElseThrow());
  }
}
