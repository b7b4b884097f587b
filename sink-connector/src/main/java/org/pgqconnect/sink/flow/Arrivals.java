/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.flow;

import java.util.Optional;
import org.apache.kafka.connect.sink.SinkRecord;
import org.pgqconnect.batch.Boundary;
import org.pgqconnect.sink.apply.ReadAgainException;
import org.pgqconnect.sink.apply.Subscriber;
import org.pgqconnect.sink.intake.Arrived;
import org.pgqconnect.sink.intake.NotApplied;
import org.pgqconnect.sink.intake.NotApplied.Reason;
import org.pgqconnect.sink.intake.RecordIntake;
import org.pgqconnect.sink.offsets.PartitionId;
import org.pgqconnect.sink.offsets.ReadOffsets.Arrival;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Places what records say into their batches. */
final class Arrivals {
  private static final Logger LOG = LoggerFactory.getLogger(Arrivals.class);

  private final RecordIntake intake;
  private final Subscriber subscriber;
  private final Memory memory;
  private final NotApplied notApplied;

  /**
   * @param subscriber says which history it follows
   * @param notApplied counts boundaries of the one that was given up
   */
  Arrivals(RecordIntake intake, Subscriber subscriber, Memory memory, NotApplied notApplied) {
    this.intake = intake;
    this.subscriber = subscriber;
    this.memory = memory;
    this.notApplied = notApplied;
  }

  /** How many records of the transaction topic were taken in, of the history that is followed. */
  long boundaries() {
    return intake.boundaries();
  }

  /**
   * Takes a record in; one that was taken in before changes nothing.
   *
   * @param again the task has asked for the records of its last call once more
   * @throws ReadAgainException when rows of another queue were taken in before
   */
  void take(SinkRecord record, boolean again) {
    PartitionId partition = intake.partition(record);
    long offset = record.originalKafkaOffset();
    Arrival arrival = memory.offsets().arrive(partition, offset, again);
    if (arrival == Arrival.DUPLICATE) {
      return;
    }
    if (arrival == Arrival.BEGUN_ANEW) {
      memory.batches().beginAnew(partition);
      LOG.warn(
          "Topic {} starts again: partition {} was read beyond offset {} before. It was deleted and"
              + " made anew, truncated, or is another cluster's. What it holds is read; the chain"
              + " of batches and their counts show whether anything is missing",
          partition.topic(),
          partition.partition(),
          offset);
    }
    Optional<Arrived> arrived = intake.read(record, subscriber.queue());
    try {
      arrived.ifPresent(what -> place(partition, offset, what));
    } catch (IllegalArgumentException e) {
      throw intake.notOurs(record, e);
    }
  }

  private void place(PartitionId partition, long offset, Arrived arrived) {
    if (arrived instanceof Arrived.Row row) {
      memory.batches().row(partition, offset, row.change());
    } else if (arrived instanceof Arrived.BatchBoundary at) {
      place(partition, offset, at.boundary());
    }
  }

  private void place(PartitionId partition, long offset, Boundary boundary) {
    if (!subscriber.follows(boundary, offset)) {
      notApplied.add(Reason.OLD_HISTORY);
      return; // A source that publishes nothing else feeds no table.
    }
    if (!intake.follow(boundary)) {
      throw new ReadAgainException();
    }
    memory.batches().boundary(partition, offset, boundary);
  }
}
