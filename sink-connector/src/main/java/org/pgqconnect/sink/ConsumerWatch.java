/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink;

import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerInterceptor;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.pgqconnect.sink.intake.ConsumerProgress;

/**
 * Lets the task know, in memory, how the connector's consumer reaches the cluster and how far it
 * has read, so that the task can ask the cluster about its topics: {@code
 * consumer.override.interceptor.classes}. Changes no record.
 */
public final class ConsumerWatch implements ConsumerInterceptor<Object, Object> {
  private ConsumerProgress progress;

  @Override
  public void configure(Map<String, ?> configs) {
    progress = ConsumerProgress.begin(configs);
  }

  @Override
  public ConsumerRecords<Object, Object> onConsume(ConsumerRecords<Object, Object> records) {
    try {
      progress.read(records.nextOffsets());
    } catch (NoSuchMethodError e) {
      progress.forgetPositions(); // Clients before 4.0 do not say it.
    }
    return records;
  }

  @Override
  public void onCommit(Map<TopicPartition, OffsetAndMetadata> offsets) {
    // What is committed is not asked for.
  }

  @Override
  public void close() {
    if (progress != null) {
      progress.end();
    }
  }
}
