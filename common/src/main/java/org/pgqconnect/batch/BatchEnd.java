/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.batch;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Map;

/**
 * Closes a batch and makes it exist: rows without an END are never applied.
 *
 * @param tickTime when the tick was made, as the provider's own text in UTC; with the tick id it
 *     distinguishes one history of a provider from another
 * @param snapshot the tick's snapshot, {@code xmin:xmax:xip,..}
 * @param counts how many rows of each data collection ({@code schema.table}) the batch holds, those
 *     without rows left out
 * @param copies copies that made progress in this batch
 * @param startTicks the ticks, from a first one on up to the batch's own, which is left out, that
 *     the provider has: a subscriber that is there must be at one of them. Empty when the batch
 *     says nothing about that
 */
public record BatchEnd(
    BatchId id,
    BatchBounds bounds,
    String queue,
    String provider,
    String queueIdentity,
    String tickTime,
    String snapshot,
    Map<String, Long> counts,
    List<CopyProgress> copies,
    List<StartTick> startTicks)
    implements Boundary {
  public BatchEnd {
    requireNonNull(id, "id");
    requireNonNull(bounds, "bounds");
    requireNonNull(queue, "queue");
    requireNonNull(provider, "provider");
    requireNonNull(tickTime, "tickTime");
    requireNonNull(snapshot, "snapshot");
    counts = Map.copyOf(counts);
    copies = List.copyOf(copies);
    startTicks = List.copyOf(startTicks);
  }

  /** The same, but a copy of the table that begins in the batch has begun before. */
  public BatchEnd withoutBeginningOf(TableId table) {
    List<CopyProgress> others =
        copies.stream()
            .map(
                copy ->
                    copy.table().equals(table) && copy.first() && copy.withRows()
                        ? copy.withoutBeginning()
                        : copy)
            .toList();
    return new BatchEnd(
        id, bounds, queue, provider, queueIdentity, tickTime, snapshot, counts, others, startTicks);
  }

  /** Rows of all tables together. */
  public long eventCount() {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }
}
