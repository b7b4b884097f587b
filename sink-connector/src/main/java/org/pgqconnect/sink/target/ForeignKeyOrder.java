/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.pgqconnect.batch.TableId;

/** Puts tables that others refer to before those that refer to them. */
public final class ForeignKeyOrder {
  private ForeignKeyOrder() {}

  /**
   * @param parents which tables each table refers to
   * @return the tables, parents first; within a circle of references the given order stays
   */
  public static List<TableId> parentsFirst(
      Collection<TableId> tables, Map<TableId, Set<TableId>> parents) {
    Set<TableId> done = new LinkedHashSet<>();
    Set<TableId> visiting = new LinkedHashSet<>();
    for (TableId table : tables) {
      visit(table, parents, visiting, done);
    }
    List<TableId> ordered = new ArrayList<>(done);
    ordered.retainAll(Set.copyOf(tables));
    return ordered;
  }

  private static void visit(
      TableId table, Map<TableId, Set<TableId>> parents, Set<TableId> visiting, Set<TableId> done) {
    if (done.contains(table) || !visiting.add(table)) {
      return;
    }
    parents.getOrDefault(table, Set.of()).stream()
        .sorted()
        .forEach(parent -> visit(parent, parents, visiting, done));
    done.add(table);
  }

  /** Groups of tables that refer to each other, directly or by another of the tables. */
  public static List<List<TableId>> connected(
      Collection<TableId> tables, Map<TableId, Set<TableId>> parents) {
    List<List<TableId>> groups = new ArrayList<>();
    for (TableId table : tables) {
      List<TableId> group = new ArrayList<>(List.of(table));
      for (List<TableId> other : List.copyOf(groups)) {
        if (other.stream().anyMatch(o -> refers(o, table, parents) || refers(table, o, parents))) {
          group.addAll(other);
          groups.remove(other);
        }
      }
      groups.add(group);
    }
    return groups;
  }

  /** The tables that a table refers to, and that refer to it, directly or by others. */
  public static Set<TableId> circle(TableId table, Map<TableId, Set<TableId>> parents) {
    Set<TableId> circle = new LinkedHashSet<>();
    for (TableId parent : parents.getOrDefault(table, Set.of())) {
      Set<TableId> above = new LinkedHashSet<>();
      visit(parent, parents, new LinkedHashSet<>(), above);
      if (above.contains(table)) {
        circle.add(parent);
      }
    }
    return circle;
  }

  private static boolean refers(TableId child, TableId parent, Map<TableId, Set<TableId>> parents) {
    return parents.getOrDefault(child, Set.of()).contains(parent);
  }
}
