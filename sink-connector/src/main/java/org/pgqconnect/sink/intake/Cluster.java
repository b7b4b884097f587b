/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.intake;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.ToLongFunction;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.pgqconnect.sink.offsets.TopicOrigin;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the cluster says about the topics, asked with the consumer's own settings. Where it cannot
 * be asked, nothing is known, and the sink goes by what it reads.
 */
public final class Cluster implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Cluster.class);
  private static final int PATIENCE_MILLIS = 5_000;

  private final String group;
  private Admin admin;
  private ConsumerProgress watch;
  private boolean warned;

  /**
   * @param group the consumer's group
   */
  public Cluster(String group) {
    this.group = group;
  }

  /**
   * Topics as the cluster has them.
   *
   * @param cluster its id
   * @param topics those that exist
   */
  public record Look(String cluster, Map<String, Topic> topics) {
    /** What offsets of these topics belong to. */
    public TopicOrigin origin() {
      Map<String, String> ids = new HashMap<>();
      topics.forEach((name, topic) -> ids.put(name, topic.id()));
      return new TopicOrigin(cluster, ids);
    }
  }

  /**
   * A topic.
   *
   * @param id drawn when it was made
   */
  public record Topic(String id, Map<Integer, Range> partitions) {}

  /**
   * The offsets that a partition holds.
   *
   * @param stable up to here no transaction is open
   * @param end where the next record goes
   */
  public record Range(long beginning, long stable, long end) {}

  /** Asks about topics; empty when that is not possible. */
  public Optional<Look> look(Collection<String> topics) {
    if (!connect()) {
      return Optional.empty();
    }
    try {
      Map<String, TopicDescription> found = describe(topics);
      Map<TopicPartition, Long> beginnings = offsets(found, OffsetSpec.earliest(), false);
      Map<TopicPartition, Long> stable = offsets(found, OffsetSpec.latest(), true);
      Map<TopicPartition, Long> ends = offsets(found, OffsetSpec.latest(), false);
      Map<String, Topic> result = new HashMap<>();
      found.forEach(
          (name, topic) -> {
            Map<Integer, Range> ranges = new HashMap<>();
            for (TopicPartitionInfo info : topic.partitions()) {
              TopicPartition partition = new TopicPartition(name, info.partition());
              ranges.put(
                  info.partition(),
                  new Range(beginnings.get(partition), stable.get(partition), ends.get(partition)));
            }
            result.put(name, new Topic(topic.topicId().toString(), ranges));
          });
      return Optional.of(new Look(get(admin.describeCluster().clusterId()), result));
    } catch (ExecutionException | TimeoutException | KafkaException e) {
      warn(e);
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /**
   * True when every record that a topic holds was handed to the task, and no transaction is open
   * that may add to them.
   *
   * @param assigned the partitions that the task reads
   * @param next the offset after what the task was handed, or at which it began to read
   */
  public boolean isReadToItsEnd(
      String topic, Set<TopicPartition> assigned, ToLongFunction<TopicPartition> next) {
    Optional<Look> look = look(Set.of(topic));
    if (look.isEmpty() || !look.get().topics().containsKey(topic)) {
      return false;
    }
    return look.get().topics().get(topic).partitions().entrySet().stream()
        .allMatch(
            entry -> {
              TopicPartition partition = new TopicPartition(topic, entry.getKey());
              Range range = entry.getValue();
              long read =
                  Math.max(watch.position(partition).orElse(-1L), next.applyAsLong(partition));
              return assigned.contains(partition)
                  && range.stable() == range.end()
                  && (read >= range.end() || range.beginning() == range.end());
            });
  }

  /** Whether a topic held records that were removed, by retention or by an operator. */
  public boolean hasRemovedRecords(String topic) {
    return look(Set.of(topic)).map(look -> look.topics().get(topic)).stream()
        .flatMap(found -> found.partitions().values().stream())
        .anyMatch(range -> range.beginning() > 0);
  }

  /** Partitions are read from elsewhere now. */
  public void forgetPositions() {
    ConsumerProgress.of(group).ifPresent(ConsumerProgress::forgetPositions);
  }

  private boolean connect() {
    Optional<ConsumerProgress> found = ConsumerProgress.of(group);
    if (found.isEmpty()) {
      return false;
    }
    if (admin == null || watch != found.get()) {
      close();
      watch = found.get();
      Map<String, Object> settings = new HashMap<>();
      watch
          .settings()
          .forEach(
              (key, value) -> {
                if (AdminClientConfig.configNames().contains(key)) {
                  settings.put(key, value);
                }
              });
      settings.put(AdminClientConfig.CLIENT_ID_CONFIG, "pgq-connect-sink-" + group);
      settings.remove(AdminClientConfig.METRIC_REPORTER_CLASSES_CONFIG);
      settings.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, PATIENCE_MILLIS);
      settings.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, PATIENCE_MILLIS);
      try {
        admin = Admin.create(settings);
      } catch (KafkaException e) {
        warn(e);
        return false;
      }
    }
    return true;
  }

  private Map<String, TopicDescription> describe(Collection<String> topics)
      throws ExecutionException, InterruptedException, TimeoutException {
    Map<String, TopicDescription> found = new HashMap<>();
    for (Map.Entry<String, KafkaFuture<TopicDescription>> topic :
        admin.describeTopics(topics).topicNameValues().entrySet()) {
      try {
        found.put(topic.getKey(), get(topic.getValue()));
      } catch (ExecutionException e) {
        if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
          throw e;
        }
      }
    }
    return found;
  }

  private Map<TopicPartition, Long> offsets(
      Map<String, TopicDescription> topics, OffsetSpec spec, boolean committed)
      throws ExecutionException, InterruptedException, TimeoutException {
    Map<TopicPartition, OffsetSpec> wanted = new HashMap<>();
    topics.forEach(
        (name, topic) ->
            topic
                .partitions()
                .forEach(info -> wanted.put(new TopicPartition(name, info.partition()), spec)));
    IsolationLevel isolation =
        committed ? IsolationLevel.READ_COMMITTED : IsolationLevel.READ_UNCOMMITTED;
    Map<TopicPartition, ListOffsetsResultInfo> found =
        get(admin.listOffsets(wanted, new ListOffsetsOptions(isolation)).all());
    Map<TopicPartition, Long> offsets = new HashMap<>();
    found.forEach((partition, info) -> offsets.put(partition, info.offset()));
    return offsets;
  }

  private static <T> T get(KafkaFuture<T> future)
      throws ExecutionException, InterruptedException, TimeoutException {
    return future.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void warn(Exception e) {
    if (!warned) {
      warned = true;
      LOG.warn(
          "The cluster cannot be asked about the topics [group={}, error={}]. The sink goes by what"
              + " it reads and finds lost records later",
          group,
          e.getMessage());
    }
  }

  @Override
  public void close() {
    if (admin != null) {
      admin.close(Duration.ZERO);
      admin = null;
    }
  }
}
