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
package org.pgqconnect.source.copy;

import static org.pgqconnect.postgres.Identifiers.quote;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.pgqconnect.source.decode.Layout;

/**
 * The condition that a row comes after another one in the order of the key's index. The order of a
 * type is that of its own operators, which need not be in pg_catalog.
 *
 * @param schemas where the operators of key columns are, by the column's place in the key;
 *     pg_catalog for others
 */
record KeyOrder(Map<Integer, String> schemas) {
  /** All operators are the server's own. */
  static final KeyOrder NONE = new KeyOrder(Map.of());

  KeyOrder {
    schemas = Map.copyOf(schemas);
  }

  /** Whether a type of the key may have operators elsewhere. */
  static boolean mustBeAsked(List<Layout.Column> key) {
    return key.stream().anyMatch(column -> column.base().indexOf('.') >= 0);
  }

  /** SQL text over alias t, with one parameter a key column, in key order. */
  String after(List<Layout.Column> key) {
    String parameters =
        key.stream().map(column -> "?::text::" + column.type()).collect(Collectors.joining(", "));
    List<String> operators =
        IntStream.range(0, key.size())
            .mapToObj(i -> "OPERATOR(" + quote(schemas.getOrDefault(i, "pg_catalog")) + ".")
            .toList();
    if (operators.stream().distinct().count() == 1) {
      String columns =
          key.stream().map(column -> "t." + quote(column.name())).collect(Collectors.joining(", "));
      return "(%s) %s>) (%s)".formatted(columns, operators.get(0), parameters);
    }
    // One row comparison has one operator for all of its columns.
    String names =
        IntStream.range(0, key.size()).mapToObj(i -> "k" + i).collect(Collectors.joining(", "));
    int last = key.size() - 1;
    String condition = compared(key.get(last), operators.get(last), ">", last);
    for (int i = last - 1; i >= 0; i--) {
      condition =
          "%s and (%s or %s)"
              .formatted(
                  compared(key.get(i), operators.get(i), ">=", i),
                  compared(key.get(i), operators.get(i), ">", i),
                  condition);
    }
    return "exists (select from (select %s) as k (%s) where %s)"
        .formatted(parameters, names, condition);
  }

  private static String compared(
      Layout.Column column, String operator, String comparison, int place) {
    return "t.%s %s%s) k.k%d".formatted(quote(column.name()), operator, comparison, place);
  }
}
