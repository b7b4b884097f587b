/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The text of arrays of one dimension whose elements a comma separates. */
final class ArrayText {
  private static final int VERTICAL_TAB = 11;

  private ArrayText() {}

  /**
   * The texts of the elements; null for NULL.
   *
   * @return empty for an array of more dimensions, or whose first element is not number 1
   */
  static Optional<List<String>> elements(String text) {
    if (!text.startsWith("{")) {
      return Optional.empty();
    }
    List<String> elements = new ArrayList<>();
    int at = 1;
    while (text.charAt(at) != '}') {
      if (text.charAt(at) == '{') {
        return Optional.empty();
      }
      StringBuilder element = new StringBuilder();
      boolean quoted = text.charAt(at) == '"';
      at = quoted ? readQuoted(text, at + 1, element) : readBare(text, at, element);
      elements.add(!quoted && element.toString().equals("NULL") ? null : element.toString());
      if (text.charAt(at) == ',') {
        at++;
      }
    }
    return Optional.of(elements);
  }

  private static int readQuoted(String text, int from, StringBuilder element) {
    int at = from;
    while (text.charAt(at) != '"') {
      if (text.charAt(at) == '\\') {
        at++;
      }
      element.append(text.charAt(at++));
    }
    return at + 1;
  }

  private static int readBare(String text, int from, StringBuilder element) {
    int at = from;
    while (text.charAt(at) != ',' && text.charAt(at) != '}') {
      element.append(text.charAt(at++));
    }
    return at;
  }

  /** The array of elements' texts, as PostgreSQL writes it. */
  static String of(List<String> elements) {
    StringBuilder array = new StringBuilder("{");
    for (String element : elements) {
      if (array.length() > 1) {
        array.append(',');
      }
      if (element == null) {
        array.append("NULL");
      } else if (isBare(element)) {
        array.append(element);
      } else {
        array.append('"').append(element.replace("\\", "\\\\").replace("\"", "\\\"")).append('"');
      }
    }
    return array.append('}').toString();
  }

  /** As in array_out: what must be quoted. */
  private static boolean isBare(String element) {
    return !element.isEmpty()
        && !element.equalsIgnoreCase("NULL")
        && element.chars().noneMatch(c -> c == VERTICAL_TAB || "{}\",\\ \t\n\r\f".indexOf(c) >= 0);
  }
}
