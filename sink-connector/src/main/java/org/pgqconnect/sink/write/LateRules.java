/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.write;

import static java.util.stream.Collectors.joining;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.postgres.SqlText;
import org.pgqconnect.sink.statements.NetRows;
import org.pgqconnect.sink.target.PartRows;
import org.pgqconnect.sink.target.TargetTable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * Checks unique and exclusion constraints that are declared DEFERRABLE. The server checks them by
 * triggers, which do not fire in a session that is a replica, so that two rows with one value would
 * stay.
 */
final class LateRules {
  private final Session session;
  private final Map<TargetTable, List<LateRule>> known = new HashMap<>();

  LateRules(Session session) {
    this.session = session;
  }

  /**
   * @throws SQLException as the server throws it where it checks the constraint
   */
  void check(NetRows rows) throws SQLException {
    TargetTable target = rows.target();
    if (!target.checksLate()) {
      return;
    }
    List<LateRule> rules = known.get(target);
    if (rules == null) {
      rules = read(session, LateRulesSql.RULES, target.id());
      known.put(target, rules);
    }
    for (LateRule rule : rules) {
      PartRows ruled = rule.rows(session, target);
      Optional<SQLException> refused =
          ruled.read(
              () ->
                  session.first(
                      LateRulesSql.clash(rule, ruled, target, rows.key(), rows.sql()),
                      row -> refused(rule, row),
                      rows.values()));
      if (refused.isPresent()) {
        throw refused.get();
      }
    }
  }

  static List<LateRule> read(Session session, String sql, TableId table) throws SQLException {
    return session.list(
        sql,
        row ->
            new LateRule(
                row.getString(1),
                new TableId(row.getString(2), row.getString(3)),
                row.getBoolean(4),
                row.getBoolean(5),
                row.getString(6) == null ? null : SqlText.withoutParameters(row.getString(6)),
                texts(row, 7),
                texts(row, 8),
                texts(row, 9)),
        table.schema(),
        table.table());
  }

  private static List<String> texts(ResultSet row, int column) throws SQLException {
    return Stream.of((String[]) row.getArray(column).getArray())
        .map(SqlText::withoutParameters)
        .toList();
  }

  /** In the server's words and fields, so that it is treated like the server's own error. */
  private static SQLException refused(LateRule rule, ResultSet row) throws SQLException {
    List<String> values = new ArrayList<>();
    for (int i = 1; i <= rule.expressions().size(); i++) {
      values.add(row.getString(i));
    }
    String key =
        "Key (%s)=(%s)".formatted(String.join(", ", rule.expressions()), String.join(", ", values));
    Map<Character, String> fields = new HashMap<>();
    fields.put('S', "ERROR");
    fields.put('C', rule.excludes() ? SqlState.EXCLUSION_VIOLATION : SqlState.UNIQUE_VIOLATION);
    fields.put(
        'M',
        rule.excludes()
            ? "conflicting key value violates exclusion constraint \"" + rule.name() + "\""
            : "duplicate key value violates unique constraint \"" + rule.name() + "\"");
    fields.put('D', key + (rule.excludes() ? " conflicts with existing key." : " already exists."));
    fields.put('n', rule.name());
    fields.put('s', rule.table().schema());
    fields.put('t', rule.table().table());
    return new PSQLException(
        new ServerErrorMessage(
            fields.entrySet().stream()
                .map(field -> field.getKey() + field.getValue() + '\0')
                .collect(joining())));
  }

  /**
   * @param table the table that has the constraint: a partition may have one of its own
   * @param excludes an exclusion constraint
   * @param nullsClash NULL counts as a value like others
   * @param predicate the rows that it is about, or null for all
   * @param expressions its columns
   * @param collations of the columns; empty where there is none
   * @param operators by which two rows clash when all of them hold
   */
  record LateRule(
      String name,
      TableId table,
      boolean excludes,
      boolean nullsClash,
      String predicate,
      List<String> expressions,
      List<String> collations,
      List<String> operators) {

    /** The rows of its table, which are some of the target's. */
    PartRows rows(Session session, TargetTable target) throws SQLException {
      return table.equals(target.id()) ? PartRows.of(target) : PartRows.of(session, table);
    }
  }
}
