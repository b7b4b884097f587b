/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.decode;

import org.pgqconnect.failure.StopException;

/**
 * Reads a row as PostgreSQL's {@code record_out} writes it: {@code (1,plain,"a ""b"" \\\\ c",,"")}.
 * A missing field is NULL, an empty string is quoted.
 *
 * @see <a href="https://www.postgresql.org/docs/current/rowtypes.html#ROWTYPES-IO-SYNTAX">Composite
 *     type input and output syntax</a>
 */
public final class RecordText {
  private RecordText() {}

  /**
   * Splits a row into its fields' own text.
   *
   * @param columns how many fields there have to be
   * @return one text a column, null for NULL
   * @throws StopException when the text is no row of that many columns; the message holds no values
   */
  public static String[] parse(String text, int columns) {
    int last = text.length() - 1;
    if (last < 1 || text.charAt(0) != '(' || text.charAt(last) != ')') {
      throw new StopException("the row's text is not in parentheses");
    }
    String[] fields = new String[columns];
    if (columns == 0) {
      return fields;
    }
    int at = 1;
    for (int column = 0; ; column++) {
      if (column == columns) {
        throw new StopException("the row has more than " + columns + " columns");
      }
      int end = text.charAt(at) == '"' ? quotedEnd(text, at, last) : plainEnd(text, at, last);
      fields[column] = field(text, at, end);
      if (end == last) {
        if (column + 1 < columns) {
          throw new StopException("the row has " + (column + 1) + " columns, expected " + columns);
        }
        return fields;
      }
      at = end + 1;
    }
  }

  private static int plainEnd(String text, int from, int last) {
    int comma = text.indexOf(',', from);
    return comma < 0 ? last : comma;
  }

  /** The position after the closing quote. */
  private static int quotedEnd(String text, int from, int last) {
    int at = from + 1;
    while (at < last) {
      char c = text.charAt(at);
      if (c == '\\') {
        at += 2;
      } else if (c != '"') {
        at++;
      } else if (text.charAt(at + 1) == '"') {
        at += 2;
      } else {
        return at + 1;
      }
    }
    throw new StopException("a quoted column of the row does not end");
  }

  private static String field(String text, int from, int end) {
    if (from == end) {
      return null;
    }
    if (text.charAt(from) != '"') {
      return text.substring(from, end);
    }
    return unquoted(text, from + 1, end - 1);
  }

  private static String unquoted(String text, int from, int end) {
    int special = from;
    while (special < end && text.charAt(special) != '"' && text.charAt(special) != '\\') {
      special++;
    }
    if (special == end) {
      return text.substring(from, end);
    }
    StringBuilder out = new StringBuilder(end - from).append(text, from, special);
    for (int at = special; at < end; at++) {
      char c = text.charAt(at);
      if (c == '"' || c == '\\') {
        at++; // doubled, or a backslash before the character that is meant
      }
      out.append(text.charAt(at));
    }
    return out.toString();
  }
}
