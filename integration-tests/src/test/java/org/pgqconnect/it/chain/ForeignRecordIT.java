/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.it.stack.Replication.sql;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.LocalStack;

/** Somebody else writes to our topics: the sink says where, and how to get past it. */
@ExtendWith(TestStack.class)
class ForeignRecordIT {
  @Test
  void inATablesTopic(LocalStack stack) throws Exception {
    stopsAndIsSkipped(stack, "public.t", "{\"hello\": \"world\"}");
  }

  @Test
  void inTheTransactionTopic(LocalStack stack) throws Exception {
    stopsAndIsSkipped(stack, "transaction", "{\"status\": \"MIDDLE\"}");
  }

  @Test
  void rowsOfAnotherQueueAreSkipped(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack);
        Replication other = Replication.of(stack)) {
      int first = 1;
      for (Replication each : new Replication[] {other, replication}) {
        each.tables("create table t (id int primary key)", "public.t");
        sql(each.provider(), "insert into t values (%d)".formatted(first));
        each.deploy(each.source());
        first += 100;
      }
      replication.deploy(
          replication
              .sink()
              .with("topics.regex", "(%s|%s)\\..*".formatted(replication.name(), other.name())));
      replication.awaitCopied();
      for (int i = 0; i < 5; i++) {
        sql(other.provider(), "insert into t values (%d)".formatted(i + 10));
        sql(replication.provider(), "insert into t values (%d)".formatted(i + 110));
      }
      replication.awaitEqual();
      replication.awaitScalar("select count(*) from t where id < 100", "0");
    }
  }

  private static void stopsAndIsSkipped(LocalStack stack, String table, String value)
      throws Exception {
    try (Replication replication = Replication.of(stack)) {
      replication.tables("create table t (id int primary key)", "public.t");
      sql(replication.provider(), "insert into t values (1)");
      replication.start();
      RecordMetadata written = write(stack, replication.name() + "." + table, value);
      String sink = replication.sinkName(1);
      assertThat(replication.rest().waitFailed(sink, Replication.PATIENCE))
          .contains(
              "The record at topic %s, partition %d, offset %d is not one that the pgq-connect source writes"
                  .formatted(written.topic(), written.partition(), written.offset()))
          .contains("PATCH /connectors/" + sink + "/offsets");

      replication.rest().stop(sink);
      replication.rest().waitState(sink, "STOPPED", Replication.PATIENCE);
      replication
          .rest()
          .patchOffsets(
              sink,
              new ObjectMapper()
                  .readTree(
                      """
                      {"offsets": [{"partition": {"kafka_topic": "%s", "kafka_partition": %d},
                                    "offset": {"kafka_offset": %d}}]}\
                      """
                          .formatted(written.topic(), written.partition(), written.offset() + 1)));
      sql(replication.provider(), "insert into t values (2)");
      replication.rest().resume(sink);
      replication.rest().waitRunning(sink, Replication.PATIENCE);
      replication.awaitEqual();
    }
  }

  private static RecordMetadata write(LocalStack stack, String topic, String value)
      throws Exception {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, stack.kafka().bootstrapServers()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      return producer
          .send(new ProducerRecord<>(topic, 0, null, value.getBytes(StandardCharsets.UTF_8)))
          .get();
    }
  }
}
