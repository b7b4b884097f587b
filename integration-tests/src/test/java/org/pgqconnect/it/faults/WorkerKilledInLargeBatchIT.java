/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.it.stack.Replication.scalar;
import static org.pgqconnect.it.stack.Replication.sql;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.it.stack.Place;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.it.stack.TopicReader;
import org.pgqconnect.local.LocalStack;
import org.pgqconnect.local.connect.ConnectWorker;

/**
 * kill -9 of the worker in the middle of a batch that takes several Kafka transactions: it goes on
 * where it was, and the subscriber sees all of it at once.
 */
@ExtendWith(TestStack.class)
class WorkerKilledInLargeBatchIT {
  private static final String ROWS = "300000";

  @Test
  void theBatchIsCompleted(LocalStack stack) throws Exception {
    try (ConnectWorker worker = TestStack.ownWorker().start(stack.kafka().bootstrapServers());
        Replication replication = Replication.at(Place.of(stack).withRest(worker.rest()))) {
      replication.tables("create table t (id int primary key, v text)", "public.t");
      replication.start(replication.source().with("kafka.transaction.max.records", "20000"));
      sql(
          replication.provider(),
          "insert into t select i, md5(i::text) from generate_series(1, %s) i".formatted(ROWS));
      TopicReader topics = new TopicReader(stack.kafka().bootstrapServers());
      String topic = replication.name() + ".public.t";
      replication
          .await("a part of the batch in the topic")
          .until(() -> topics.records(topic).size() >= 20_000);
      worker.kill();
      assertThat(topics.records(topic).size()).isLessThan(Integer.parseInt(ROWS));
      assertThat(scalar(replication.subscriber(), "select count(*) from t")).isEqualTo("0");
      worker.start();
      Set<String> seen = new TreeSet<>();
      replication
          .await(Duration.ofMinutes(10), "the whole batch")
          .until(
              () -> {
                String count = scalar(replication.subscriber(), "select count(*) from t");
                seen.add(count);
                return count;
              },
              ROWS::equals);
      assertThat(seen).isSubsetOf("0", ROWS);
      replication.awaitEqual();
      List<JsonNode> rows = topics.values(topic);
      assertThat(rows).as("rows in the topic: none twice").hasSize(Integer.parseInt(ROWS));
      assertThat(rows.stream().map(row -> row.at("/transaction/id").asText()).distinct())
          .as("attempts of the batch")
          .hasSize(1);
    }
  }
}
