/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.external;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.pgqconnect.batch.TableId;

/**
 * A trigger of PgQ's own that writes a table's changes into the queue.
 *
 * @param table the table that it is on
 * @param name the trigger's name
 * @param function {@code logutriga}, {@code jsontriga} or {@code sqltriga}
 * @param enabled whether it fires for ordinary sessions
 * @param row true for rows, false for TRUNCATE
 * @param arguments what follows the queue's name
 * @param definition the statement that creates it
 */
public record ExternalTrigger(
    TableId table,
    String name,
    String function,
    boolean enabled,
    boolean row,
    List<String> arguments,
    String definition) {

  private static final Pattern COMMA = Pattern.compile(",");
  private static final Pattern LITERAL =
      Pattern.compile("'((?:[^'.\\\\]|'')+(?:[.](?:[^'\\\\]|'')+)?)'");

  public ExternalTrigger {
    requireNonNull(table, "table");
    requireNonNull(name, "name");
    requireNonNull(function, "function");
    arguments = List.copyOf(arguments);
  }

  /** The name that events carry; empty when an expression computes it for each row. */
  public Optional<TableId> publishedAs() {
    Optional<String> expression = argument("ev_extra1=");
    if (expression.isEmpty()) {
      return Optional.of(table);
    }
    return expression
        .map(LITERAL::matcher)
        .filter(Matcher::matches)
        .map(literal -> TableId.parse(literal.group(1).replace("''", "'")));
  }

  /** The key columns that its arguments name; empty for the primary key. */
  public List<String> key() {
    return names("pkey=");
  }

  /** The columns that its events leave out. */
  public List<String> ignored() {
    return names("ignore=");
  }

  private List<String> names(String option) {
    return argument(option)
        .map(list -> COMMA.splitAsStream(list).filter(name -> !name.isEmpty()).toList())
        .orElse(List.of());
  }

  private Optional<String> argument(String option) {
    return arguments.stream()
        .filter(argument -> argument.startsWith(option))
        .map(argument -> argument.substring(option.length()))
        .findFirst();
  }
}
