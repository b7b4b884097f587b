/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.tables;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.sink.tables.FileChange.Rows;
import org.pgqconnect.sink.tables.FileChange.Verdict;

/**
 * In which files of the server a subscription left its tables. TRUNCATE by others, and with it a
 * restore, puts a table into a new one; so do VACUUM FULL and CLUSTER, which keep the rows as they
 * are, and ALTER TABLE, which writes all of them anew.
 */
final class TableFiles {
  private final Connection connection;
  private final String subscription;

  TableFiles(Connection connection, String subscription) {
    this.connection = connection;
    this.subscription = subscription;
  }

  /** The tables that others put into new files, and what came of it; before anything is written. */
  Map<TableId, Verdict> changes(Predicate<TableId> owned) throws SQLException {
    Long horizon = horizon().before();
    Map<TableId, Verdict> verdicts = new TreeMap<>();
    try (PreparedStatement query = connection.prepareStatement(TableFilesSql.CHANGED)) {
      query.setString(1, subscription);
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          TableId table = new TableId(row.getString(1), row.getString(2));
          if (owned.test(table)) {
            verdicts.put(table, verdict(row, horizon));
          }
        }
      }
    }
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
    try (PreparedStatement query = connection.prepareStatement(TableFilesSql.rows(file))) {
      query.setString(1, file);
      query.setObject(2, horizon, Types.BIGINT);
      query.setObject(3, horizon, Types.BIGINT);
      try (ResultSet row = query.executeQuery()) {
        row.next();
        return new Rows(row.getLong(1), row.getLong(2), row.getBoolean(3));
      }
    }
  }

  /** Takes the files in which tables are now for those in which the subscription left them. */
  void refresh(Collection<TableId> tables) throws SQLException {
    if (tables.isEmpty()) {
      return;
    }
    try (PreparedStatement update = connection.prepareStatement(TableFilesSql.REFRESH)) {
      HeldTables.bind(update, 1, tables);
      update.setString(3, subscription);
      update.executeUpdate();
    }
  }

  /**
   * What is known of files before and after a look at all of them.
   *
   * @param before the transactions before this one had ended at the last look; null when there was
   *     none
   * @param now the same for a look that begins now
   */
  record Horizon(Long before, long now) {}

  Horizon horizon() throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(TableFilesSql.HORIZON)) {
      query.setString(1, subscription);
      try (ResultSet row = query.executeQuery()) {
        row.next();
        long before = row.getLong(1);
        return new Horizon(row.wasNull() ? null : before, row.getLong(2));
      }
    }
  }

  void save(Horizon horizon) throws SQLException {
    try (PreparedStatement update = connection.prepareStatement(TableFilesSql.SAVE_HORIZON)) {
      update.setLong(1, horizon.now());
      update.setString(2, subscription);
      update.executeUpdate();
    }
  }

  /**
   * Stores which tables hold rows, where that is not known.
   *
   * @param written tables that may have been filled or emptied since
   */
  void noteRows(Collection<TableId> written) throws SQLException {
    Map<TableId, Boolean> differ = new TreeMap<>();
    try (PreparedStatement query = connection.prepareStatement(TableFilesSql.HOLDING)) {
      query.setString(1, subscription);
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          TableId table = new TableId(row.getString(1), row.getString(2));
          boolean before = row.getBoolean(3);
          if (row.wasNull()) {
            differ.put(table, holdsRows(row.getString(4)));
          } else if (written.contains(table)) {
            boolean now = holdsRows(row.getString(4));
            if (now != before) {
              differ.put(table, now);
            }
          }
        }
      }
    }
    if (differ.isEmpty()) {
      return;
    }
    try (PreparedStatement update = connection.prepareStatement(TableFilesSql.SAVE_HOLDING)) {
      for (Map.Entry<TableId, Boolean> entry : differ.entrySet()) {
        update.setBoolean(1, entry.getValue());
        update.setString(2, subscription);
        update.setString(3, entry.getKey().schema());
        update.setString(4, entry.getKey().table());
        update.addBatch();
      }
      update.executeBatch();
    }
  }

  /**
   * Whether a table holds rows now.
   *
   * @param table quoted, with ONLY unless it is partitioned
   */
  boolean holdsRows(String table) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(TableFilesSql.holdsRows(table))) {
      row.next();
      return row.getBoolean(1);
    }
  }
}
