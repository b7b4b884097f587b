/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.assemble;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.pgqconnect.batch.BatchId;
import org.pgqconnect.batch.Change;
import org.pgqconnect.batch.Operation;
import org.pgqconnect.batch.Row;
import org.pgqconnect.batch.TableId;

/** Makes images as the assembler does. */
public final class TestImages {
  private final RowLayouts layouts = new RowLayouts();

  public Image image(TableId table, Map<String, Object> values) {
    Change change =
        new Change(
            new BatchId(1, 1),
            table,
            Operation.CREATE,
            1,
            1,
            1,
            null,
            new MapRow(new TreeMap<>(values)));
    return layouts.compact(change).after();
  }

  private record MapRow(Map<String, Object> values) implements Row {
    @Override
    public Set<String> columns() {
      return values.keySet();
    }

    @Override
    public Object get(String column) {
      return values.get(column);
    }
  }
}
