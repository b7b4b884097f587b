/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.settle;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.postgres.SqlText;
import org.pgqconnect.sink.settle.LateRules.LateRule;
import org.pgqconnect.sink.target.ApplyException;
import org.pgqconnect.sink.target.Catalog;
import org.pgqconnect.sink.target.TableCheck;
import org.pgqconnect.sink.target.TargetTable;
import org.pgqconnect.sink.target.TargetTable.TargetColumn;
import org.pgqconnect.sink.write.NetRows;
import org.pgqconnect.sink.write.TableWriter;

/**
 * While a table is copied again in place, an old row may share a value of a unique or exclusion
 * constraint with one that comes. When the copy has not brought the old row yet, the provider does
 * not have it so: it will be brought or is stale, and makes place. What only the subscriber has of
 * it is kept, in the same transaction, until its key comes.
 */
final class RowsInTheWay {
  private final Connection connection;
  private final String subscription;
  private final boolean replica;

  RowsInTheWay(Connection connection, String subscription, boolean replica) {
    this.connection = connection;
    this.subscription = subscription;
    this.replica = replica;
  }

  /**
   * @param rows those that come
   * @throws ApplyException when rows of other tables refer to one that should make place
   */
  void makePlace(NetRows rows, TableWriter writer) throws SQLException {
    TargetTable target = rows.target();
    List<LateRule> rules = LateRules.read(connection, LateRulesSql.ALL_RULES, target.id());
    Map<String, String> generated = generated(target);
    for (LateRule rule : rules) {
      List<List<String>> keys =
          query(
              RowsInTheWaySql.find(rule, target, rows.key(), rows.layouts(), rows.sql(), generated),
              rows.arrays(),
              rows.key().size());
      if (!keys.get(0).isEmpty()) {
        keys = notBrought(target, rows.key(), keys);
      }
      if (!keys.get(0).isEmpty()) {
        makePlace(rule, target, rows.key(), own(writer), keys);
      }
    }
  }

  private void makePlace(
      LateRule rule,
      TargetTable target,
      List<String> key,
      List<TargetColumn> own,
      List<List<String>> keys)
      throws SQLException {
    if (replica || !isTrue(RowsInTheWaySql.IS_REFERRED, target.id())) {
      setAside(target, key, own, keys);
      return;
    }
    Set<String> kept = new Catalog(connection).basesOf(target, key);
    kept.addAll(key);
    own.forEach(column -> kept.add(column.name()));
    for (String column : nullable(rule, target, kept)) {
      if (attempt(() -> run(RowsInTheWaySql.park(target, key, column), keys))) {
        return;
      }
    }
    if (target.keepsRows() || !attempt(() -> setAside(target, key, own, keys))) {
      throw new ApplyException(
          TableCheck.keepsPlace(
              target, key, keys.stream().map(k -> k.get(0)).toList(), rule.name()));
    }
  }

  /** Runs something; what the server says against its data undoes it. */
  private boolean attempt(Write write) throws SQLException {
    Savepoint before = connection.setSavepoint();
    try {
      write.run();
      connection.releaseSavepoint(before);
      return true;
    } catch (SQLException e) {
      if (SqlState.verdict(e) != SqlState.Verdict.DATA) {
        throw e;
      }
      connection.rollback(before);
      connection.releaseSavepoint(before);
      return false;
    }
  }

  /**
   * Columns in which NULL takes a row out of the rule until the copy brings the value; not those
   * that rows of other tables refer to, which would be changed along with it.
   */
  private static List<String> nullable(LateRule rule, TargetTable target, Set<String> kept) {
    return rule.nullsClash()
        ? List.of()
        : target.rules().stream()
            .filter(r -> r.name().equals(rule.name()))
            .flatMap(r -> r.nullable().stream().filter(c -> !r.referred().contains(c)))
            .filter(c -> !kept.contains(c))
            .distinct()
            .toList();
  }

  /** The columns that the provider does not send. */
  private static List<TargetColumn> own(TableWriter writer) {
    if (writer.definition() == null) {
      return List.of();
    }
    Set<String> sent = new HashSet<>(writer.key());
    writer.definition().columns().forEach(column -> sent.add(column.name()));
    return writer.target().columns().values().stream()
        .filter(c -> !c.generated() && !c.alwaysIdentity() && !sent.contains(c.name()))
        .toList();
  }

