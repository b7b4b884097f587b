/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import org.apache.kafka.common.config.Config;
import org.pgqconnect.config.ConfigProblems;
import org.pgqconnect.postgres.ConnectionConfig;
import org.pgqconnect.postgres.ConnectionFailure;
import org.pgqconnect.postgres.Database;
import org.pgqconnect.postgres.DriverProperties;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.sink.install.SubscriberRights;
import org.pgqconnect.sink.intake.TopicOwnership;

/**
 * Holds a configuration against itself and against the live subscriber; each problem on its key.
 */
final class SinkValidation {
  private final Map<String, String> given;
  private final ConfigProblems problems;

  /**
   * @param config what the definition found; findings are added to it
   */
  SinkValidation(Map<String, String> given, Config config) {
    this.given = given;
    this.problems = new ConfigProblems(config, given);
  }

  public void run() {
    problems.addAll(PgqSinkConfig.KEYS.misspelt(given.keySet()));
    problems.addAll(DriverProperties.problems(given));
    if (!problems.isEmpty()) {
      checkTasksMax();
      return; // The subscriber cannot be asked with half a configuration.
    }
    checkTasksMax();
    PgqSinkConfig parsed = new PgqSinkConfig(given);
    checkTopics(parsed);
    checkSubscriber(parsed);
  }

  private void checkTasksMax() {
    String tasks = given.getOrDefault(PgqSinkConfig.TASKS_MAX, "1").trim();
    if (tasks.matches("[0-9]{1,9}") && Integer.parseInt(tasks) > 1) {
      error(
          PgqSinkConfig.TASKS_MAX,
          ("tasks.max is %s, but one task applies all tables of a queue: two could not write one"
               + " batch in one transaction, and readers would see half of it. Set tasks.max to 1."
               + " To use more workers, spread the tables over several queues on the provider and"
               + " run one sink connector for each")
              .formatted(tasks));
    }
  }

  private void checkTopics(PgqSinkConfig parsed) {
    Map<String, String> wrong = parsed.regexProblems();
    problems.addAll(wrong);
    if (wrong.isEmpty()) {
      TopicOwnership ownership = parsed.ownership();
      ownership.problem().ifPresent(problem -> error(ownership.topicsKey(), problem));
    }
  }

  private void checkSubscriber(PgqSinkConfig parsed) {
    try (Connection connection =
        new Database(parsed.connection()).open("pgq-connect sink validation")) {
      Session session = new Session(connection);
      SubscriberRights.schemaProblem(session, parsed.connection())
          .ifPresentOrElse(
              problem -> error(ConnectionConfig.USER, problem), () -> checkTables(session, parsed));
    } catch (SQLException e) {
      ConnectionFailure failure = ConnectionFailure.explain("subscriber", parsed.connection(), e);
      error(failure.key(), failure.message());
    }
  }

  private void checkTables(Session session, PgqSinkConfig parsed) {
    try {
      SubscriberRights.tableProblems(session, parsed.subscription())
          .forEach(problem -> error(ConnectionConfig.USER, problem));
    } catch (SQLException e) {
      error(ConnectionConfig.USER, "The rights on the tables cannot be read: " + e.getMessage());
    }
  }

  private void error(String key, String message) {
    problems.add(key, message);
  }
}
