/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.publish;

import static java.util.Objects.requireNonNull;

import java.util.stream.Collectors;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.source.SourceRecord;
import org.pgqconnect.batch.BatchId;
import org.pgqconnect.failure.StopException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Refuses records of one batch that the producer would not send. Kafka would fail the task from
 * outside, and name neither table nor row.
 */
final class SizeCheck {
  private static final Logger LOG = LoggerFactory.getLogger(SizeCheck.class);
  private static final int MAX_KEY_CHARS = 200;

  private final RecordLimit limit;
  private final String queue;
  private final BatchId batch;

  SizeCheck(RecordLimit limit, String queue, BatchId batch) {
    this.limit = requireNonNull(limit, "limit");
    this.queue = requireNonNull(queue, "queue");
    this.batch = requireNonNull(batch, "batch");
  }

  /** Whether a record with so much text, of so many elements, has to be checked. */
  boolean isNeeded(long chars, int elements) {
    return limit.mayExceed(chars, elements);
  }

  /**
   * Checks a record; where the worker's converter does not let its size be known, warns.
   *
   * @param what the record is, for the message
   */
  void require(SourceRecord record, String what) {
    if (!limit.measures()) {
      LOG.warn(
          "{} of queue {}, batch {}, is long. How many bytes it takes depends on the worker's"
              + " converter, and what the producer takes on the worker's settings. Should the task"
              + " fail with RecordTooLargeException: {}",
          what,
          queue,
          batch,
          limit.remedy(limit.maxBytes(), record.topic()));
      return;
    }
    limit
        .excess(record)
        .ifPresent(
            bytes -> {
              throw new StopException(
                  ("%s of queue \"%s\", batch %s, takes %d bytes as a record, but the"
                          + " connector's producer sends at most %d (%s). Its batch cannot be"
                          + " published, nor what comes after it. %s")
                      .formatted(
                          what,
                          queue,
                          batch,
                          bytes,
                          limit.maxBytes(),
                          limit.key(),
                          limit.remedy(bytes, record.topic())));
            });
  }

  /** How much text values hold. */
  static long chars(Object[] values) {
    long chars = 0;
    for (Object value : values) {
      if (value instanceof String text) {
        chars += text.length();
      } else if (value instanceof byte[] bytes) {
        chars += bytes.length;
      }
    }
    return chars;
  }

  /** A record's key for a message, or the beginning of it. */
  static String shortKey(Object key) {
    String text = "none";
    if (key instanceof Struct row) {
      text =
          row.schema().fields().stream()
              .map(field -> field.name() + "=" + row.get(field))
              .collect(Collectors.joining(", "));
    }
    return text.length() <= MAX_KEY_CHARS ? text : text.substring(0, MAX_KEY_CHARS) + "...";
  }
}