  private Map<String, String> generated(TargetTable target) throws SQLException {
    Map<String, String> expressions = new HashMap<>();
    try (PreparedStatement query = connection.prepareStatement(RowsInTheWaySql.GENERATED)) {
      query.setString(1, target.id().schema());
      query.setString(2, target.id().table());
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          expressions.put(row.getString(1), SqlText.withoutParameters(row.getString(2)));
        }
      }
    }
    return expressions;
  }

  /** Of all that the copy brought; the plan for that is none for the statements that follow. */
  private List<List<String>> notBrought(
      TargetTable target, List<String> key, List<List<String>> keys) throws SQLException {
    Savepoint before = connection.setSavepoint();
    try (Statement statement = connection.createStatement()) {
      statement.execute(CopiedKeysSql.READ_ALL);
    }
    List<List<String>> rest;
    try (PreparedStatement query =
        connection.prepareStatement(RowsInTheWaySql.notBrought(target, key))) {
      int next = setTable(query, 1, target.id());
      setKeys(query, next, keys);
      rest = columns(query, key.size());
    }
    connection.rollback(before);
    return rest;
  }

  private void setAside(
      TargetTable target, List<String> key, List<TargetColumn> own, List<List<String>> keys)
      throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement(RowsInTheWaySql.setAside(target, key, own))) {
      int next = setKeys(delete, 1, keys);
      if (!own.isEmpty()) {
        next = setTable(delete, next, target.id());
        setTexts(delete, next, key);
        setTexts(delete, next + 1, own.stream().map(TargetColumn::name).toList());
      }
      delete.executeUpdate();
    }
  }

  /** Rows that were set aside and have come get back what only the subscriber has of them. */
  void restore(TableWriter writer) throws SQLException {
    TargetTable target = writer.target();
    if (!isTrue(CopiedKeysSql.HAS_ASIDE, subscription, target.id())) {
      return;
    }
    List<TargetColumn> own = own(writer);
    if (own.isEmpty()) {
      return;
    }
    try (PreparedStatement restore =
        connection.prepareStatement(RowsInTheWaySql.restore(target, writer.key(), own))) {
      int next = setTable(restore, 1, target.id());
      setTexts(restore, next, writer.key());
      setTable(restore, next + 1, target.id());
      restore.executeUpdate();
    }
  }

  private void run(String sql, List<List<String>> keys) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      setKeys(statement, 1, keys);
      statement.executeUpdate();
    }
  }

  private List<List<String>> query(String sql, List<String> arrays, int columns)
      throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(sql)) {
      for (int i = 0; i < arrays.size(); i++) {
        query.setObject(i + 1, arrays.get(i), Types.OTHER);
      }
      return columns(query, columns);
    }
  }

  private static List<List<String>> columns(PreparedStatement query, int columns)
      throws SQLException {
    List<List<String>> values = new ArrayList<>();
    for (int i = 0; i < columns; i++) {
      values.add(new ArrayList<>());
    }
    try (ResultSet row = query.executeQuery()) {
      while (row.next()) {
        for (int i = 0; i < columns; i++) {
          values.get(i).add(row.getString(i + 1));
        }
      }
    }
    return values;
  }

  private boolean isTrue(String sql, TableId table) throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(sql)) {
      query.setString(1, table.schema());
      query.setString(2, table.table());
      return isTrue(query);
    }
  }

  private boolean isTrue(String sql, String name, TableId table) throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(sql)) {
      query.setString(1, name);
      query.setString(2, table.schema());
      query.setString(3, table.table());
      return isTrue(query);
    }
  }

  private static boolean isTrue(PreparedStatement query) throws SQLException {
    try (ResultSet row = query.executeQuery()) {
      return row.next() && row.getBoolean(1);
    }
  }

  private int setKeys(PreparedStatement statement, int from, List<List<String>> keys)
      throws SQLException {
    for (int i = 0; i < keys.size(); i++) {
      setTexts(statement, from + i, keys.get(i));
    }
    return from + keys.size();
  }

  private int setTable(PreparedStatement statement, int from, TableId table) throws SQLException {
    statement.setString(from, subscription);
    statement.setString(from + 1, table.schema());
    statement.setString(from + 2, table.table());
    return from + 3;
  }

  private void setTexts(PreparedStatement statement, int at, List<String> texts)
      throws SQLException {
    statement.setArray(at, connection.createArrayOf("text", texts.toArray()));
  }

  private interface Write {
    void run() throws SQLException;
  }
}
