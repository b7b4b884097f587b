/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.write;

import java.sql.SQLException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.sink.target.Catalog;
import org.pgqconnect.sink.target.ForeignKeyOrder;

/** The subscriber's foreign keys, read when they are first needed. */
final class ForeignKeys {
  private final Catalog catalog;
  private Map<TableId, Set<TableId>> parents;

  ForeignKeys(Catalog catalog) {
    this.catalog = catalog;
  }

  /** Reads them again before their next use. */
  void forget() {
    parents = null;
  }

  /** Tables in an order in which each comes after those that it refers to. */
  List<TableId> parentsFirst(Collection<TableId> tables) throws SQLException {
    return ForeignKeyOrder.parentsFirst(tables, parents());
  }

  /** Tables of one group refer to each other, and to no table of another group. */
  List<List<TableId>> connected(Set<TableId> tables) throws SQLException {
    return ForeignKeyOrder.connected(tables, parents());
  }

  /** The tables that a table refers to, and itself. */
  Set<TableId> withParents(TableId table) throws SQLException {
    Set<TableId> tables = new HashSet<>(parents().getOrDefault(table, Set.of()));
    tables.add(table);
    return tables;
  }

  /** The tables that a table refers to, and that refer to it, directly or by others. */
  Set<TableId> circle(TableId table) throws SQLException {
    return ForeignKeyOrder.circle(table, parents());
  }

  private Map<TableId, Set<TableId>> parents() throws SQLException {
    if (parents == null) {
      parents = catalog.foreignKeys();
    }
    return parents;
  }
}
