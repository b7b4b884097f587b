/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.capture;

import static java.util.Objects.requireNonNull;

import java.util.List;
import org.pgqconnect.batch.TableId;

/**
 * A table whose changes go into a queue.
 *
 * @param table the name that events carry; for a partition that of its root
 * @param form {@link CaptureForm#STATEMENT} or {@link CaptureForm#ROW}
 * @param keyColumns what identifies a row, in key order
 * @param oldRow whether updates carry the old row
 * @param options columns left out, masks and row condition in words; null for whole rows
 */
public record CapturedTable(
    String queue,
    TableId table,
    CaptureForm form,
    List<String> keyColumns,
    boolean oldRow,
    String options) {

  public CapturedTable {
    requireNonNull(queue, "queue");
    requireNonNull(table, "table");
    requireNonNull(form, "form");
    keyColumns = List.copyOf(keyColumns);
  }
}
