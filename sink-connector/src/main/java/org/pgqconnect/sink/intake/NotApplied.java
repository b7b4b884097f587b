/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.intake;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counts the records that are not applied, by reason, so that nothing disappears without one. May
 * be read from other threads.
 */
public final class NotApplied {
  private final AtomicLongArray counts = new AtomicLongArray(Reason.values().length);

  /** Why a record is not applied. */
  public enum Reason {
    /** Its batch was applied before: it was read again. */
    BELOW_POSITION("The record's batch was applied before; the record was read again"),
    /** A later attempt of the source published its batch again. */
    DEAD_ATTEMPT("A later attempt of the source connector published the record's batch again"),
    /** Another history of the queue, which the operator gave up. */
    OLD_HISTORY("The record belongs to the history of a queue that was followed before"),
    /** It was published under another topic.prefix. */
    OTHER_PREFIX("The record was published under another topic.prefix"),
    /** It was published from another queue under this prefix. */
    OTHER_QUEUE("The record is another queue's, published under the same topic.prefix"),
    /** END counts it, but its table's topic is not among the connector's. */
    NOT_SUBSCRIBED("The row's table has its topic not among the connector's topics"),
    /** table.include.list leaves its table out. */
    NOT_INCLUDED("The row's table is left out by table.include.list"),
    /** Its table waits for a copy, which will bring the row. */
    EXPECTING_COPY("The row's table waits for its copy, which brings the row"),
    /** The same row of the same batch is here already. */
    DUPLICATE("The same record was here already"),
    /** Others had deleted its row on the subscriber. An update has inserted it again. */
    MISSING_ROW("The row that the record updates or deletes was not on the subscriber"),
    /** It has no value: it only lets a compacted topic forget a key. */
    TOMBSTONE("The record has no value, so that a compacted topic forgets a key");

    private final String meaning;

    Reason(String meaning) {
      this.meaning = meaning;
    }

    /** The name in {@code pgq_connect.subscription.not_applied} and in status. */
    public String label() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** What the count means, in a sentence. */
    public String meaning() {
      return meaning;
    }
  }

  /** Counts a record. */
  public void add(Reason reason) {
    add(reason, 1);
  }

  /** Counts records. */
  public void add(Reason reason, long records) {
    counts.addAndGet(reason.ordinal(), records);
  }

  /** How many records were not applied for a reason. */
  public long get(Reason reason) {
    return counts.get(reason.ordinal());
  }

  /** The reasons that occurred, by label. */
  public Map<String, Long> byReason() {
    Map<String, Long> result = new TreeMap<>();
    for (Reason reason : Reason.values()) {
      if (get(reason) > 0) {
        result.put(reason.label(), get(reason));
      }
    }
    return result;
  }
}
