/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigValue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.postgres.Grant;
import org.pgqconnect.postgres.Revocation;
import org.pgqconnect.sink.install.SubscriberGrants;
import org.pgqconnect.sink.install.SubscriberInstaller;
import org.pgqconnect.sink.testing.TestDatabase;

/** Each problem of a configuration appears on the key that fixes it. */
class ValidationIT {
  private final TestDatabase database = new TestDatabase();

  @AfterEach
  void close() {
    database.close();
  }

  private Map<String, List<String>> problems(String... more) {
    Map<String, List<String>> problems = new TreeMap<>();
    for (ConfigValue value :
        new PgqSinkConnector().validate(database.config(more)).configValues()) {
      if (!value.errorMessages().isEmpty()) {
        problems.put(value.name(), value.errorMessages());
      }
    }
    return problems;
  }

  private void expect(String key, String message, String... more) {
    Map<String, List<String>> problems = problems(more);
    assertThat(problems).containsOnlyKeys(key);
    assertThat(problems.get(key).get(0)).contains(message);
  }

  @Test
  void acceptsAGoodConfiguration() {
    assertThat(problems()).isEmpty();
  }

  @Test
  void reportsWhatCannotBeReached() {
    expect("database.hostname", "Cannot reach the subscriber 127.0.0.1:1/", "database.port", "1");
    expect("database.dbname", "Database \"nowhere\" does not exist", "database.dbname", "nowhere");
    expect(
        "database.password",
        "The password for role \"nobody\" was rejected",
        "database.user",
        "nobody");
  }

