/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.Values;
import org.pgqconnect.sink.store.FileChange.Rows;
import org.pgqconnect.sink.store.FileChange.Verdict;

/**
 * In which files of the server a subscription left its tables. TRUNCATE by others, and with it a
 * restore, puts a table into a new one; so do VACUUM FULL and CLUSTER, which keep the rows as they
 * are, and ALTER TABLE, which writes all of them anew.
 */
final class TableFiles {
  private final Session session;
  private final String subscription;

  TableFiles(Session session, String subscription) {
    this.session = session;
    this.subscription = subscription;
  }

  /** The tables that others put into new files, and what came of it; before anything is written. */
  Map<TableId, Verdict> changes(Predicate<TableId> owned) throws SQLException {
    Long horizon = horizon().before();
    Map<TableId, Verdict> verdicts = new TreeMap<>();
    session.each(
        TableFilesSql.CHANGED,
        row -> {
          TableId table = new TableId(row.getString(1), row.getString(2));
          if (owned.test(table)) {
            verdicts.put(table, verdict(row, horizon));
          }
        },
        subscription);
    return verdicts;
  }

  private Verdict verdict(ResultSet row, Long horizon) throws SQLException {
    boolean copying = row.getBoolean(4);
    Verdict partitions =
        !row.getBoolean(8) ? Verdict.KEPT : copying ? Verdict.EMPTIED : Verdict.PARTITIONS_GONE;
    if (row.getArray(5) == null) {
      return partitions; // The rest is looked at for the first time, or new.
    }
    boolean readable = row.getBoolean(7);
    List<Rows> files = new ArrayList<>();
    if (readable) {
      for (String file : (String[]) row.getArray(5).getArray()) {
        files.add(rows(file, horizon));
      }
    }
    Verdict verdict =
        new FileChange(row.getBoolean(3), copying, row.getBoolean(6), readable, files).verdict();
    return verdict == Verdict.EMPTIED || partitions == Verdict.KEPT ? verdict : partitions;
  }

  private Rows rows(String file, Long horizon) throws SQLException {
    return session.one(
        TableFilesSql.rows(file),
        row -> new Rows(row.getLong(1), row.getLong(2), row.getBoolean(3)),
        file,
        Values.nullable(horizon),
        Values.nullable(horizon));
  }

  /** Takes the files in which tables are now for those in which the subscription left them. */
  void refresh(Collection<TableId> tables) throws SQLException {
    if (!tables.isEmpty()) {
      session.update(
          TableFilesSql.REFRESH,
          HeldTables.schemas(tables),
          HeldTables.names(tables),
          subscription);
    }
  }

  /**
   * What is known of files before and after a check of all of them.
   *
   * @param before the transactions before this one had ended at the last check; null when there was
   *     none
   * @param now the same for a check that begins now
   */
  record Horizon(Long before, long now) {}

  Horizon horizon() throws SQLException {
    return session.one(
        TableFilesSql.HORIZON,
        row -> new Horizon(row.getObject(1, Long.class), row.getLong(2)),
        subscription);
  }

  void save(Horizon horizon) throws SQLException {
    session.update(TableFilesSql.SAVE_HORIZON, horizon.now(), subscription);
  }

  /**
   * Stores which tables hold rows, where that is not known.
   *
   * @param written tables that may have been filled or emptied since
   */
  void noteRows(Collection<TableId> written) throws SQLException {
    Map<TableId, Boolean> differ = new TreeMap<>();
    session.each(
        TableFilesSql.HOLDING,
        row -> {
          TableId table = new TableId(row.getString(1), row.getString(2));
          Boolean before = row.getObject(3, Boolean.class);
          if (before == null || written.contains(table)) {
            boolean now = holdsRows(row.getString(4));
            if (before == null || now != before) {
              differ.put(table, now);
            }
          }
        },
        subscription);
    if (!differ.isEmpty()) {
      session.updateEach(
          TableFilesSql.SAVE_HOLDING,
          differ.entrySet().stream()
              .map(
                  entry ->
                      new Object[] {
                        entry.getValue(),
                        subscription,
                        entry.getKey().schema(),
                        entry.getKey().table()
                      })
              .toList());
    }
  }

  /**
   * Whether a table holds rows now.
   *
   * @param table quoted, with ONLY unless it is partitioned
   */
  boolean holdsRows(String table) throws SQLException {
    return session.test(TableFilesSql.holdsRows(table));
  }
}
