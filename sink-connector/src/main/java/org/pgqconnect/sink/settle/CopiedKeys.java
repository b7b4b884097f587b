/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.settle;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.sink.assemble.Image;
import org.pgqconnect.sink.plan.NetEffect;
import org.pgqconnect.sink.target.Clash;
import org.pgqconnect.sink.target.TargetTable;
import org.pgqconnect.sink.write.ArrayLiteral;
import org.pgqconnect.sink.write.Binding;
import org.pgqconnect.sink.write.TableWriter;

/**
 * The keys of the rows that repeated copies, and the changes since they began, have brought. Kept
 * on the subscriber, in the transactions that write the rows. By keys and not by who wrote a row
 * when, for others may write to the table, too.
 */
final class CopiedKeys {
  private static final int MOST_ROWS = 5_000;
  private static final int MOST_CHARS = 1 << 20;

  private final Connection connection;
  private final String subscription;

  CopiedKeys(Connection connection, String subscription) {
    this.connection = connection;
    this.subscription = subscription;
  }

  /** A copy begins, or what it brought is not needed any more. */
  void forget(TableId table) throws SQLException {
    try (PreparedStatement delete = prepare(CopiedKeysSql.FORGET, table)) {
      delete.executeUpdate();
    }
  }

  /** Takes in what was written, after what was written before. */
  void add(TableWriter writer, NetEffect effect) throws SQLException {
    if (effect.truncates()) {
      forget(writer.target().id());
    }
    add(writer, effect.deletes(), false);
    forgetAside(writer, effect.deletes());
    add(writer, effect.brought(), true);
  }

  /** What only the subscriber has of a row goes with the row. */
  private void forgetAside(TableWriter writer, List<Image> deletes) throws SQLException {
    TableId table = writer.target().id();
    if (deletes.isEmpty()) {
      return;
    }
    try (PreparedStatement query = prepare(CopiedKeysSql.HAS_ASIDE, table)) {
      if (!isTrue(query)) {
        return;
      }
    }
    int columns = writer.key().size();
    ArrayLiteral[] keys = new ArrayLiteral[columns];
    for (int i = 0; i < columns; i++) {
      keys[i] = new ArrayLiteral();
    }
    for (Image image : deletes) {
      Binding binding = writer.keyBinding(image.layout());
      for (int i = 0; i < columns; i++) {
        keys[i].add(binding.value(image, i), binding.isBinary(i));
      }
    }
    try (PreparedStatement delete =
        prepare(CopiedKeysSql.forgetAside(writer.target(), writer.key()), table)) {
      delete.setArray(4, names(writer.key()));
      for (int i = 0; i < columns; i++) {
        delete.setObject(5 + i, keys[i].finish(), Types.OTHER);
      }
      delete.setString(5 + columns, subscription);
      delete.setString(6 + columns, table.schema());
      delete.setString(7 + columns, table.table());
      delete.executeUpdate();
    }
  }

  private void add(TableWriter writer, List<Image> images, boolean held) throws SQLException {
    if (images.isEmpty()) {
      return;
    }
    ArrayLiteral[] keys = new ArrayLiteral[writer.key().size()];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = new ArrayLiteral();
    }
    try (PreparedStatement insert = prepare(CopiedKeysSql.ADD, writer.target().id())) {
      insert.setBoolean(4, held);
      insert.setArray(5, names(writer.key()));
      int rows = 0;
      Binding binding = null;
      Image before = null;
      for (Image image : images) {
        if (before == null || image.layout() != before.layout()) {
          binding = writer.keyBinding(image.layout());
        }
        before = image;
        int chars = 0;
        for (int i = 0; i < keys.length; i++) {
          keys[i].add(binding.value(image, i), binding.isBinary(i));
          chars += keys[i].length();
        }
        if (++rows == MOST_ROWS || chars > MOST_CHARS) {
          insert(insert, keys);
          rows = 0;
        }
      }
      if (rows > 0) {
        insert(insert, keys);
      }
    }
  }

  private void insert(PreparedStatement insert, ArrayLiteral[] keys) throws SQLException {
    List<String> texts = new ArrayList<>();
    for (ArrayLiteral key : keys) {
      texts.add(key.finish());
    }
    insert.setArray(6, names(texts));
    insert.executeUpdate();
  }

  /** Are all rows there that the copy brought? Others may have deleted some since. */
  boolean areHeld(TableWriter writer) throws SQLException {
    TargetTable target = writer.target();
    try (PreparedStatement query = prepare(CopiedKeysSql.HAS_OTHER_KEY, target.id())) {
      query.setArray(4, names(writer.key()));
      if (isTrue(query)) {
        return false;
      }
    }
    readAll();
    try (PreparedStatement query =
        prepare(CopiedKeysSql.lacksRow(target, writer.key()), target.id())) {
      return !isTrue(query);
    }
  }

  /**
   * Deletes the rows that the copy did not bring.
   *
   * @return false when rows that stay refer to them; then all are there
   */
  boolean sweep(TableWriter writer) throws SQLException {
    readAll();
    Savepoint before = connection.setSavepoint();
    try (PreparedStatement delete =
        prepare(CopiedKeysSql.sweep(writer.target(), writer.key()), writer.target().id())) {
      delete.executeUpdate();
      requireSwept(writer);
      connection.releaseSavepoint(before);
    } catch (SQLException e) {
      if (Clash.of(e) == null) {
        throw e;
      }
      connection.rollback(before);
      return false;
    }
    forget(writer.target().id());
    return true;
  }

  /** That is looked at only where something could have kept rows, for it reads the whole table. */
  private void requireSwept(TableWriter writer) throws SQLException {
    TargetTable target = writer.target();
    if (!writer.mayLeaveOutRows()) {
      return;
    }
    try (PreparedStatement query =
            prepare(CopiedKeysSql.unswept(target, writer.key()), target.id());
        ResultSet row = query.executeQuery()) {
      row.next();
      if (row.getLong(1) > 0) {
        throw writer.kept(row.getLong(1), row.getString(2));
      }
    }
  }

  private void readAll() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(CopiedKeysSql.READ_ALL);
    }
  }

  private static boolean isTrue(PreparedStatement query) throws SQLException {
    try (ResultSet row = query.executeQuery()) {
      return row.next() && row.getBoolean(1);
    }
  }

  private Array names(List<String> texts) throws SQLException {
    return connection.createArrayOf("text", texts.toArray());
  }

  private PreparedStatement prepare(String sql, TableId table) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    statement.setString(1, subscription);
    statement.setString(2, table.schema());
    statement.setString(3, table.table());
    return statement;
  }
}
