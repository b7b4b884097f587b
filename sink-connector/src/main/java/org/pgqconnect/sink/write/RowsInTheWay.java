/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.write;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.postgres.SqlText;
import org.pgqconnect.postgres.Values;
import org.pgqconnect.sink.statements.NetRows;
import org.pgqconnect.sink.statements.TableWriter;
import org.pgqconnect.sink.target.ApplyException;
import org.pgqconnect.sink.target.Catalog;
import org.pgqconnect.sink.target.Clash;
import org.pgqconnect.sink.target.PartRows;
import org.pgqconnect.sink.target.TableCheck;
import org.pgqconnect.sink.target.TargetTable;
import org.pgqconnect.sink.target.TargetTable.TargetColumn;
import org.pgqconnect.sink.write.LateRules.LateRule;

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
   * Makes place for rows, by NULL in one of the rule's columns or by setting old rows aside.
   *
   * @param rows those that come
   * @param oldRows which may go in one statement with those that refer to them
   * @param stay takes old rows that can only go so
   * @throws ApplyException when there are some and that is not allowed
   */
  void makePlace(NetRows rows, TableWriter writer, OldRows oldRows, Blocking stay)
      throws SQLException {
    TargetTable target = rows.target();
    List<LateRule> rules = LateRules.read(session, LateRulesSql.ALL_RULES, target.id());
    Map<String, String> generated = generated(target);
    for (LateRule rule : rules) {
      PartRows ruled = rule.rows(session, target);
      String find =
          RowsInTheWaySql.find(
              rule, ruled, target, rows.key(), rows.layouts(), rows.sql(), generated);
      List<List<String>> keys = ruled.read(() -> notBrought(writer, find, List.of(rows.values())));
      if (!keys.isEmpty() && !makePlace(rule, aside(writer, keys), oldRows)) {
        stay.add(target, rows.key(), keys, rule);
        if (!oldRows.mayGo(target.id())) {
          throw stay.first().orElseThrow().takesOthersAlong(session);
        }
      }
    }
  }

  /** Old rows that can only go in one statement with those that refer to them. */
  static final class Blocking {
    private final Map<TableId, Set<List<String>>> keys = new HashMap<>();
    private Blocked first;

    private void add(TargetTable target, List<String> key, List<List<String>> rows, LateRule rule) {
      if (first == null) {
        first = Blocked.of(target.id(), key, rows.get(0), rule.name());
      }
      keys.computeIfAbsent(target.id(), t -> new LinkedHashSet<>()).addAll(rows);
    }

    /** By their keys as texts. */
    Map<TableId, Set<List<String>>> keys() {
      return keys;
    }

    /** What to say of the first one when it cannot go either. */
    Optional<Blocked> first() {
      return Optional.ofNullable(first);
    }
  }

  /**
   * An old row that blocks others.
   *
   * @param key as {@code column=value}
   * @param rule the constraint by which it does
   */
  record Blocked(TableId table, String key, String rule) {
    private static Blocked of(TableId table, List<String> key, List<String> values, String rule) {
      return new Blocked(
          table,
          IntStream.range(0, key.size())
              .mapToObj(i -> key.get(i) + "=" + values.get(i))
              .collect(Collectors.joining(", ")),
          rule);
    }

    /** Rows of other tables would go with it that may be the provider's. */
    private ApplyException takesOthersAlong(Session session) throws SQLException {
      Clash clash = new Clash(SqlState.FOREIGN_KEY_VIOLATION, null, null, null);
      return ApplyException.untilCopied(
          TableCheck.keepsPlace(table, key, rule, clash, Optional.empty(), session.role()), clash);
    }

    /**
     * Rows refer to it.
     *
     * @param by the foreign key
     * @param resync copies the table that has it; empty when this connector does not write that
     */
    ApplyException isHeld(Clash by, Optional<String> resync, Session session) throws SQLException {
      String message = TableCheck.keepsPlace(table, key, rule, by, resync, session.role());
      return resync.isPresent()
          ? ApplyException.untilCopied(message, by)
          : new ApplyException(message, by);
    }
  }

  /**
   * @return false when other rows refer to those that should make place
   */
  private boolean makePlace(LateRule rule, RowsAside rows, OldRows oldRows) throws SQLException {
    TargetTable target = rows.target();
    List<String> key = rows.key();
    if (replica
        || !session.test(RowsInTheWaySql.IS_REFERRED, target.id().schema(), target.id().table())) {
      setAside(rows);
      return true;
    }
    Set<String> kept = new Catalog(session).basesOf(target, key);
    kept.addAll(key);
    rows.own().forEach(column -> kept.add(column.name()));
    for (String column : nullable(rule, target, kept)) {
      String park = RowsInTheWaySql.park(target, key, column);
      if (attempt(() -> session.update(park, RowsAside.arrays(rows.keys()).toArray()))) {
        return true;
      }
    }
    // Alone only where they cannot go with what refers to them.
    return !oldRows.mayGo(target.id()) && !target.keepsRows() && attempt(() -> setAside(rows));
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

  private Map<String, String> generated(TargetTable target) throws SQLException {
    Map<String, String> expressions = new HashMap<>();
    session.each(
        RowsInTheWaySql.GENERATED,
        row -> expressions.put(row.getString(1), SqlText.withoutParameters(row.getString(2))),
        target.id().schema(),
        target.id().table());
    return expressions;
  }

  /** Rows of tables that are to be set aside, by their keys as texts. */
  Map<TableId, RowsAside> aside(OldRows oldRows, Map<TableId, Set<List<String>>> keys)
      throws SQLException {
    Map<TableId, RowsAside> aside = new HashMap<>();
    for (Map.Entry<TableId, Set<List<String>>> rows : keys.entrySet()) {
      TableId table = rows.getKey();
      aside.put(table, aside(oldRows.writer(table), List.copyOf(rows.getValue())));
    }
    return aside;
  }

  /** Rows of a table that are to be set aside, by their keys as texts. */
  RowsAside aside(TableWriter writer, List<List<String>> keys) {
    return RowsAside.of(subscription, writer, byColumn(writer.key().size(), keys));
  }

  private static List<List<String>> byColumn(int count, List<List<String>> keys) {
    List<List<String>> columns = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int column = i;
      columns.add(keys.stream().map(key -> key.get(column)).toList());
    }
    return columns;
  }

  /**
   * Those of the keys that a query finds which the copy has not brought so far, as texts. All that
   * it brought is read; the plan for that is none for the statements that follow.
   */
  List<List<String>> notBrought(TableWriter writer, String query, List<Object> parameters)
      throws SQLException {
    TargetTable target = writer.target();
    List<String> key = writer.key();
    List<List<String>> found = keys(key.size(), query, parameters);
    if (found.isEmpty()) {
      return found;
    }
    List<Object> values = new ArrayList<>(table(target.id()));
    values.addAll(RowsAside.arrays(byColumn(key.size(), found)));
    return session.undone(
        () -> {
          session.execute(CopiedKeysSql.READ_ALL);
          return keys(key.size(), RowsInTheWaySql.notBrought(target, key), values);
        });
  }

  private void setAside(RowsAside rows) throws SQLException {
    session.execute(
        "WITH " + String.join(", ", rows.parts(1)) + " SELECT", rows.values().toArray());
  }

  /** Rows that were set aside and have come get back what only the subscriber has of them. */
  void restore(TableWriter writer) throws SQLException {
    TargetTable target = writer.target();
    if (!session.test(CopiedKeysSql.HAS_ASIDE, table(target.id()).toArray())) {
      return;
    }
    List<TargetColumn> own = RowsAside.own(writer);
    if (own.isEmpty()) {
      return;
    }
    List<Object> values = new ArrayList<>(table(target.id()));
    values.add(Values.texts(writer.key()));
    values.addAll(table(target.id()));
    session.update(RowsInTheWaySql.restore(target, writer.key(), own), values.toArray());
  }

  private List<List<String>> keys(int columns, String query, List<?> parameters)
      throws SQLException {
    return session.list(
        query,
        row -> {
          List<String> key = new ArrayList<>();
          for (int i = 1; i <= columns; i++) {
            key.add(row.getString(i));
          }
          return key;
        },
        parameters.toArray());
  }

  private List<String> table(TableId table) {
    return List.of(subscription, table.schema(), table.table());
  }
}
