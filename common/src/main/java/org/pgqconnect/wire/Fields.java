/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.wire;

import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Struct;

/**
 * Reads named fields from what a converter delivered: a Struct where the data has a schema, a Map
 * where it has none. A missing field reads as null, so that readers of an older form keep working.
 */
final class Fields {
  private Fields() {}

  static boolean isRecord(Object value) {
    return value instanceof Struct || value instanceof Map;
  }

  static Object get(Object record, String name) {
    if (record instanceof Map<?, ?> map) {
      return map.get(name);
    }
    if (record instanceof Struct struct) {
      Field field = struct.schema().field(name);
      return field == null ? null : struct.get(field);
    }
    return null;
  }

  static String text(Object record, String name) {
    Object value = get(record, name);
    return value == null ? null : value.toString();
  }

  /** The text of a field that no record of ours lacks. */
  static String required(Object record, String name) {
    String text = text(record, name);
    if (text == null) {
      throw new IllegalArgumentException("it lacks field '" + name + "'");
    }
    return text;
  }

  static long number(Object record, String name) {
    Object value = get(record, name);
    if (value instanceof Number number) {
      return number.longValue();
    }
    throw new IllegalArgumentException("field '" + name + "' is " + value + ", not a number");
  }

  static boolean flag(Object record, String name) {
    return Boolean.TRUE.equals(get(record, name));
  }

  static List<?> list(Object record, String name) {
    return get(record, name) instanceof List<?> list ? list : List.of();
  }
}
