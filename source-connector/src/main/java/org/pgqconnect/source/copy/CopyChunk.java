/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.copy;

import static java.util.Objects.requireNonNull;

import java.util.List;
import org.pgqconnect.batch.CopyProgress;
import org.pgqconnect.source.decode.Layout;

/**
 * One chunk of a copy.
 *
 * @param layout what the rows' values mean; null when the copy sends no rows
 * @param rows values in the layout's order
 * @param lastKey the key of the last row, or of the last chunk when this one is empty
 * @param orderedBy what ordered the rows, as in {@link CopySource}; null when the copy sends no
 *     rows
 * @param complete whether the table had no rows after these
 * @param progress what the batch's END says of it
 */
public record CopyChunk(
    Layout layout,
    List<Object[]> rows,
    List<String> lastKey,
    String orderedBy,
    boolean complete,
    CopyProgress progress) {
  public CopyChunk {
    requireNonNull(progress, "progress");
    rows = List.copyOf(rows);
    lastKey = List.copyOf(lastKey);
  }
}
