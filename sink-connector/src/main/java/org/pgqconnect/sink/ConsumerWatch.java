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
