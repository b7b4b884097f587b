/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.copy;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;
import org.pgqconnect.batch.TableId;

/**
 * A copy that is wanted and not finished.
 *
 * @param copyId grows with every request for the table
 * @param started some chunks are published
 * @param lastKey the key of the last row published, as text in key order; empty before the first
 * @param orderedBy what ordered the rows of the last chunk, as in {@link CopySource}; empty before
 *     the first
 */
public record CopyRequest(
    TableId table, long copyId, boolean started, List<String> lastKey, Optional<String> orderedBy) {
  public CopyRequest {
    requireNonNull(table, "table");
    requireNonNull(orderedBy, "orderedBy");
    lastKey = List.copyOf(lastKey);
  }

  /**
   * Whether the rows after the last key, in the order that they have now, are the ones that are
   * left. Else rows that were not copied come before it.
   */
  boolean continuesIn(String orderedNow) {
    return lastKey.isEmpty() || orderedBy.equals(Optional.of(orderedNow));
  }
}
