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
package org.pgqconnect.batch;

import static java.util.Objects.requireNonNull;

/**
 * A table as the provider names it. {@link #toString()} is the data collection's name on the wire.
 *
 * @param schema the schema's name, unquoted
 * @param table the table's name, unquoted
 */
public record TableId(String schema, String table) implements Comparable<TableId> {
  public TableId {
    requireNonNull(schema, "schema");
    requireNonNull(table, "table");
  }

  /**
   * Reads {@code schema.table}; a name without a dot lies in {@code public}.
   *
   * @throws IllegalArgumentException when either part is empty
   */
  public static TableId parse(String name) {
    int dot = name.indexOf('.');
    TableId id =
        dot < 0
            ? new TableId("public", name)
            : new TableId(name.substring(0, dot), name.substring(dot + 1));
    if (id.schema.isEmpty() || id.table.isEmpty()) {
      throw new IllegalArgumentException("'" + name + "' is not a table name: write schema.table");
    }
    return id;
  }

  @Override
  public int compareTo(TableId other) {
    int bySchema = schema.compareTo(other.schema);
    return bySchema != 0 ? bySchema : table.compareTo(other.table);
  }

  @Override
  public String toString() {
    return schema + "." + table;
  }
}
