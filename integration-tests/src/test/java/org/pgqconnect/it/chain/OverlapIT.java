/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.it.stack.Replication.scalar;
import static org.pgqconnect.it.stack.Replication.sql;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.it.stack.TaskPair;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.postgres.PostgresServer;

/** A source that publishes again what lies before the subscriber's position. */
class OverlapIT {
  private static PostgresServer server;
  private static int number;

  private final TaskPair tasks = new TaskPair();
  private final String name = "o" + number++;
  private Connection provider;
  private Connection subscriber;

  @BeforeAll
  static void startServer() {
    server = TestStack.postgres().notDurable().start();
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @BeforeEach
  void createTables() throws Exception {
    provider = server.connect(server.createDatabase(name));
    subscriber = server.connect(server.createDatabase(name + "s"));
    for (Connection side : new Connection[] {provider, subscriber}) {
      sql(side, "create table t (id int primary key, v text)");
    }
    startSource();
    startSink();
    write(1, "first");
    awaitApplied();
  }

  @AfterEach
  void close() throws Exception {
    tasks.close();
    provider.close();
    subscriber.close();
  }

  private void startSource() {
    Map<String, String> config = connector("source", name);
    config.put("queue.name", "q");
    config.put("table.include.list", "public.t");
    tasks.startSource(config);
  }

  private void startSink() {
    Map<String, String> config = connector("sink", name + "s");
    config.put("topics.regex", "p\\..*");
    tasks.startSink("sink", config);
  }

  private static Map<String, String> connector(String connector, String database) {
    Map<String, String> config = new HashMap<>();
    config.put("name", connector);
    config.put("topic.prefix", "p");
    config.put("database.hostname", server.host());
    config.put("database.port", String.valueOf(server.port()));
    config.put("database.user", server.user());
    config.put("database.password", server.password());
    config.put("database.dbname", database);
    return config;
  }

  private void write(int id, String value) throws SQLException {
    sql(
        provider,
        "insert into t values (%d, '%s') on conflict (id) do update set v = excluded.v"
            .formatted(id, value));
  }

  private static String rows(Connection side) throws SQLException {
    return scalar(side, "select string_agg(id || ' ' || v, ', ' order by id) from t");
  }

  private long position() throws SQLException {
    return Long.parseLong(
        Optional.ofNullable(scalar(subscriber, "select tick_id from pgq_connect.subscription"))
            .orElse("0"));
  }

  private long consumerAt() throws SQLException {
    return Long.parseLong(
        scalar(provider, "select max(last_tick) from pgq.get_consumer_info('q')"));
  }

  private long lastTick() throws SQLException {
    return Long.parseLong(scalar(provider, "select max(tick_id) from pgq.tick"));
  }

  /** Leaves off as soon as the subscriber has it, which is before PgQ is told. */
  private void awaitApplied() throws Exception {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
    while (!rows(provider).equals(rows(subscriber))) {
      if (System.nanoTime() > until) {
        throw new AssertionError(rows(provider) + " here, " + rows(subscriber) + " there");
      }
      tasks.pollSource();
      while (tasks.pollSink("sink")) {
        continue;
      }
    }
  }

  /** As pgqd does while no connector runs, until one batch leads over the subscriber's position. */
  private void tickPast(long position) throws SQLException {
    sql(provider, "select pgq.set_queue_config('q', 'ticker_max_lag', '0')");
    int id = 100;
    do {
      write(id++, "unread");
      sql(provider, "select pgq.ticker('q')");
    } while (lastTick() < position + 3);
  }

  @Test
  void whatASourceWithoutAnOffsetPublishesAgainIsAppliedAsItIs() throws Exception {
    write(1, "second");
    write(2, "deleted");
    awaitApplied();
    tasks.stopSource();
    long position = position();
    assertThat(consumerAt()).isLessThan(position);
    sql(provider, "delete from t where id = 2");
    tickPast(position);
    tasks.setOffset(null);
    startSource();
    awaitApplied();
    assertThat(position()).isGreaterThan(position + 1);
  }

  @ParameterizedTest(name = "with an offset that lags: {0}")
  @ValueSource(booleans = {false, true})
  void aProviderThatWasRestoredAndTickedPastTheSubscriberStopsTheSink(boolean lags)
      throws Exception {
    tasks.stopSource();
    Map<String, ?> before = tasks.offset();
    provider.close();
    copyDatabase(name, name + "backup");
    provider = server.connect(name);
    startSource();
    write(1, "lost");
    write(2, "lost");
    awaitApplied();
    tasks.stopSource();
    long position = position();

    provider.close();
    try (Connection admin = server.connect("postgres")) {
      sql(admin, "drop database " + name + " with (force)");
    }
    copyDatabase(name + "backup", name);
    provider = server.connect(name);
    tickPast(position);
    tasks.setOffset(lags ? before : null);
    startSource();
    String failure = failure();
    assertThat(failure)
        .contains("Tick %d of queue q, from which batch (".formatted(position))
        .contains("The provider lost part of its history")
        .contains("./pgq-connect provider resync --prefix p");
    assertThat(rows(subscriber)).isEqualTo("1 lost, 2 lost");
    assertThat(position()).isEqualTo(position);

    int from = failure.indexOf("UPDATE pgq_connect.subscription");
    sql(subscriber, failure.substring(from, failure.indexOf("; and restart", from)));
    startSink();
    sql(provider, "update t set v = 'again' where id = 1; delete from t where id = 100");
    write(2, "again");
    awaitApplied();
  }

  private String failure() throws Exception {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(120);
    while (System.nanoTime() < until) {
      tasks.pollSource();
      try {
        tasks.pollSink("sink");
      } catch (ConnectException e) {
        return e.getMessage();
      }
    }
    throw new AssertionError("The sink did not stop; the subscriber has " + rows(subscriber));
  }

  private static void copyDatabase(String template, String copy) throws SQLException {
    try (Connection admin = server.connect("postgres")) {
      // Sessions that were closed just now may not have ended yet.
      sql(
          admin,
          "select pg_terminate_backend(pid, 60000) from pg_stat_activity where datname = '%s'"
              .formatted(template));
      sql(admin, "create database %s template %s".formatted(copy, template));
    }
  }
}
