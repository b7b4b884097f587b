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
