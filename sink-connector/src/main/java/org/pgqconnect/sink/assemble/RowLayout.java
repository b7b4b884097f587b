/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.assemble;

import java.util.ArrayList;
import java.util.List;
import org.pgqconnect.batch.Row;

/**
 * The columns that row images of one shape carry. There is one instance per shape, so layouts are
 * compared by identity.
 */
public final class RowLayout {
  private final String[] columns;

  RowLayout(Iterable<String> columns) {
    List<String> names = new ArrayList<>();
    columns.forEach(names::add);
    this.columns = names.toArray(String[]::new);
  }

  /** The column names, in the order of {@link Image#value}. */
  public List<String> columns() {
    return List.of(columns);
  }

  /** The place of a column, or -1. */
  public int indexOf(String column) {
    for (int i = 0; i < columns.length; i++) {
      if (columns[i].equals(column)) {
        return i;
      }
    }
    return -1;
  }

  /** The row in this layout, or null when it has other columns. */
  Image read(Row row) {
    if (row.size() != columns.length) {
      return null;
    }
    Object[] values = new Object[columns.length];
    for (int i = 0; i < columns.length; i++) {
      Object value = row.get(columns[i]);
      if (value == null && !row.has(columns[i])) {
        return null;
      }
      values[i] = value;
    }
    return new Image(this, values);
  }

  @Override
  public String toString() {
    return columns().toString();
  }
}
