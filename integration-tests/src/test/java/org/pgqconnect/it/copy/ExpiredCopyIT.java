/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.it.stack.Replication.scalar;
import static org.pgqconnect.it.stack.Replication.sql;

import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.LocalStack;

/** A subscriber that comes when the topics do not hold the copies any more. */
@ExtendWith(TestStack.class)
class ExpiredCopyIT {
  @Test
  void copiesWhoseRowsAreGoneAreNotWaitedFor(LocalStack stack) throws Exception {
    try (Replication replication = withOneSubscriber(stack)) {
      removeRecords(stack, replication, "public.t", "public.quiet");
      replication.deploy(replication.sink(2));
      for (String table : List.of("t", "quiet")) {
        replication
            .await("a note about table " + table)
            .until(() -> noteOn(replication, table), note -> note != null && !note.isEmpty());
        assertThat(noteOn(replication, table))
            .contains("expecting-copy: A copy of public." + table)
            .contains("its topic does not keep the beginning any more")
            .contains("resync");
      }
      isCopiedOnRequest(replication);
    }
  }

  @Test
  void tablesThatDoNotChangeAreHeardOf(LocalStack stack) throws Exception {
    try (Replication replication = withOneSubscriber(stack)) {
      removeRecords(stack, replication, "public.t", "public.quiet", "transaction");
      replication.deploy(replication.sink(2));
      replication.rest().stop(replication.sourceName());
      replication.rest().waitState(replication.sourceName(), "STOPPED", Replication.PATIENCE);
      replication.rest().resume(replication.sourceName());
      replication
          .await("a note about table quiet")
          .until(() -> noteOn(replication, "quiet"), note -> note != null);
      assertThat(noteOn(replication, "quiet"))
          .contains("expecting-copy: Its changes are skipped until a copy arrives")
          .contains("resync");
      isCopiedOnRequest(replication);
    }
  }

  private static Replication withOneSubscriber(LocalStack stack) throws SQLException {
    Replication replication = Replication.of(stack, 2);
    replication.tables(
        "create table t (id int primary key); create table quiet (id int primary key)",
        "public.t",
        "public.quiet");
    sql(replication.provider(), "insert into t values (1); insert into quiet values (1)");
    replication.deploy(replication.source());
    replication.deploy(replication.sink(1));
    replication.awaitEqual(1);
    return replication;
  }

  private static void isCopiedOnRequest(Replication replication) throws SQLException {
    sql(replication.provider(), "insert into t values (2)");
    for (String table : List.of("t", "quiet")) {
      sql(
          replication.provider(),
          "select pgq_connect.request_copy('%s', 'public', '%s')"
              .formatted(replication.name(), table));
    }
    replication.awaitEqual();
    replication.awaitCopied();
  }

  private static String noteOn(Replication replication, String table) throws SQLException {
    if (scalar(replication.subscriber(2), "select to_regclass('pgq_connect.subscribed_table')")
        == null) {
      return null;
    }
    return scalar(
        replication.subscriber(2),
        "select state || ': ' || note from pgq_connect.subscribed_table where table_name = '%s'"
            .formatted(table));
  }

  private static void removeRecords(LocalStack stack, Replication replication, String... topics)
      throws Exception {
    try (Admin admin =
        Admin.create(
            Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, stack.kafka().bootstrapServers()))) {
      Map<TopicPartition, RecordsToDelete> all = new HashMap<>();
      for (String name : topics) {
        String topic = replication.name() + "." + name;
        for (TopicPartitionInfo partition :
            admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions()) {
          // -1 stands for the end.
          all.put(
              new TopicPartition(topic, partition.partition()), RecordsToDelete.beforeOffset(-1));
        }
      }
      admin.deleteRecords(all).all().get();
    }
  }
}
