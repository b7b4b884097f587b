/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.source.clients.ClientServer.newDatabase;
import static org.pgqconnect.source.clients.ClientServer.run;
import static org.pgqconnect.source.clients.ClientServer.text;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pgqconnect.connect.Await;
import org.pgqconnect.local.londiste.PgqDaemon;
import org.pgqconnect.local.postgres.PostgresServer;

/** The real {@code pgqd} ticks and maintains the built-in engine. */
@Execution(ExecutionMode.CONCURRENT)
class PgqdIT {

  private static final Duration TIMEOUT = Duration.ofSeconds(40);

  // pgqd connects again a minute after it lost a connection.
  private static final Duration RECONNECT = Duration.ofSeconds(120);

  @ParameterizedTest
  @EnumSource(ClientServer.class)
  void pgqdTicksAndMaintainsSeveralQueuesAcrossARestartOfTheServer(ClientServer where)
      throws Exception {
    ClientServer.skipWithout(PgqDaemon.unavailable());
    try (PostgresServer server = where.ownServer()) {
      String database = newDatabase(server);
      for (String queue : new String[] {"q1", "Odd 'q\" 2"}) {
        run(server, database, queue(queue));
      }
      // One transaction each: an event and its tick in one would leave the event to the next batch.
      for (String step :
          new String[] {
            "select pgq.register_consumer('q1', 'c')",
            "select pgq.insert_event('q1', 'again', 'and again')",
            "select pgq.force_tick('q1'), pgq.ticker('q1')",
            "select pgq.event_retry(pgq.next_batch('q1', 'c'), 1, 0)",
            "select pgq.finish_batch(1)"
          }) {
        run(server, database, step);
      }
      try (PgqDaemon pgqd = PgqDaemon.start(server, database)) {
        await("ticks in both queues", pgqd)
            .until(() -> text(server, database, ticked(2)), "2"::equals);
        await("the retried event in the queue again", pgqd)
            .until(() -> text(server, database, AGAIN), "1"::equals);
        await("a rotation of both queues", pgqd)
            .until(() -> text(server, database, ROTATED), "2"::equals);
        await("the vacuuming of PgQ's tables", pgqd)
            .until(() -> text(server, database, VACUUMED), "1"::equals);

        server.restart();
        String last = text(server, database, "select max(tick_id) from pgq.tick");
        await("ticks in both queues after the restart", pgqd, RECONNECT)
            .until(
                () -> {
                  for (String queue : new String[] {"q1", "Odd ''q\" 2"}) {
                    run(server, database, "select pgq.insert_event('" + queue + "', 't', 'd')");
                  }
                  return text(server, database, ticked(Long.parseLong(last)));
                },
                "2"::equals);
        assertThat(pgqd.isRunning()).as(pgqd.describeLog()).isTrue();
      }
    }
  }

  /** The event was retried: the same id, with the time of its retry counted. */
  private static final String AGAIN =
      "select count(*) from pgq.event_1 where ev_id = 1 and ev_retry = 1 and ev_data = 'and again'";

  private static final String ROTATED = "select count(*) from pgq.queue where queue_cur_table <> 0";

  /** pgqd 3.5 vacuums the first table of a round only, with the extension too. */
  private static final String VACUUMED =
      "select count(*) from pg_stat_user_tables"
          + " where schemaname = 'pgq' and relname = 'subscription' and vacuum_count > 0";

  private static String ticked(long after) {
    return "select count(distinct tick_queue) from pgq.tick where tick_id > " + after;
  }

  private static String queue(String name) {
    String quoted = "'" + name.replace("'", "''") + "'";
    return """
    select pgq.create_queue(QUEUE);
    select pgq.set_queue_config(QUEUE, 'rotation_period', '1 second');
    select pgq.set_queue_config(QUEUE, 'ticker_max_lag', '0.2 seconds');
    select pgq.set_queue_config(QUEUE, 'ticker_idle_period', '0.3 seconds');
    """
        .replace("QUEUE", quoted);
  }

  private static Await await(String what, PgqDaemon pgqd) {
    return await(what, pgqd, TIMEOUT);
  }

  private static Await await(String what, PgqDaemon pgqd, Duration timeout) {
    return Await.atMost(timeout, what)
        .every(Duration.ofMillis(300))
        .unless(() -> pgqd.isRunning() ? Optional.empty() : Optional.of(pgqd.describeLog()));
  }
}