  @Test
  void aRoleThatCannotLogInIsReported() {
    database.run(
        """
        DO $$ BEGIN
          CREATE ROLE locked NOLOGIN PASSWORD 'locked';
        EXCEPTION WHEN duplicate_object THEN NULL;
        END $$\
        """);
    expect("database.user", "Role \"locked\" cannot log in", "database.user", "locked");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"::1", "[::1]", "[::1]:PORT", "127.0.0.1, ::1", "localhost:PORT , [::1]:PORT"})
  void reachesAServerByWhatItIsCalled(String host) {
    assumeTrue(listensOnIpv6(), "PostgreSQL does not listen on ::1 here");
    String port = String.valueOf(TestDatabase.port());
    assertThat(
            problems(
                "database.hostname",
                host.replace("PORT", port),
                "database.port",
                host.contains("PORT") ? "1" : port))
        .isEmpty();
  }

  private static boolean listensOnIpv6() {
    try (Socket socket = new Socket("::1", TestDatabase.port())) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void hintsAboutAnIpv6AddressCanBeRun() {
    expect(
        "database.hostname",
        "(pg_isready -h ::1 -p 1)",
        "database.hostname",
        "::1",
        "database.port",
        "1");
  }

  @Test
  void aDatabaseMayBeCalledAsItLikes() {
    String odd = "odd?socketFactory=x&loggerFile=y/" + database.name;
    database.run("CREATE DATABASE \"" + odd + "\"");
    try {
      assertThat(problems("database.dbname", odd)).isEmpty();
    } finally {
      database.run("DROP DATABASE \"" + odd + "\"");
    }
  }

  /** Whoever may validate a configuration may neither load a class nor write a file. */
  @Test
  void theDriversDangerousPropertiesDoNothing(@TempDir Path directory) {
    Path log = directory.resolve("driver.log");
    for (String property :
        List.of(
            "socketFactory",
            "sslfactory",
            "sslhostnameverifier",
            "sslpasswordcallback",
            "authenticationPluginClassName",
            "xmlFactoryFactory",
            "connectExecutor")) {
      String key = "database.jdbc." + property;
      expect(
          key, key + " is not allowed", key, Loaded.class.getName(), "database.sslmode", "require");
    }
    expect(
        "database.jdbc.loggerFile",
        "Allowed properties: ",
        "database.jdbc.loggerFile",
        log.toString());
    expect(
        "database.hostname",
        "names more than hosts",
        "database.hostname",
        "127.0.0.1:%d/%s?loggerFile=%s&loggerLevel=TRACE"
            .formatted(TestDatabase.port(), database.name, log));
    assertThat(log).doesNotExist();
    assertThat(System.getProperty(Loaded.MARK)).isNull();
  }

  /** Leaves a mark when it is loaded. */
  public static final class Loaded {
    static final String MARK = "pgqconnect.test.loaded";

    static {
      System.setProperty(MARK, "true");
    }

    private Loaded() {}
  }

  @Test
  void reportsMisspeltKeys() {
    expect(
        "table.includ.list",
        "There is no key table.includ.list, so its value would have no effect. Did you mean"
            + " table.include.list?",
        "table.includ.list",
        "public\\..*");
    expect("buffer.max.row", "Did you mean buffer.max.rows?", "buffer.max.row", "1000");
    assertThat(problems("acme.owner", "team", "transforms.x.anything", "y")).isEmpty();
  }

  @Test
  void reportsMoreTasksThanOne() {
    expect(
        "tasks.max",
        "Set tasks.max to 1. To use more workers, spread the tables over several queues",
        "tasks.max",
        "4");
  }

  @Test
  void reportsTopicsThatBelongToNoQueue() {
    expect(
        "topics.regex",
        "topics.regex must name topic bank.transaction as well",
        "topics.regex",
        "bank\\.public\\..*");
    expect("topics.regex", "is not a regular expression", "topics.regex", "bank\\.(");
    expect("table.include.list", "is not a regular expression", "table.include.list", "public.(");
    Map<String, String> config = database.config("topics", "bank.transaction,shop.public.t");
    config.remove("topics.regex");
    ConfigValue topics =
        new PgqSinkConnector()
            .validate(config).configValues().stream()
                .filter(value -> value.name().equals("topics"))
                .findFirst()
                .orElseThrow();
    assertThat(topics.errorMessages().get(0))
        .contains("Topic shop.public.t does not belong to the queue with topic.prefix \"bank\"")
        .contains("need a sink connector of their own");
  }

  @Test
  void reportsMissingRights() throws SQLException {
    database.run(
        """
        DO $$ BEGIN
          CREATE ROLE weak LOGIN PASSWORD 'weak';
        EXCEPTION WHEN duplicate_object THEN NULL;
        END $$\
        """);
    String[] weak = {"database.user", "weak", "database.password", "weak"};
    expect("database.user", "./pgq-connect subscriber install", weak);
    try (Connection connection = database.connectAs("postgres")) {
      SubscriberInstaller.install(connection);
      SubscriberInstaller.install(connection);
      expect("database.user", "GRANT USAGE ON SCHEMA pgq_connect TO \"weak\"", weak);
      SubscriberInstaller.grant(connection, "weak");
      for (Grant grant : SubscriberGrants.ALWAYS) {
        database.run(Revocation.of(grant, "weak"));
        expect("database.user", "Role \"weak\" cannot write the position tables", weak);
        SubscriberInstaller.grant(connection, "weak");
      }
      assertThat(problems(weak)).isEmpty();
      database.run(
          """
          CREATE TABLE t (id int);
          INSERT INTO pgq_connect.subscription (name, topic_prefix) VALUES ('test-sink', 'bank');
          INSERT INTO pgq_connect.subscribed_table VALUES ('test-sink', 'public', 't', 'ok')\
          """);
      expect("database.user", "Role \"weak\" cannot write table public.t on the subscriber", weak);
      SubscriberInstaller.uninstall(connection);
      assertThat(SubscriberInstaller.isInstalled(connection)).isFalse();
      assertThat(database.value("SELECT to_regnamespace('pgq_connect')")).isEqualTo("null");
    }
  }

  @Test
  void reportsMalformedValuesWithoutAskingTheServer() {
    expect("apply.max.rows", "Value must be at least 1", "apply.max.rows", "0");
    expect("topic.prefix", "String must be non-empty", "topic.prefix", "");
  }
}
