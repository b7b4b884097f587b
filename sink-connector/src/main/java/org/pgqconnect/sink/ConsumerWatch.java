/*
 * Copyright pgq-connect contributors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package org.pgqconnect.sink;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerInterceptor;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Remembers, in memory, how the connector's consumer reaches the cluster and how far it has read,
 * so that the task can ask the cluster about its topics: {@code
 * consumer.override.interceptor.classes}. Changes no record.
 */
public final class ConsumerWatch implements ConsumerInterceptor<Object, Object> {
  private static final Map<String, ConsumerWatch> BY_GROUP = new ConcurrentHashMap<>();

  private final Map<TopicPartition, Long> positions = new ConcurrentHashMap<>();
  private Map<String, ?> settings = Map.of();
  private String group = "";

  /** That of the consumer of a group in this process; empty when it has none. */
  static Optional<ConsumerWatch> of(String group) {
    return Optional.ofNullable(BY_GROUP.get(group));
  }

  @Override
  public void configure(Map<String, ?> configs) {
    settings = Map.copyOf(withoutNulls(configs));
    group = String.valueOf(configs.get(ConsumerConfig.GROUP_ID_CONFIG));
    BY_GROUP.put(group, this);
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
  void forgetPositions() {
    positions.clear();
  }

  @Override
  public ConsumerRecords<Object, Object> onConsume(ConsumerRecords<Object, Object> records) {
    try {
      records.nextOffsets().forEach((partition, next) -> positions.put(partition, next.offset()));
    } catch (NoSuchMethodError e) {
      positions.clear(); // Clients before 4.0 do not say it.
    }
    return records;
  }

  @Override
  public void onCommit(Map<TopicPartition, OffsetAndMetadata> offsets) {
    // What is committed is not asked for.
  }

  @Override
  public void close() {
    BY_GROUP.remove(group, this);
  }
}
