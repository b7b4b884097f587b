/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.settle;

import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.postgres.SqlText;
import org.pgqconnect.postgres.Values;
import org.pgqconnect.postgres.Values.Value;
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
  private final Session session;
  private final String subscription;
  private final boolean replica;

  RowsInTheWay(Session session, String subscription, boolean replica) {
    this.session = session;
    this.subscription = subscription;
    this.replica = replica;
  }

  /**
   * @param rows those that come
   * @throws ApplyException when rows of other tables refer to one that should make place
   */
  void makePlace(NetRows rows, TableWriter writer) throws SQLException {
    TargetTable target = rows.target();
    List<LateRule> rules = LateRules.read(session, LateRulesSql.ALL_RULES, target.id());
    Map<String, String> generated = generated(target);
    for (LateRule rule : rules) {
      List<List<String>> keys =
          columns(
              rows.key().size(),
              RowsInTheWaySql.find(rule, target, rows.key(), rows.layouts(), rows.sql(), generated),
              rows.values());
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
    if (replica
        || !session.test(RowsInTheWaySql.IS_REFERRED, target.id().schema(), target.id().table())) {
      setAside(target, key, own, keys);
      return;
    }
    Set<String> kept = new Catalog(session).basesOf(target, key);
    kept.addAll(key);
    own.forEach(column -> kept.add(column.name()));
    for (String column : nullable(rule, target, kept)) {
      String park = RowsInTheWaySql.park(target, key, column);
      if (attempt(() -> session.update(park, arrays(keys).toArray()))) {
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
  private boolean attempt(Session.Action write) throws SQLException {
    return session.attempt(e -> SqlState.verdict(e) == SqlState.Verdict.DATA, write).isEmpty();
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
    session.each(
        RowsInTheWaySql.GENERATED,
        row -> expressions.put(row.getString(1), SqlText.withoutParameters(row.getString(2))),
        target.id().schema(),
        target.id().table());
    return expressions;
  }

  /** Of all that the copy brought; the plan for that is none for the statements that follow. */
  private List<List<String>> notBrought(
      TargetTable target, List<String> key, List<List<String>> keys) throws SQLException {
    Savepoint before = session.connection().setSavepoint();
    session.execute(CopiedKeysSql.READ_ALL);
    List<Object> values = new ArrayList<>(table(target.id()));
    values.addAll(arrays(keys));
    List<List<String>> rest =
        columns(key.size(), RowsInTheWaySql.notBrought(target, key), values.toArray());
    session.connection().rollback(before);
    return rest;
  }

  private void setAside(
      TargetTable target, List<String> key, List<TargetColumn> own, List<List<String>> keys)
      throws SQLException {
    List<Object> values = new ArrayList<>(arrays(keys));
    if (!own.isEmpty()) {
      values.addAll(table(target.id()));
      values.add(Values.texts(key));
      values.add(Values.texts(own.stream().map(TargetColumn::name).toList()));
    }
    session.update(RowsInTheWaySql.setAside(target, key, own), values.toArray());
  }

  /** Rows that were set aside and have come get back what only the subscriber has of them. */
  void restore(TableWriter writer) throws SQLException {
    TargetTable target = writer.target();
    if (!session.test(CopiedKeysSql.HAS_ASIDE, table(target.id()).toArray())) {
      return;
    }
    List<TargetColumn> own = own(writer);
    if (own.isEmpty()) {
      return;
    }
    List<Object> values = new ArrayList<>(table(target.id()));
    values.add(Values.texts(writer.key()));
    values.addAll(table(target.id()));
    session.update(RowsInTheWaySql.restore(target, writer.key(), own), values.toArray());
  }

  /** The rows of a query by their columns, which are texts. */
  private List<List<String>> columns(int count, String sql, Object... values) throws SQLException {
    List<List<String>> columns = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      columns.add(new ArrayList<>());
    }
    session.each(
        sql,
        row -> {
          for (int i = 0; i < count; i++) {
            columns.get(i).add(row.getString(i + 1));
          }
        },
        values);
    return columns;
  }

  /** Keys as values: an array for each of their columns. */
  private static List<Value> arrays(List<List<String>> keys) {
    return keys.stream().map(Values::texts).toList();
  }

  private List<String> table(TableId table) {
    return List.of(subscription, table.schema(), table.table());
  }
}
