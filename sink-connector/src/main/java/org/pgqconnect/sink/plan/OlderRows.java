/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.pgqconnect.batch.DefinitionChange;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.sink.assemble.RowLayout;

/**
 * How rows are written that are older than an ALTER TABLE in their own batch. Which of the table's
 * definitions a row is of shows by the names of its columns.
 *
 * @param definitions from that before the batch to the present one; empty when it is the same
 * @param added what older rows hold in columns that were added since, as text or null
 */
public record OlderRows(List<TableDefinition> definitions, Map<String, String> added) {
  public static final OlderRows NONE = new OlderRows(List.of(), Map.of());

  /** The same with one more ALTER TABLE, as far as definitions go. */
  public static List<TableDefinition> then(List<TableDefinition> before, DefinitionChange change) {
    List<TableDefinition> definitions =
        new ArrayList<>(before.isEmpty() ? List.of(change.before()) : before);
    // The first one is what the table was; others may take turns, as those of partitions do.
    definitions.subList(1, definitions.size()).remove(change.after());
    definitions.add(change.after());
    return definitions;
  }

  /** All that happened to the table in the batch. */
  public static DefinitionChange net(List<TableDefinition> definitions) {
    return new DefinitionChange(definitions.get(0), definitions.get(definitions.size() - 1));
  }

  /**
   * Why rows of one of the definitions cannot be written by the present one, or rows of two cannot
   * be distinguished.
   */
  public static Optional<String> copyNeeded(List<TableDefinition> definitions) {
    TableDefinition now = definitions.get(definitions.size() - 1);
    return definitions.stream()
        .map(definition -> new DefinitionChange(definition, now).copyNeeded())
        .flatMap(Optional::stream)
        .findFirst();
  }

  /**
   * Whether generated columns are computed now as they were when the older rows were written: from
   * columns of the same types, by the same expressions.
   */
  public boolean areComputedAlike() {
    if (definitions.isEmpty()) {
      return true;
    }
    TableDefinition now = definitions.get(definitions.size() - 1);
    return definitions.stream().allMatch(definition -> areComputedAlike(definition, now));
  }

  private static boolean areComputedAlike(TableDefinition definition, TableDefinition now) {
    DefinitionChange change = new DefinitionChange(definition, now);
    return now.columns().stream()
        .allMatch(
            column ->
                change
                    .before(column)
                    .filter(
                        old ->
                            !old.type().equals(column.type())
                                || !Objects.equals(old.collation(), column.collation())
                                || !Objects.equals(old.generated(), column.generated()))
                    .isEmpty());
  }

  /** The columns of a layout that are still there, each with its present name. */
  public Map<String, String> names(RowLayout layout) {
    Map<String, String> names = new LinkedHashMap<>();
    Optional<TableDefinition> its = definitionOf(layout);
    Map<String, String> present = its.map(this::presentNames).orElse(Map.of());
    for (String name : layout.columns()) {
      if (its.isEmpty() || !its.get().has(name)) {
        names.put(name, name);
      } else if (present.containsKey(name)) {
        names.put(name, present.get(name));
      }
    }
    return names;
  }

  private Map<String, String> presentNames(TableDefinition definition) {
    TableDefinition now = definitions.get(definitions.size() - 1);
    DefinitionChange change = new DefinitionChange(definition, now);
    Map<String, String> names = new HashMap<>();
    now.columns()
        .forEach(
            column -> change.before(column).ifPresent(old -> names.put(old.name(), column.name())));
    return names;
  }

  /** A row may carry its key only. */
  private Optional<TableDefinition> definitionOf(RowLayout layout) {
    Set<String> names = Set.copyOf(layout.columns());
    TableDefinition fitting = null;
    for (TableDefinition definition : definitions) {
      boolean fits = names.stream().allMatch(definition::has);
      if (fits && definition.columns().size() == names.size()) {
        return Optional.of(definition);
      }
      fitting = fits ? definition : fitting;
    }
    return Optional.ofNullable(fitting);
  }

  /** The place in a layout of the column that has this name now, or -1. */
  public int indexOf(RowLayout layout, String name) {
    if (definitions.isEmpty()) {
      return layout.indexOf(name);
    }
    return names(layout).entrySet().stream()
        .filter(entry -> entry.getValue().equals(name))
        .mapToInt(entry -> layout.indexOf(entry.getKey()))
        .findFirst()
        .orElse(-1);
  }
}
