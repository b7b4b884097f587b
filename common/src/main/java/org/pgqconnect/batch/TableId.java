/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
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
