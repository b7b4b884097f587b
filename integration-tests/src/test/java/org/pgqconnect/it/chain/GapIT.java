/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.it.stack.Replication.scalar;
import static org.pgqconnect.it.stack.Replication.sql;

import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.it.stack.Cli;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.it.stack.TopicReader;
import org.pgqconnect.local.LocalStack;

/** Batches vanished from Kafka: the sink stops and says what to do, and what it says works. */
@ExtendWith(TestStack.class)
class GapIT {
  private static final Pattern UPDATE =
      Pattern.compile("UPDATE pgq_connect.subscription SET tick_id = \\d+[^;]*;");

  @Test
  void lostBatchesAreNoticedAndCanBeMended(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack)) {
      replication.tables("create table t (id int primary key, v text)", "public.t");
      // No heartbeat is the last BEGIN.
      replication.start(replication.source().with("heartbeat.interval.ms", "600000"));
      String sink = replication.sinkName(1);
      replication.rest().stop(sink);
      replication.rest().waitState(sink, "STOPPED", Replication.PATIENCE);
      TopicReader topics = new TopicReader(stack.kafka().bootstrapServers());
      for (int i = 1; i <= 3; i++) {
        sql(replication.provider(), "insert into t values (%d, 'row')".formatted(i));
        int rows = i;
        replication
            .await(i + " rows in the topic")
            .until(() -> topics.values(replication.name() + ".public.t").size() == rows);
      }
      long stored =
          Long.parseLong(
              scalar(replication.subscriber(), "select tick_id from pgq_connect.subscription"));
      String topic = replication.name() + ".transaction";
      ConsumerRecord<byte[], byte[]> lastBegin = lastBegin(topics, topic);
      deleteBefore(stack, topic, lastBegin.offset());

      replication.rest().resume(sink);
      String message = replication.rest().waitFailed(sink, Replication.PATIENCE);
      long prev = TopicReader.json(lastBegin.value()).get("prev_tick_id").asLong();
      long tick = TopicReader.json(lastBegin.value()).get("tick_id").asLong();
      assertThat(message)
          .contains(
              "Topic %s continues with batch (%d, %d] of queue %s"
                  .formatted(topic, prev, tick, replication.name()))
          .contains("subscription %s is at tick %d".formatted(sink, stored))
          .contains("the batches (%d, %d] are missing".formatted(stored, prev))
          .contains("Ways out", "/offsets", "provider resync");
      assertThat(scalar(replication.subscriber(), "select count(*) from t")).isEqualTo("0");

      Matcher update = UPDATE.matcher(message);
      assertThat(update.find()).as("the UPDATE in " + message).isTrue();
      sql(replication.subscriber(), update.group());
      replication.restartFailed(sink);
      replication.awaitScalar("select string_agg(id::text, ' ') from t", "3");
      Cli.run(
              "provider",
              "resync",
              "--config",
              replication.file(replication.asAdministrator(replication.source())),
              "public.t")
          .requireSuccess();
      replication.awaitEqual();
      assertThat(scalar(replication.subscriber(), "select count(*) from t")).isEqualTo("3");
    }
  }

  private static ConsumerRecord<byte[], byte[]> lastBegin(TopicReader topics, String topic)
      throws Exception {
    ConsumerRecord<byte[], byte[]> last = null;
    List<ConsumerRecord<byte[], byte[]>> records = topics.records(topic);
    for (ConsumerRecord<byte[], byte[]> record : records) {
      if (TopicReader.json(record.value()).get("status").asText().equals("BEGIN")) {
        last = record;
      }
    }
    return last;
  }

  private static void deleteBefore(LocalStack stack, String topic, long offset) throws Exception {
    try (Admin admin = stack.kafka().admin()) {
      admin
          .deleteRecords(Map.of(new TopicPartition(topic, 0), RecordsToDelete.beforeOffset(offset)))
          .all()
          .get();
    }
  }
}
