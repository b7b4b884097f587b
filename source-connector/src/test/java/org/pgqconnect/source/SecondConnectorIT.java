/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.pgqconnect.failure.Printed.statement;

import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.pgqconnect.connect.Await;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.Database;
import org.pgqconnect.source.lock.AdvisoryLock;
import org.pgqconnect.source.queue.Queue;
import org.pgqconnect.source.session.ProviderSession;
import org.pgqconnect.source.session.RetryException;
import org.pgqconnect.source.setup.Problem;
import org.pgqconnect.source.setup.ProviderValidation;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;
import org.pgqconnect.time.NanoClock;

/** The tables of one queue are published by one consumer, under one prefix by one connector. */
class SecondConnectorIT {
  private final TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();

  @AfterEach
  void close() {
    database.close();
  }

  private PgqSourceConfig config(String connector, String... keys) {
    Map<String, String> all = new HashMap<>(database.connectorKeys());
    all.put("name", connector);
    all.put("topic.prefix", "bank");
    all.put("queue.name", "q");
    all.put("provision", "none");
    for (int i = 0; i < keys.length; i += 2) {
      all.put(keys[i], keys[i + 1]);
    }
    return new PgqSourceConfig(all);
  }

  private static ProviderSession open(PgqSourceConfig config)
      throws SQLException, InterruptedException {
    return ProviderSession.open(
        new Database(config.connection()), config.session(), Optional.empty(), NanoClock.SYSTEM);
  }

  private static Optional<String> problem(String key, PgqSourceConfig config) {
    return new ProviderValidation(config.validation(), NanoClock.SYSTEM)
        .problems().stream()
            .filter(problem -> problem.key().equals(key))
            .map(Problem::message)
            .findFirst();
  }

  @Test
  void aSecondConnectorOfOneConsumerAndPrefixIsRefusedWhileTheFirstPublishes() throws Exception {
    PgqSourceConfig second = config("two", "consumer.name", "one");
    try (ProviderSession first = open(config("one"))) {
      assertThat(first.number()).isPositive();
      assertThat(problem("topic.prefix", second))
          .get()
          .asString()
          .startsWith(
              "Queue \"q\" is published under topic.prefix \"bank\" by connector \"one\" already:"
                  + " backend ")
          .contains("give this one a queue, a topic.prefix and sinks of its own")
          .satisfies(
              said -> {
                try (TestSession session = database.open()) {
                  session.run(statement(said, "end its session: (select .*)"));
                }
              });
      Await.atMost(Duration.ofSeconds(30), "the end of the first")
          .until(() -> problem("topic.prefix", second).isEmpty());
      assertThat(problem("topic.prefix", config("one"))).isEmpty();
      assertThat(problem("consumer.name", second)).isEmpty();
    }
    open(second).close();
  }

  @Test
  void aSecondConsumerMayNotPublishTheTablesAsLongAsTheFirstIsRegistered() throws Exception {
    assertThat(problem("consumer.name", config("two"))).isEmpty();
    open(config("one", "consumer.name", "it's one")).close();
    PgqSourceConfig second = config("two", "topic.prefix", "branch");
    String refused =
        "The tables of queue \"q\" are published by consumer \"it's one\" already, so consumer"
            + " \"two\" cannot";
    assertThat(problem("consumer.name", second))
        .get()
        .asString()
        .startsWith(refused)
        .contains(
            "./pgq-connect provider install",
            "--queue q_2",
            "set consumer.name=it's one here",
            "select pgq.unregister_consumer('q', 'it''s one');",
            "./pgq-connect provider resync");
    assertThatThrownBy(() -> open(second))
        .isInstanceOf(StopException.class)
        .isNotInstanceOf(RetryException.class)
        .hasMessageStartingWith(refused);
    try (TestSession session = database.open()) {
      // It holds back no rotation.
      assertThat(session.text("select string_agg(consumer_name, ',') from pgq.get_consumer_info()"))
          .isEqualTo("it's one");
      session.run(
          statement(problem("consumer.name", second).orElseThrow(), "(select pgq.unreg.*?;)"));
    }
    assertThat(problem("consumer.name", second)).isEmpty();
    open(second).close();
    assertThat(problem("consumer.name", config("one", "consumer.name", "it's one"))).isPresent();
  }

  @Test
  void aSecondConsumerIsRefusedBeforeTheFirstIsRegistered() throws Exception {
    try (TestSession first = database.open()) {
      Queue queue = new Queue(first.connection(), "q", "one");
      assertThat(AdvisoryLock.reader("q", "one").tryTake(first.connection())).isEmpty();
      queue.beginSession(true);
      assertThat(problem("consumer.name", config("two"))).isPresent();
      assertThatThrownBy(() -> open(config("two")))
          .hasMessageContaining("published by consumer \"one\" already");
    }
    open(config("two")).close();
  }

