/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.assemble;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.pgqconnect.batch.Change;
import org.pgqconnect.batch.Operation;
import org.pgqconnect.batch.Row;
import org.pgqconnect.batch.TableId;

/** Turns changes as a converter delivered them into changes that are cheap to keep. */
final class RowLayouts {
  private final Map<TableId, List<RowLayout>> known = new HashMap<>();

  RowChange compact(Change change) {
    Image after = image(change.table(), change.after());
    Image before = image(change.table(), change.before());
    if (change.operation() == Operation.UPDATE && before != null && after != null) {
      // Only an old key that differs from the new one is of any use.
      before = before.isPartOf(after) ? null : before;
    }
    return new RowChange(change.operation(), change.tableOrder(), before, after);
  }

  private Image image(TableId table, Row row) {
    if (row == null) {
      return null;
    }
    List<RowLayout> layouts = known.computeIfAbsent(table, t -> new ArrayList<>(2));
    for (RowLayout layout : layouts) {
      Image image = layout.read(row);
      if (image != null) {
        return image;
      }
    }
    RowLayout layout = new RowLayout(row.columns());
    layouts.add(layout);
    return layout.read(row);
  }
}
