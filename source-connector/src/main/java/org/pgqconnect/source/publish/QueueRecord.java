/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.publish;

import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.source.SourceRecord;

/**
 * A record that equals itself only. The framework keeps every record of an open Kafka transaction
 * in hash maps and looks each one up several times; hashing keys, values and offsets anew each time
 * costs more than making the record did.
 */
final class QueueRecord extends SourceRecord {
  QueueRecord(
      Map<String, ?> sourcePartition,
      Map<String, ?> sourceOffset,
      String topic,
      Integer partition,
      Schema keySchema,
      Object key,
      Schema valueSchema,
      Object value) {
    super(sourcePartition, sourceOffset, topic, partition, keySchema, key, valueSchema, value);
  }

  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return System.identityHashCode(this);
  }
}
