/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.chain;

import static org.pgqconnect.it.stack.Replication.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.connect.ConnectorConfig;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.it.stack.TopicReader;
import org.pgqconnect.local.LocalStack;

/**
 * At-least-once delivery at its worst: a second subscriber follows topics in which every record
 * comes twice, and in which all that came before comes once more in the middle.
 */
@ExtendWith(TestStack.class)
class DuplicateRecordsIT {
  @Test
  void recordsThatComeAgainChangeNothing(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack, 2)) {
      replication.tables(
          "create table t (id int primary key, v text); create table u (id int primary key, v"
              + " text)",
          "public.t",
          "public.u");
      sql(replication.provider(), "insert into t select i, 'copied' from generate_series(1, 50) i");
      replication.deploy(replication.source());
      replication.deploy(replication.sink(1));
      write(replication, 0);
      replication.awaitEqual(1);
      Doubled doubled = new Doubled(replication, stack);
      doubled.topics();
      int before = doubled.records().size();
      write(replication, 1);
      replication.awaitEqual(1);
      doubled.write(before);

      String prefix = doubled.prefix;
      ConnectorConfig sink =
          replication.sink(2).with("topic.prefix", prefix).with("topics.regex", prefix + "\\..*");
      replication.deploy(sink);
      replication.awaitEqual(2);
    }
  }

  private static void write(Replication replication, int round) throws Exception {
    for (int i = 0; i < 5; i++) {
      int from = 1000 * round + 100 * i;
      sql(
          replication.provider(),
          """
          begin;
          insert into t select i, 'new' from generate_series(%1$d + 101, %1$d + 150) i;
          update t set v = v || '%2$d' where id %% 7 = %2$d;
          delete from t where id = %1$d + 110;
          insert into u select i, 'x' from generate_series(%1$d + 1, %1$d + 20) i;
          update t set id = -id where id = %1$d + 120;
          commit\
          """
              .formatted(from, i));
    }
  }

  /** The topics of a replication once more, under another prefix. */
  private static final class Doubled {
    private static final List<String> TOPICS = List.of("public.t", "public.u", "transaction");

    private final String original;
    private final String prefix;
    private final LocalStack stack;
    private final TopicReader reader;

    Doubled(Replication replication, LocalStack stack) {
      this.original = replication.name();
      this.prefix = original + "-doubled";
      this.stack = stack;
      this.reader = new TopicReader(stack.kafka().bootstrapServers());
    }

    void topics() throws Exception {
      try (Admin admin = stack.kafka().admin()) {
        List<NewTopic> topics = new ArrayList<>();
        for (String topic : TOPICS) {
          topics.add(
              new NewTopic(
                  prefix + "." + topic, reader.partitions(original + "." + topic), (short) 1));
        }
        admin.createTopics(topics).all().get();
      }
    }

    /** All records, topic by topic: a batch's rows before its END. */
    List<ConsumerRecord<byte[], byte[]>> records() {
      List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
      TOPICS.forEach(topic -> all.addAll(reader.records(original + "." + topic)));
      return all;
    }

    /** Each twice; after the first {@code before} of them all of these once more. */
    void write(int before) throws Exception {
      List<ConsumerRecord<byte[], byte[]>> records = records();
      try (KafkaProducer<byte[], byte[]> producer =
          new KafkaProducer<>(
              Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, stack.kafka().bootstrapServers()),
              new ByteArraySerializer(),
              new ByteArraySerializer())) {
        for (int i = 0; i < records.size(); i++) {
          send(producer, records.get(i));
          send(producer, records.get(i));
          if (i == before) {
            records.subList(0, before).forEach(record -> send(producer, record));
          }
        }
        producer.flush();
      }
    }

    private void send(
        KafkaProducer<byte[], byte[]> producer, ConsumerRecord<byte[], byte[]> record) {
      String topic = prefix + record.topic().substring(original.length());
      producer.send(new ProducerRecord<>(topic, record.partition(), record.key(), record.value()));
    }
  }
}
