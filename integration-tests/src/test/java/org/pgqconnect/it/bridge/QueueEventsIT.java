/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.it.stack.Replication.scalar;
import static org.pgqconnect.it.stack.Replication.sql;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.connect.Await;
import org.pgqconnect.connect.ConnectorConfig;
import org.pgqconnect.it.stack.Place;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.it.stack.TopicReader;
import org.pgqconnect.local.LocalStack;
import org.pgqconnect.local.connect.ConnectWorker;

/**
 * {@code mode=events}: an application's own events reach one topic exactly once and batch by batch,
 * while its transactions commit and roll back and the worker is killed.
 */
@ExtendWith(TestStack.class)
class QueueEventsIT {
  private static final int PRODUCERS = 3;

  private volatile boolean stopping;

  @Test
  void everyCommittedEventIsThereOnce(LocalStack stack) throws Exception {
    ExecutorService threads = Executors.newCachedThreadPool();
    try (ConnectWorker worker = TestStack.ownWorker().start(stack.kafka().bootstrapServers());
        Replication replication = Replication.at(Place.of(stack).withRest(worker.rest()))) {
      deploy(replication, replication.source("config/source-events.json"));
      List<Future<?>> producers = new ArrayList<>();
      for (int i = 0; i < PRODUCERS; i++) {
        producers.add(
            threads.submit(
                () -> {
                  produce(replication);
                  return null;
                }));
      }
      for (int i = 0; i < 2; i++) {
        Thread.sleep(1500);
        worker.kill();
        worker.start();
        replication.rest().waitRunning(replication.sourceName(), Replication.PATIENCE);
      }
      stopping = true;
      for (Future<?> producer : producers) {
        producer.get();
      }
      Map<Long, String> sent = sent(replication);
      TopicReader topics = new TopicReader(stack.kafka().bootstrapServers());
      String topic = replication.name() + ".events";
      replication
          .await(sent.size() + " events in " + topic)
          .until(() -> topics.records(topic).size(), count -> count >= sent.size());
      check(topics, replication, sent, topics.records(topic));
    } finally {
      stopping = true;
      threads.shutdownNow();
    }
  }

