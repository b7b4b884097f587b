/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.write;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.SqlText;
import org.pgqconnect.sink.statements.NetRows;
import org.pgqconnect.sink.statements.TableWriter;

/**
 * While a table is copied again in place, an old row of it may refer to one that the provider has
 * deleted, so that the foreign key holds that one. When the copy has not brought the old row yet,
 * the provider does not have it so, and it goes in the same statement; and so do rows that refer to
 * it in turn.
 */
final class ReferrersInTheWay {
  private final Session session;
  private final ForeignKeys foreignKeys;
  private final RowsInTheWay inTheWay;

  ReferrersInTheWay(Session session, ForeignKeys foreignKeys, RowsInTheWay inTheWay) {
    this.session = session;
    this.foreignKeys = foreignKeys;
    this.inTheWay = inTheWay;
  }

  /**
   * A foreign key that refuses something.
   *
   * @param refers the condition that a row {@code r} refers to a row {@code t}
   * @param holdsRows it refuses that a row is deleted that is referred to
   * @param holdsValues it refuses that values change that are referred to
   * @param columns which are referred to
   */
  record Reference(String refers, boolean holdsRows, boolean holdsValues, List<String> columns) {}

  /**
   * Finds such rows.
   *
   * @param rows what is to be written
   * @param oldRows the tables that are copied again
   * @param going the keys of such rows that go anyway
   * @return all that go
   */
  Map<TableId, RowsAside> find(
      Map<TableId, ? extends NetRows> rows, OldRows oldRows, Map<TableId, Set<List<String>>> going)
      throws SQLException {
    Map<TableId, Set<List<String>>> found = new HashMap<>();
    Map<TableId, Set<List<String>>> next = new HashMap<>();
    going.forEach(
        (table, keys) -> {
          found.put(table, new LinkedHashSet<>(keys));
          next.put(table, new LinkedHashSet<>(keys));
        });
    for (TableId table : oldRows.tables()) {
      NetRows own = rows.get(table);
      for (NetRows parent : rows.values()) {
        for (Reference reference : references(table, parent.target().id())) {
          TableWriter child = oldRows.writer(table);
          List<Object> values = values(own);
          values.addAll(List.of(parent.values()));
          add(
              child,
              ReferrersInTheWaySql.referring(child.target(), child.key(), own, reference, parent),
              values,
              oldRows,
              found,
              next);
        }
      }
    }
    Map<TableId, Set<List<String>>> last = next;
    while (!last.isEmpty()) {
      last = referringTo(last, rows, oldRows, found);
    }
    return inTheWay.aside(oldRows, found);
  }

  private Map<TableId, Set<List<String>>> referringTo(
      Map<TableId, Set<List<String>>> going,
      Map<TableId, ? extends NetRows> rows,
      OldRows oldRows,
      Map<TableId, Set<List<String>>> found)
      throws SQLException {
    Map<TableId, Set<List<String>>> next = new HashMap<>();
    for (Map.Entry<TableId, Set<List<String>>> entry : going.entrySet()) {
      RowsAside parent =
          inTheWay.aside(oldRows.writer(entry.getKey()), List.copyOf(entry.getValue()));
      for (TableId table : oldRows.tables()) {
        NetRows own = rows.get(table);
        for (Reference reference : references(table, entry.getKey())) {
          if (reference.holdsRows()) {
            TableWriter child = oldRows.writer(table);
            List<Object> values = values(own);
            values.addAll(RowsAside.arrays(parent.keys()));
            add(
                child,
                ReferrersInTheWaySql.referringTo(
                    child.target(), child.key(), own, reference, parent),
                values,
                oldRows,
                found,
                next);
          }
        }
      }
    }
    return next;
  }

  private static List<Object> values(NetRows own) {
    return own == null ? new ArrayList<>() : new ArrayList<>(Arrays.asList(own.values()));
  }

  /** Adds the keys that a query finds, and that the copy has not brought. */
  private void add(
      TableWriter child,
      String query,
      List<Object> values,
      OldRows oldRows,
      Map<TableId, Set<List<String>>> found,
      Map<TableId, Set<List<String>>> next)
      throws SQLException {
    TableId table = child.target().id();
    List<List<String>> keys = inTheWay.notBrought(child, query, values);
    if (keys.isEmpty() || !oldRows.mayGo(table)) {
      return;
    }
    for (List<String> key : keys) {
      if (found.computeIfAbsent(table, t -> new LinkedHashSet<>()).add(key)) {
        next.computeIfAbsent(table, t -> new LinkedHashSet<>()).add(key);
      }
    }
  }

  private List<Reference> references(TableId table, TableId parent) throws SQLException {
    if (!foreignKeys.withParents(table).contains(parent)) {
      return List.of();
    }
    return session.list(
        ReferrersInTheWaySql.REFERENCES,
        row ->
            new Reference(
                SqlText.withoutParameters(row.getString(1)),
                row.getBoolean(2),
                row.getBoolean(3),
                List.of((String[]) row.getArray(4).getArray())),
        table.schema(),
        table.table(),
        parent.schema(),
        parent.table());
  }
}