  @Test
  void aConnectorThatStreamsEventsReadsBesideThePublisher() throws Exception {
    PgqSourceConfig events = config("events", "topic.prefix", "app", "mode", "events");
    open(config("one")).close();
    assertThat(problem("consumer.name", events)).isEmpty();
    open(events).close();
    open(config("one")).close();
    assertThat(problem("consumer.name", config("one"))).isEmpty();
  }

  @Test
  void aPublisherThatIsSwitchedToEventsLeavesTheTablesToAnother() throws Exception {
    open(config("one")).close();
    assertThat(problem("consumer.name", config("two"))).isPresent();
    open(config("one", "topic.prefix", "app", "mode", "events")).close();
    assertThat(problem("consumer.name", config("two"))).isEmpty();
    open(config("two")).close();
  }

  @Test
  void aPublisherOfCapturedTablesIsNotSwitchedToEvents() throws Exception {
    PgqSourceConfig events = config("one", "topic.prefix", "app", "mode", "events");
    try (TestSession session = database.open()) {
      session.run("create table t (id int primary key)");
      session.run("select pgq_connect.add_table('q', 't')");
      open(config("one")).close();
      String refused =
          "Consumer \"one\" publishes the tables of queue \"q\", so it cannot stream the queue's"
              + " events instead";
      assertThat(problem("mode", events))
          .get()
          .asString()
          .startsWith(refused)
          .contains("./pgq-connect provider remove --host", "--queue q public.t");
      assertThatThrownBy(() -> open(events))
          .isInstanceOf(StopException.class)
          .isNotInstanceOf(RetryException.class)
          .hasMessageStartingWith(refused);
      // It is still the publisher, and an event stream of its own reads beside it.
      assertThat(problem("consumer.name", config("two"))).isPresent();
      PgqSourceConfig beside = config("events", "topic.prefix", "app", "mode", "events");
      assertThat(problem("mode", beside)).isEmpty();
      open(beside).close();
      open(config("one")).close();
      session.run("select pgq_connect.remove_table('q', 't')");
      assertThat(problem("mode", events)).isEmpty();
      open(events).close();
    }
  }

  @Test
  void aPublisherOfTablesThatPgqsTriggersCaptureIsNotSwitchedToEvents() throws Exception {
    PgqSourceConfig events = config("one", "topic.prefix", "app", "mode", "events");
    try (TestSession session = database.open()) {
      session.run("create table t (id int primary key)");
      session.run(
          "create trigger denies before insert on t for each row execute function"
              + " pgq.logutriga('q', 'deny')");
      session.run(
          "create trigger another before insert on t for each row execute function"
              + " pgq.logutriga('q_2')");
      open(config("one")).close();
      open(events).close();
      open(config("one")).close();
      session.run(
          "create trigger writes before insert on t for each row execute function"
              + " pgq.logutriga('q')");
      assertThat(problem("mode", events))
          .get()
          .asString()
          .endsWith("drop PgQ's triggers that write to the queue");
      assertThatThrownBy(() -> open(events)).hasMessageContaining("(mode=events)");
      session.run("drop trigger writes on t");
      open(events).close();
    }
  }

  @Test
  void whoTakesThePlaceOfAnotherInheritsWhatItLeftOutAndBeginsItsCopiesAgain() throws Exception {
    try (TestSession session = database.open()) {
      session.run("create table kept (id int primary key)");
      session.run("create table left_out (id int primary key)");
      session.run("select pgq_connect.add_table('q', 'kept')");
      session.run("select pgq_connect.add_table('q', 'left_out')");
      open(config("one", "table.include.list", "public.kept")).close();
      session.run("update pgq_connect.table_copy set state = 'done' where table_name = 'left_out'");
      session.run(
          "update pgq_connect.table_copy set state = 'copying', last_key = '{7}' where table_name ="
              + " 'kept'");
      session.run("select pgq.unregister_consumer('q', 'one')");
      open(config("two")).close();
      assertThat(
              session.text(
                  "select string_agg(table_name || ' ' || state || ' ' || (last_key is null), ', '"
                      + " order by table_name) from pgq_connect.table_copy"))
          .isEqualTo("kept requested true, left_out requested true");
    }
  }

  @Test
  void theSameConnectorWaitsForItsPredecessor() throws Exception {
    ProviderSession first = open(config("one"));
    Thread ending =
        new Thread(
            () -> {
              try {
                Thread.sleep(1000);
                first.close();
              } catch (InterruptedException | SQLException e) {
                throw new IllegalStateException(e);
              }
            });
    ending.start();
    open(config("one")).close();
    ending.join();
  }
}
