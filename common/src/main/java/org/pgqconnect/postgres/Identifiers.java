/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.postgres;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.stream.Collectors;
import org.pgqconnect.batch.TableId;

/** The one place where names, and texts in printed statements, become SQL. */
public final class Identifiers {
  private static final int MAX_BYTES = 63;

  private Identifiers() {}

  /**
   * A name as a delimited identifier, always quoted, so that no name can be taken for syntax.
   *
   * @throws IllegalArgumentException when the name is empty or holds a zero byte, which no
   *     PostgreSQL name can
   */
  public static String quote(String name) {
    if (name.isEmpty() || name.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("'" + name + "' cannot be a name in PostgreSQL");
    }
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  /** Schema and table, each quoted. */
  public static String quote(TableId table) {
    return quote(table.schema()) + "." + quote(table.table());
  }

  /**
   * A name with an ending, not quoted. Its beginning is cut so that the whole is not longer than
   * the 63 bytes of UTF-8 after which PostgreSQL cuts names.
   */
  public static String withEnding(String name, String ending) {
    String begin = name;
    while ((begin + ending).getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
      begin = begin.substring(0, begin.offsetByCodePoints(begin.length(), -1));
    }
    return begin + ending;
  }

  /** Names quoted and separated by commas. */
  public static String list(Collection<String> names) {
    return names.stream().map(Identifiers::quote).collect(Collectors.joining(", "));
  }

  /**
   * A text as a literal, for statements that a person is asked to run; what we run binds values.
   */
  public static String literal(String text) {
    return "'" + text.replace("'", "''") + "'";
  }

  /** Tables as pairs of literals, {@code ('s', 't'), ...}, to be compared with schema and name. */
  public static String literals(Collection<TableId> tables) {
    return tables.stream()
        .map(table -> "(%s, %s)".formatted(literal(table.schema()), literal(table.table())))
        .collect(Collectors.joining(", "));
  }
}
