/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.config;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigException;
import org.pgqconnect.batch.TableId;

/**
 * The tables that {@code table.include.list} names, by one rule for both connectors and the command
 * line: an expression matches the whole of {@code schema.table}, upper and lower case differ, and
 * an empty list names every table. Thread safe; it remembers its answers, because a connector asks
 * about every event.
 */
public final class TableFilter implements Predicate<TableId> {
  /** The key, of both connectors. */
  public static final String KEY = "table.include.list";

  private final List<Pattern> patterns;
  private final Map<TableId, Boolean> known = new ConcurrentHashMap<>();

  private TableFilter(List<Pattern> patterns) {
    this.patterns = patterns;
  }

  /**
   * Reads the key's value.
   *
   * @param value null or blank for all tables
   * @throws ConfigException when an expression is not valid; the message names it and the place
   */
  public static TableFilter parse(String value) {
    return new TableFilter(List.copyOf(PatternList.parse(KEY, value)));
  }

  @Override
  public boolean test(TableId table) {
    return patterns.isEmpty() || known.computeIfAbsent(table, this::matches);
  }

  private boolean matches(TableId table) {
    String name = table.toString();
    return patterns.stream().anyMatch(pattern -> pattern.matcher(name).matches());
  }

  /** True when the list names tables; false when it is empty, so that all belong to it. */
  public boolean namesTables() {
    return !patterns.isEmpty();
  }

  /** The expressions as they were written, for messages. */
  @Override
  public String toString() {
    return patterns.toString();
  }
}
