/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.publish;

import static java.util.Objects.requireNonNull;

import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.connect.source.SourceRecord;
import org.pgqconnect.batch.CopyProgress;
import org.pgqconnect.source.copy.CopyChunk;
import org.pgqconnect.source.history.SourceOffset;
import org.pgqconnect.source.queue.Event;
import org.pgqconnect.source.queue.EventCursor;
import org.pgqconnect.source.queue.OpenBatch;

/**
 * The batch that is being published: read and turned into records first, then handed over, until
 * Kafka has it. Not thread safe.
 */
final class BatchInFlight {
  private final OpenBatch batch;
  private final EventCursor cursor;
  private final BatchRecords records;
  private final boolean carriesCopy;
  private boolean begun;
  private boolean handedOver;
  private Optional<CopyChunk> copied = Optional.empty();
  private List<CopyProgress> marks = List.of();

  /**
   * @param begun whether an earlier task published its beginning
   * @param carriesCopy whether it ends with a chunk of a copy
   */
  BatchInFlight(
      OpenBatch batch,
      EventCursor cursor,
      BatchRecords records,
      boolean begun,
      boolean carriesCopy) {
    this.batch = requireNonNull(batch, "batch");
    this.cursor = requireNonNull(cursor, "cursor");
    this.records = requireNonNull(records, "records");
    this.begun = begun;
    this.carriesCopy = carriesCopy;
  }

  OpenBatch batch() {
    return batch;
  }

  BatchRecords records() {
    return records;
  }

  /** What another session resumes after. */
  SourceOffset offset() {
    return records.offset();
  }

  /** The next events; an empty list when there are no more. */
  List<Event> nextEvents() throws SQLException {
    return cursor.next();
  }

  /** Whether {@link #nextEvents} has returned the last events. */
  boolean isRead() {
    return cursor.exhausted();
  }

  /** Ends the reading, so that the session serves other things. */
  void closeCursor() throws SQLException {
    cursor.close();
  }

  /**
   * Whether it ends with a chunk. One read twice has other rows, so such a batch starts over, with
   * a new attempt, and one that resumes where another task left it carries none.
   */
  boolean carriesCopy() {
    return carriesCopy;
  }

  /** Whether its BEGIN is published, or about to be. */
  boolean isBegun() {
    return begun;
  }

  /** Adds its BEGIN, before its first record. */
  void announce(List<SourceRecord> to) {
    if (!begun) {
      begun = true;
      to.add(records.begin());
    }
  }

  /**
   * Its END is handed over.
   *
   * @param chunk what it carries of a copy
   * @param notices what it says of other copies
   */
  void handOver(Optional<CopyChunk> chunk, List<CopyProgress> notices) {
    copied = chunk;
    marks = notices.stream().filter(CopyProgress::isMark).toList();
    handedOver = true;
    records.reachEnd();
  }

  /** Whether all of it is handed over, and only Kafka is waited for. */
  boolean isHandedOver() {
    return handedOver;
  }

  Optional<CopyChunk> copied() {
    return copied;
  }

  /** The tables that it says subscribers hold already. */
  List<CopyProgress> marks() {
    return marks;
  }
}
