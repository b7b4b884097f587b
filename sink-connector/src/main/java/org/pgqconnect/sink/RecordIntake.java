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

import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.pgqconnect.batch.Boundary;
import org.pgqconnect.batch.Change;
import org.pgqconnect.batch.Operation;
import org.pgqconnect.sink.assemble.BatchAssembler;
import org.pgqconnect.sink.assemble.PartitionId;
import org.pgqconnect.wire.BoundarySchema;
import org.pgqconnect.wire.EnvelopeReader;

/** Reads records and hands what they say to the assembler. */
final class RecordIntake {
  private final BatchAssembler assembler;
  private final TopicOwnership ownership;
  private final String prefix;
  private final String transactionTopic;
  private final BoundaryGuard guard;
  private final EnvelopeReader envelopes = new EnvelopeReader();
  private PartitionId lastPartition = new PartitionId("", 0);

  /**
   * @param guard is asked about every boundary before it is taken in
   */
  RecordIntake(
      BatchAssembler assembler,
      PgqSinkConfig config,
      TopicOwnership ownership,
      BoundaryGuard guard) {
    this.assembler = assembler;
    this.ownership = ownership;
    this.prefix = config.topicNames().prefix();
    this.transactionTopic = config.topicNames().transaction();
    this.guard = guard;
  }

  /**
   * Takes a record in; one that was taken in before changes nothing.
   *
   * @throws DataException when the record is not one of the source connector's
   * @throws ConnectException when its topic belongs to another queue
   */
  void accept(SinkRecord record) {
    // The names before any transform: they are what offsets are kept by.
    PartitionId partition = partition(record.originalTopic(), record.originalKafkaPartition());
    long offset = record.originalKafkaOffset();
    if (!assembler.arrive(partition, offset) || record.value() == null) {
      return;
    }
    try {
      if (partition.topic().equals(transactionTopic)) {
        Boundary boundary = BoundarySchema.read(record.value());
        guard.check(boundary);
        assembler.boundary(partition, offset, boundary);
      } else {
        requireOwnTopic(partition.topic());
        assembler.row(partition, offset, read(record.value()));
      }
    } catch (IllegalArgumentException | NullPointerException e) {
      throw notOurs(partition, offset, e);
    }
  }

  private PartitionId partition(String topic, int partition) {
    if (lastPartition.partition() != partition || !lastPartition.topic().equals(topic)) {
      lastPartition = new PartitionId(topic, partition);
    }
    return lastPartition;
  }

  private Change read(Object value) {
    Change change = envelopes.read(value);
    Operation operation = change.operation();
    boolean needsBefore = operation == Operation.DELETE;
    boolean needsAfter = !needsBefore && operation != Operation.TRUNCATE;
    if (needsBefore && change.before() == null || needsAfter && change.after() == null) {
      throw new IllegalArgumentException(
          "operation '%s' has no '%s' row"
              .formatted(operation.code(), needsBefore ? "before" : "after"));
    }
    return change;
  }

  private void requireOwnTopic(String topic) {
    if (!ownership.belongs(topic)) {
      throw new ConnectException(
          ("Topic %s does not belong to the queue with topic.prefix \"%s\". Correct %s, so that the connector reads %s and topics %s.<schema>"
                  + ".<table> only; another queue needs a sink connector of its own")
              .formatted(topic, prefix, ownership.topicsKey(), transactionTopic, prefix));
    }
  }

  private DataException notOurs(PartitionId partition, long offset, RuntimeException e) {
    return new DataException(
        ("The record at topic %s, partition %d, offset %d is not one that the pgq-connect source writes: %s. Something else writes to the"
                + " topic, or a transform or converter changed the record: remove the transform, use the source's converters; or skip the record by"
                + " moving the connector's offset: PATCH /connectors/<name>/offsets")
            .formatted(partition.topic(), partition.partition(), offset, e.getMessage()),
        e);
  }

  /** Looks at a boundary before it counts. */
  @FunctionalInterface
  interface BoundaryGuard {
    void check(Boundary boundary);
  }
}