  /** What a lost session handed over is not handed over again, though it was not yet committed. */
  @Test
  void aLargeBatchIsThereOnceThoughItsReaderIsCut(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack)) {
      deploy(
          replication,
          replication
              .source("config/source-events.json")
              .with("exactly.once.support", "required")
              .with("fetch.rows", "500")
              .with("kafka.transaction.max.records", "7000"));
      sql(
          replication.provider(),
          """
          insert into sent
          select pgq.insert_event('%s', 't', g::text, null, null, null, null), 't', g::text, null, null
            from generate_series(1, 60000) g\
          """
              .formatted(replication.name()));
      TopicReader topics = new TopicReader(stack.kafka().bootstrapServers());
      String topic = replication.name() + ".events";
      // The first cut at once: a quick reader would be through before the topic was looked at.
      int cuts =
          Await.atMost(Replication.PATIENCE, "the middle of the batch")
              .every(Duration.ofMillis(5))
              .until(
                  () -> cut(replication, "= 'active' and query ilike 'copy%'"), count -> count > 0);
      Map<Long, String> sent = sent(replication);
      while (!topics.exists(topic) || topics.records(topic).size() < sent.size()) {
        Thread.sleep(400);
        cuts += cut(replication, "<> 'idle'");
        assertThat(cuts).as("it never ends").isLessThan(500);
      }
      replication
          .await("the batch's END")
          .until(
              () ->
                  topics.values(replication.name() + ".transaction").stream()
                      .anyMatch(end -> end.path("event_count").asLong() == sent.size()));
      check(topics, replication, sent, topics.records(topic));
    }
  }

  /** Ends the sessions of the source's reader that are in such a state; says how many. */
  private static int cut(Replication replication, String state) throws Exception {
    return Integer.parseInt(
        scalar(
            replication.provider(),
            "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name ="
                + " 'pgq-connect source %s' and state %s"
                    .formatted(replication.sourceName(), state)));
  }

  /** With an outbox: what was sent is written down in the transaction that sends it. */
  private static void deploy(Replication replication, ConnectorConfig source) throws Exception {
    replication.deploy(source);
    replication
        .await("the consumer's registration")
        .until(
            () -> scalar(replication.provider(), "select count(*) from pgq.subscription"),
            "1"::equals);
    sql(
        replication.provider(),
        "create table sent (ev_id bigint primary key, ev_type text, ev_data text, ev_extra1 text,"
            + " ev_extra4 text)");
  }

  private void produce(Replication replication) throws Exception {
    try (Connection session = replication.openProvider()) {
      session.setAutoCommit(false);
      while (!stopping) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        sql(
            session,
            """
            insert into sent
            select pgq.insert_event('%1$s', type, data, extra1, null, null, extra4), type, data, extra1, extra4
              from (select 'order.' || (g %% 3) as type, '{"ü": "&' || random() || '"}' as data,
                           nullif('customer-' || g %% 5, 'customer-4') as extra1, 'x' || g as extra4
                      from generate_series(1, %2$d) g) e\
            """
                .formatted(replication.name(), random.nextInt(1, 30)));
        if (random.nextInt(4) == 0) {
          session.rollback();
        } else {
          session.commit();
        }
        Thread.sleep(2);
      }
    }
  }

  private static Map<Long, String> sent(Replication replication) throws Exception {
    Map<Long, String> sent = new HashMap<>();
    try (Statement statement = replication.provider().createStatement();
        ResultSet rows = statement.executeQuery("select * from sent")) {
      while (rows.next()) {
        sent.put(
            rows.getLong(1),
            "%s %s %s %s"
                .formatted(
                    rows.getString(2), rows.getString(3), rows.getString(4), rows.getString(5)));
      }
    }
    return sent;
  }

  private static void check(
      TopicReader topics,
      Replication replication,
      Map<Long, String> sent,
      List<ConsumerRecord<byte[], byte[]>> records)
      throws Exception {
    Map<Long, String> found = new LinkedHashMap<>();
    Map<String, Long> counts = new LinkedHashMap<>();
    long tick = 0;
    long event = 0;
    for (ConsumerRecord<byte[], byte[]> record : records) {
      JsonNode value = TopicReader.json(record.value());
      String extra1 = text(value, "ev_extra1");
      found.merge(
          value.path("ev_id").asLong(),
          "%s %s %s %s"
              .formatted(
                  text(value, "ev_type"), text(value, "ev_data"), extra1, text(value, "ev_extra4")),
          (a, b) -> "twice");
      assertThat(record.key() == null ? null : new String(record.key(), StandardCharsets.UTF_8))
          .isEqualTo(extra1 == null ? null : "\"" + extra1 + "\"");
      long itsTick = value.path("tick_id").asLong();
      long itsEvent = value.path("ev_id").asLong();
      assertThat(itsTick).as("batches stand one after the other").isGreaterThanOrEqualTo(tick);
      assertThat(itsTick > tick || itsEvent > event).as("events of a batch in order").isTrue();
      tick = itsTick;
      event = itsEvent;
      long order = counts.merge(value.at("/transaction/id").asText(), 1L, Long::sum);
      assertThat(value.at("/transaction/total_order").asLong()).isEqualTo(order);
      assertThat(value.path("queue").asText()).isEqualTo(replication.name());
      assertThat(value.path("ev_time").asText()).matches("20..-..-..T..:..:..(\\.[0-9]+)?Z");
    }
    assertThat(found).isEqualTo(sent);
    Map<String, Long> announced = new LinkedHashMap<>();
    for (JsonNode boundary : topics.values(replication.name() + ".transaction")) {
      if (boundary.path("status").asText().equals("END")
          && boundary.path("event_count").asLong() > 0) {
        announced.put(
            boundary.path("id").asText(), boundary.at("/data_collections/0/event_count").asLong());
        assertThat(boundary.at("/data_collections/0/data_collection").asText())
            .isEqualTo("pgq." + replication.name());
      }
    }
    assertThat(announced).isEqualTo(counts);
  }

  private static String text(JsonNode value, String field) {
    return value.path(field).isNull() ? null : value.path(field).asText();
  }
}
