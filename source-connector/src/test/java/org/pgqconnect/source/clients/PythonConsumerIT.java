/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.source.clients.ClientServer.newDatabase;
import static org.pgqconnect.source.clients.ClientServer.run;
import static org.pgqconnect.source.clients.ClientServer.text;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pgqconnect.connect.Await;
import org.pgqconnect.local.londiste.PythonConsumer;
import org.pgqconnect.local.postgres.PostgresServer;

/** Consumers on Debian's {@code python3-pgq} read queues of the built-in engine. */
@Execution(ExecutionMode.CONCURRENT)
class PythonConsumerIT {

  private static final Duration TIMEOUT = Duration.ofSeconds(40);

  @ParameterizedTest
  @EnumSource(ClientServer.class)
  void consumesEachEventOnceAndARetriedOneAgain(ClientServer where) throws Exception {
    ClientServer.skipWithout(PythonConsumer.unavailable());
    PostgresServer server = where.server();
    String database = database(server);
    try (PythonConsumer consumer =
        PythonConsumer.start(server, database, "q", "recorder", program())) {
      awaitRegistered(server, database, consumer, "recorder");
      List<String> expected = new ArrayList<>();
      // More than one fetch of its cursor, which takes 300 rows.
      insert(
          server,
          database,
          "select pgq.insert_event('q', 'n', 'é|' || n, 'x' || n, null, null,"
              + " null) from generate_series(1, 700) n");
      for (int n = 1; n <= 700; n++) {
        expected.add("%d|n|é|%d|x%d|done".formatted(n, n, n));
      }
      expected.add("batch|700");
      tick(server, database);
      assertThat(awaitLast(consumer, "batch|700")).isEqualTo(expected);

      insert(server, database, "select pgq.insert_event('q', 'retry', 'r')");
      insert(server, database, "select pgq.insert_event('q', 'n', null)");
      expected.addAll(List.of("701|retry|r|None|again", "702|n|None|None|done", "batch|2"));
      tick(server, database);
      assertThat(awaitLast(consumer, "batch|2")).isEqualTo(expected);

      await("the retried event in the queue again", consumer)
          .until(() -> text(server, database, "select pgq.maint_retry_events()"), "1"::equals);
      expected.addAll(List.of("701|retry|r|None|done", "batch|1"));
      tick(server, database);
      assertThat(awaitLast(consumer, "batch|1")).isEqualTo(expected);
      await("the end of the last batch", consumer)
          .until(
              () ->
                  text(
                      server,
                      database,
                      "select last_tick = (select max(tick_id) from pgq.tick)"
                          + " from pgq.get_consumer_info('q', 'recorder')"),
              "t"::equals);
    }
  }

  @ParameterizedTest
  @EnumSource(ClientServer.class)
  void aKilledConsumerGetsItsOpenBatchAgain(ClientServer where) throws Exception {
    ClientServer.skipWithout(PythonConsumer.unavailable());
    PostgresServer server = where.server();
    String database = database(server);
    try (PythonConsumer consumer =
        PythonConsumer.start(server, database, "q", "recorder", program())) {
      awaitRegistered(server, database, consumer, "recorder");
      insert(server, database, "select pgq.insert_event('q', 'n', 'first')");
      insert(server, database, "select pgq.insert_event('q', 'hang', 'second')");
      tick(server, database);
      awaitLast(consumer, "2|hang|second|None|done");
      consumer.kill();
      insert(server, database, "select pgq.insert_event('q', 'n', 'later')");
      tick(server, database);
      consumer.start();
      await("the open batch again", consumer)
          .until(() -> consumer.lines("seen").size(), seen -> seen >= 4);
      // The event of the later batch must not come before the end of the open one.
      assertThat(consumer.lines("seen"))
          .containsExactly(
              "1|n|first|None|done",
              "2|hang|second|None|done",
              "1|n|first|None|done",
              "2|hang|second|None|done");
      consumer.write("go");
      awaitLast(consumer, "batch|1");
      assertThat(consumer.lines("seen").subList(4, 7))
          .containsExactly("batch|2", "3|n|later|None|done", "batch|1");
    }
  }

  @ParameterizedTest
  @EnumSource(ClientServer.class)
  void aLocalConsumerKeepsItsPositionInAFileAndGoesBackInTheQueue(ClientServer where)
      throws Exception {
    ClientServer.skipWithout(PythonConsumer.unavailable());
    PostgresServer server = where.server();
    String database = database(server);
    try (PythonConsumer consumer =
        PythonConsumer.start(
            server, database, "q", "local", program(), "local_tracking_file = %s/tick")) {
      awaitRegistered(server, database, consumer, "local");
      insert(server, database, "select pgq.insert_event('q', 'n', 'a')");
      tick(server, database);
      awaitLast(consumer, "1|n|a|None|done");
      await("its position", consumer)
          .until(() -> consumer.lines("tick"), tick -> tick.equals(List.of("2")));
      consumer.kill();
      // As if the file had been restored from a backup: register_consumer_at takes it back.
      consumer.write("tick", "1");
      consumer.start();
      await("the event again", consumer)
          .until(
              () -> consumer.lines("seen"), List.of("1|n|a|None|done", "1|n|a|None|done")::equals);
    }
  }

  private static String database(PostgresServer server) throws Exception {
    String database = newDatabase(server);
    // Every call of the ticker makes a tick. The ids of events then count by one, as force_tick's
    // do not.
    run(
        server,
        database,
        """
        select pgq.create_queue('q');
        select pgq.set_queue_config('q', 'ticker_max_count', '1');
        select pgq.set_queue_config('q', 'ticker_max_lag', '0');
        select pgq.set_queue_config('q', 'ticker_idle_period', '0');
        """);
    return database;
  }

  private static void insert(PostgresServer server, String database, String sql) throws Exception {
    run(server, database, sql);
  }

  private static void tick(PostgresServer server, String database) throws Exception {
    run(server, database, "select pgq.ticker('q')");
  }

  private static void awaitRegistered(
      PostgresServer server, String database, PythonConsumer consumer, String name) {
    await("the consumer's registration", consumer)
        .until(
            () ->
                text(
                    server,
                    database,
                    "select count(*) from pgq.get_consumer_info('q', '" + name + "')"),
            "1"::equals);
  }

  private static List<String> awaitLast(PythonConsumer consumer, String line) {
    return await("the consumer to see " + line, consumer)
        .until(
            () -> consumer.lines("seen"),
            seen -> !seen.isEmpty() && seen.get(seen.size() - 1).equals(line));
  }

  private static Await await(String what, PythonConsumer consumer) {
    return Await.atMost(TIMEOUT, what).unless(consumer::ended);
  }

  private static String program() throws IOException {
    try (InputStream program = PythonConsumerIT.class.getResourceAsStream("consumer.py")) {
      return new String(program.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
