/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.it.stack.Replication.scalar;
import static org.pgqconnect.it.stack.Replication.sql;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.LocalStack;

/** The topics no longer hold what the sink still needs, while the sink is stopped. */
@ExtendWith(TestStack.class)
class LostRecordsIT {
  @Test
  void rowsThatWereRemovedAreNamedWithoutFurtherTraffic(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack);
        Admin admin = admin(stack)) {
      replication.tables("create table t (id int primary key)", "public.t");
      sql(replication.provider(), "insert into t values (0)");
      replication.start();
      stop(replication, replication.sinkName(1));
      sql(replication.provider(), "insert into t select generate_series(1, 5)");
      awaitPublished(replication, admin, 5);
      removeRecords(admin, replication.name() + ".public.t");
      replication.rest().resume(replication.sinkName(1));
      assertThat(replication.rest().waitFailed(replication.sinkName(1), Replication.PATIENCE))
          .contains("Rows are lost: topic %s.public.t".formatted(replication.name()))
          .contains("holds 0 of the 5 rows of table public.t")
          .contains("all that the topic holds was read");
      assertThat(scalar(replication.subscriber(), "select count(*) from t")).isEqualTo("1");
    }
  }

  @Test
  void topicsThatWereDeletedAreFollowedFromTheirBeginning(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack);
        Admin admin = admin(stack)) {
      replication.tables("create table t (id int primary key)", "public.t");
      sql(replication.provider(), "insert into t select generate_series(1, 100)");
      replication.start();
      sql(replication.provider(), "insert into t values (101)");
      replication.awaitEqual();
      stop(replication, replication.sinkName(1));
      stop(replication, replication.sourceName());
      Set<String> topics =
          admin.listTopics().names().get().stream()
              .filter(topic -> topic.startsWith(replication.name() + "."))
              .collect(Collectors.toSet());
      admin.deleteTopics(topics).all().get();
      replication.rest().resume(replication.sourceName());
      replication.rest().resume(replication.sinkName(1));
      sql(replication.provider(), "insert into t values (102), (103)");
      sql(replication.provider(), "delete from t where id <= 3");
      replication.awaitEqual();
    }
  }

  private static void stop(Replication replication, String connector) {
    replication.rest().stop(connector);
    replication.rest().waitState(connector, "STOPPED", Replication.PATIENCE);
  }

  private static Admin admin(LocalStack stack) {
    return Admin.create(
        Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, stack.kafka().bootstrapServers()));
  }

  private static void awaitPublished(Replication replication, Admin admin, long rows) {
    String topic = replication.name() + ".public.t";
    long before = 1;
    replication
        .await(rows + " records in " + topic)
        .until(
            () -> ends(admin, topic).values().stream().mapToLong(e -> e).sum(),
            n -> n >= before + rows);
  }

  private static Map<TopicPartition, Long> ends(Admin admin, String topic) throws Exception {
    Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
    for (TopicPartitionInfo info :
        admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions()) {
      wanted.put(new TopicPartition(topic, info.partition()), OffsetSpec.latest());
    }
    return admin.listOffsets(wanted).all().get().entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, e -> offset(e.getValue())));
  }

  private static long offset(ListOffsetsResultInfo info) {
    return info.offset();
  }

  private static void removeRecords(Admin admin, String topic) throws Exception {
    Map<TopicPartition, RecordsToDelete> all = new HashMap<>();
    ends(admin, topic).forEach((p, end) -> all.put(p, RecordsToDelete.beforeOffset(end)));
    admin.deleteRecords(all).all().get();
  }
}
