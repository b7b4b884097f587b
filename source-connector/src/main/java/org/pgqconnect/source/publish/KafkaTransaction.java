/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.publish;

import java.time.Duration;
import java.util.List;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.TransactionContext;
import org.pgqconnect.time.Interval;
import org.pgqconnect.time.NanoClock;

/**
 * What one Kafka transaction may hold, and when it is committed. A batch that is too long for one
 * continues in the next. Without the worker's exactly-once support there are no transactions, and
 * nothing is ever full. Not thread safe.
 */
final class KafkaTransaction {
  // The framework keeps every record of a Kafka transaction until it is committed.
  static final long MAX_CHARS = 32L << 20;

  private final TransactionContext context;
  private final int maxRecords;
  private final Interval time;
  private long records;
  private long chars;

  /**
   * @param context null when the worker's exactly-once support is off
   * @param maxRecords how many records it holds, but for those handed over with the last of them
   * @param maxTime how long it stays open
   */
  KafkaTransaction(TransactionContext context, int maxRecords, Duration maxTime, NanoClock clock) {
    this.context = context;
    this.maxRecords = maxRecords;
    this.time = new Interval(clock, maxTime);
  }

  /** Whether the worker gives us transactions. */
  boolean isSupported() {
    return context != null;
  }

  /** Whether records were handed over that no commit was asked for. */
  boolean isOpen() {
    return context != null && records > 0;
  }

  /** The next record begins it, unless it is open. */
  void batchBegins() {
    if (records == 0) {
      time.begin();
    }
  }

  /** Counts the text that a record holds. */
  void addChars(long more) {
    chars += more;
  }

  /**
   * Records of a batch that continues are handed over; asks for a commit with the last of them when
   * that makes the transaction full. Without records one that is open too long is committed.
   */
  void add(List<SourceRecord> more) {
    records += more.size();
    if (!isOpen() || !isFull()) {
      return;
    }
    commitWith(more);
  }

  /** Asks for a commit with the last of some records; without records, of those before them. */
  void commitWith(List<SourceRecord> more) {
    if (context != null && more.isEmpty()) {
      // A long stretch of rows that are not published: there is no record to commit with.
      context.commitTransaction();
    } else if (context != null) {
      context.commitTransaction(more.get(more.size() - 1));
    }
    begin();
  }

  private boolean isFull() {
    return records >= maxRecords || chars >= MAX_CHARS || time.isOver();
  }

  private void begin() {
    records = 0;
    chars = 0;
    time.begin();
  }
}
