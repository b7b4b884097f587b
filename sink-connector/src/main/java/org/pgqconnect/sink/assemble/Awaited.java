/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.assemble;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.pgqconnect.batch.BatchId;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.sink.assemble.PendingBatch.Missing;
import org.pgqconnect.sink.intake.Ownership;
import org.pgqconnect.sink.offsets.PartitionId;

/** What the head batch waits for, as long as nothing more arrives. */
public final class Awaited {
  private final PendingBatch head;
  private final Ownership ownership;
  private final Set<TableId> filled;
  private final Predicate<PartitionId> hasPassed;

  /**
   * @param head null when nothing is pending
   * @param filled tables that have rows on the subscriber or are being copied; the head does not
   *     wait for rows of others
   * @param hasPassed partitions that have continued to batches after the head
   */
  Awaited(
      PendingBatch head,
      Ownership ownership,
      Set<TableId> filled,
      Predicate<PartitionId> hasPassed) {
    this.head = head;
    this.ownership = ownership;
    this.filled = Set.copyOf(filled);
    this.hasPassed = hasPassed;
  }

  /** The head batch; empty when nothing is pending. */
  public Optional<BatchId> batch() {
    return Optional.ofNullable(head).map(PendingBatch::id);
  }

  /** What the head batch waits for, in words; empty when nothing is pending. */
  public String inWords() {
    if (head == null) {
      return "";
    }
    if (head.end() == null) {
      return "batch %s: its END (%d rows are here)".formatted(head.id(), head.rows());
    }
    return head.missing(ownership, filled)
        .map(
            missing ->
                "batch %s: rows of %s (%d of %d are here)"
                    .formatted(head.id(), missing.table(), missing.arrived(), missing.expected()))
        .orElseGet(() -> "batch %s: nothing, it is complete".formatted(head.id()));
  }

  /** The table whose rows the head batch waits for; empty when it waits for its END or nothing. */
  public Optional<TableId> table() {
    return hasEnd() ? head.missing(ownership, filled).map(Missing::table) : Optional.empty();
  }

  /** Rows that the head batch waits for; empty when it waits for its END or for nothing. */
  public List<Missing> rows() {
    return hasEnd() ? head.allMissing(ownership, filled) : List.of();
  }

  /**
   * Rows that the head batch lacks and that can come no more: its END is here, and every partition
   * that could hold them has, since it was last read from somewhere anew, shown a row of a later
   * batch of the same attempt, or of a later attempt that continued after the batch.
   *
   * @param partitions where the rows of a table may be; none proves nothing
   */
  public Optional<Missing> lost(Function<TableId, Set<PartitionId>> partitions) {
    return rows().stream()
        .filter(missing -> havePassed(partitions.apply(missing.table())))
        .findFirst();
  }

  private boolean havePassed(Set<PartitionId> partitions) {
    return !partitions.isEmpty() && partitions.stream().allMatch(hasPassed);
  }

  private boolean hasEnd() {
    return head != null && head.end() != null;
  }
}
