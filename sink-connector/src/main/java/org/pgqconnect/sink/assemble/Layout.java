/*
 * Copyright pgq-connect contributors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package org.pgqconnect.sink.assemble;

import java.util.ArrayList;
import java.util.List;
import org.pgqconnect.batch.Row;

/**
 * The columns that row images of one shape carry. There is one instance per shape, so layouts are
 * compared by identity.
 */
public final class Layout {
  private final String[] columns;

  Layout(Iterable<String> columns) {
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
