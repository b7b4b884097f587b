/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.intake;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * How the consumer of a group in this process reaches the cluster and how far it has read, as
 * {@code ConsumerWatch} hears it.
 */
public final class ConsumerProgress {
  private static final Map<String, ConsumerProgress> BY_GROUP = new ConcurrentHashMap<>();

  private final Map<TopicPartition, Long> positions = new ConcurrentHashMap<>();
  private final Map<String, ?> settings;
  private final String group;

  private ConsumerProgress(Map<String, ?> settings, String group) {
    this.settings = settings;
    this.group = group;
  }

  /** A consumer begins; that of the group before it counts no more. */
  public static ConsumerProgress begin(Map<String, ?> configs) {
    String group = String.valueOf(configs.get(ConsumerConfig.GROUP_ID_CONFIG));
    ConsumerProgress progress = new ConsumerProgress(Map.copyOf(withoutNulls(configs)), group);
    BY_GROUP.put(group, progress);
    return progress;
  }

  /** That of the consumer of a group in this process; empty when it has none. */
  static Optional<ConsumerProgress> of(String group) {
    return Optional.ofNullable(BY_GROUP.get(group));
  }

  private static Map<String, Object> withoutNulls(Map<String, ?> configs) {
    Map<String, Object> result = new HashMap<>();
    configs.forEach(
        (key, value) -> {
          if (value != null) {
            result.put(key, value);
          }
        });
    return result;
  }

  /** The consumer's settings; nothing of them is logged. */
  Map<String, ?> settings() {
    return settings;
  }

  /**
   * The offset up to which a partition was handed to the task, markers of transactions included.
   */
  Optional<Long> position(TopicPartition partition) {
    return Optional.ofNullable(positions.get(partition));
  }

  /** Nothing is known of how far the partitions were read: they are read from elsewhere. */
  public void forgetPositions() {
    positions.clear();
  }

  /** Records were handed to the task. */
  public void read(Map<TopicPartition, OffsetAndMetadata> nextOffsets) {
    nextOffsets.forEach((partition, next) -> positions.put(partition, next.offset()));
  }

  /** The consumer is closed. */
  public void end() {
    BY_GROUP.remove(group, this);
  }
}
