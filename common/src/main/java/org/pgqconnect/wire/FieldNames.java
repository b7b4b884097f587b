/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.wire;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.pgqconnect.batch.Row;

/** Which field of a row image holds which column, where names were adjusted. Not thread safe. */
final class FieldNames {
  private final Map<String, String> columns = new HashMap<>();
  private final Map<String, String> fields = new HashMap<>();
  private final boolean readsBack;

  private FieldNames(boolean readsBack) {
    this.readsBack = readsBack;
  }

  /**
   * As a record's source says.
   *
   * @param columnsByField {@code source.columns}, or null
   * @return empty where fields have the columns' own names
   */
  static Optional<FieldNames> of(String mode, Object columnsByField) {
    if (columnsByField instanceof Map<?, ?> map && !map.isEmpty()) {
      FieldNames names = new FieldNames(false);
      map.forEach((field, column) -> names.learn(field.toString(), column.toString()));
      return Optional.of(names);
    }
    return NameAdjustment.AVRO_UNICODE.label().equals(mode)
        ? Optional.of(new FieldNames(true))
        : Optional.empty();
  }

  private void learn(String field, String column) {
    columns.put(field, column);
    fields.put(column, field);
  }

  private String column(String field) {
    String column = columns.get(field);
    if (column != null) {
      return column;
    }
    if (!readsBack) {
      return field;
    }
    learn(field, NameAdjustment.readBack(field));
    return columns.get(field);
  }

  private String field(String column) {
    String field = fields.get(column);
    if (field != null) {
      return field;
    }
    // A column whose own name is a field of another column is none of the row's.
    return readsBack
        ? NameAdjustment.AVRO_UNICODE.adjust(column)
        : columns.containsKey(column) ? "" : column;
  }

  /** A row by its columns' names; null for null. */
  Row rename(Row image) {
    return image == null ? null : new Renamed(image, this);
  }

  private record Renamed(Row image, FieldNames names) implements Row {
    @Override
    public Set<String> columns() {
      return image.columns().stream().map(names::column).collect(Collectors.toSet());
    }

    @Override
    public int size() {
      return image.size();
    }

    @Override
    public boolean has(String column) {
      return image.has(names.field(column));
    }

    @Override
    public Object get(String column) {
      return image.get(names.field(column));
    }
  }
}
