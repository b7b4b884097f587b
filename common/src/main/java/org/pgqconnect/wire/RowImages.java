/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.wire;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Struct;
import org.pgqconnect.batch.Row;

/** The two forms in which a converter delivers a row. */
final class RowImages {
  private RowImages() {}

  /**
   * A row as a converter delivered it.
   *
   * @param debezium its values have Debezium's types, and it has a schema
   */
  static Row of(Object image, boolean debezium) {
    if (image == null) {
      return null;
    }
    if (image instanceof Struct struct) {
      return debezium ? new MapRow(DebeziumValues.row(struct)) : new StructRow(struct);
    }
    if (image instanceof Map<?, ?> map) {
      return new MapRow(map);
    }
    throw new IllegalArgumentException(
        "a row image is a " + image.getClass().getName() + ", expected a Struct or a Map");
  }

  private record StructRow(Struct struct) implements Row {
    @Override
    public Set<String> columns() {
      Set<String> names = new LinkedHashSet<>();
      for (Field field : struct.schema().fields()) {
        names.add(field.name());
      }
      return names;
    }

    @Override
    public int size() {
      return struct.schema().fields().size();
    }

    @Override
    public boolean has(String column) {
      return struct.schema().field(column) != null;
    }

    @Override
    public Object get(String column) {
      Field field = struct.schema().field(column);
      return field == null ? null : struct.get(field);
    }
  }

  private record MapRow(Map<?, ?> map) implements Row {
    @Override
    @SuppressWarnings("unchecked")
    public Set<String> columns() {
      return (Set<String>) map.keySet();
    }

    @Override
    public int size() {
      return map.size();
    }

    @Override
    public boolean has(String column) {
      return map.containsKey(column);
    }

    @Override
    public Object get(String column) {
      return map.get(column);
    }
  }
}
