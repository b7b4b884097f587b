/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
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
 * type is that of its own operators, which need not be in pg_catalog, nor be called {@code >}.
 *
 * @param operators those of key columns, by the column's place in the key; the server's own for
 *     others
 */
record KeyOrder(Map<Integer, Operators> operators) {
  /** All operators are the server's own. */
  static final KeyOrder NONE = new KeyOrder(Map.of());

  private static final Operators OF_THE_SERVER =
      new Operators("OPERATOR(pg_catalog.>)", "OPERATOR(pg_catalog.>=)", null);

  KeyOrder {
    operators = Map.copyOf(operators);
  }

  /**
   * SQL text of the operators that order a column.
   *
   * @param type what they take, or null when the column can be compared as it is
   */
  record Operators(String greater, String notLess, String type) {
    private String operand(String value) {
      return type == null ? value : value + "::" + type;
    }
  }

  /** Whether a type of the key may have operators elsewhere. */
  static boolean mustBeAsked(List<Layout.Column> key) {
    return key.stream().anyMatch(column -> column.base().indexOf('.') >= 0);
  }

  /** SQL text over alias t, with one parameter a key column, in key order. */
  String after(List<Layout.Column> key) {
    List<Operators> its =
        IntStream.range(0, key.size())
            .mapToObj(i -> operators.getOrDefault(i, OF_THE_SERVER))
            .toList();
    String parameters =
        IntStream.range(0, key.size())
            .mapToObj(i -> its.get(i).operand("?::text::" + key.get(i).type()))
            .collect(Collectors.joining(", "));
    if (its.stream().map(Operators::greater).distinct().count() == 1) {
      String columns =
          IntStream.range(0, key.size())
              .mapToObj(i -> its.get(i).operand("t." + quote(key.get(i).name())))
              .collect(Collectors.joining(", "));
      return "(%s) %s (%s)".formatted(columns, its.get(0).greater(), parameters);
    }
    // One row comparison has one operator for all of its columns.
    String names =
        IntStream.range(0, key.size()).mapToObj(i -> "k" + i).collect(Collectors.joining(", "));
    int last = key.size() - 1;
    String condition = compared(key.get(last), its.get(last), its.get(last).greater(), last);
    for (int i = last - 1; i >= 0; i--) {
      condition =
          "%s and (%s or %s)"
              .formatted(
                  compared(key.get(i), its.get(i), its.get(i).notLess(), i),
                  compared(key.get(i), its.get(i), its.get(i).greater(), i),
                  condition);
    }
    return "exists (select from (select %s) as k (%s) where %s)"
        .formatted(parameters, names, condition);
  }

  private static String compared(Layout.Column column, Operators its, String operator, int place) {
    return "%s %s k.k%d".formatted(its.operand("t." + quote(column.name())), operator, place);
  }
}
