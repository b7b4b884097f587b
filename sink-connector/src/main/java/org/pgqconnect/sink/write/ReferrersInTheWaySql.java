/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.write;

import static java.util.stream.Collectors.joining;
import static org.pgqconnect.postgres.Identifiers.quote;

import java.util.ArrayList;
import java.util.List;
import org.pgqconnect.sink.statements.ApplySql;
import org.pgqconnect.sink.statements.NetRows;
import org.pgqconnect.sink.statements.SettleSql;
import org.pgqconnect.sink.target.TargetTable;
import org.pgqconnect.sink.target.TargetTable.TargetColumn;
import org.pgqconnect.sink.write.ReferrersInTheWay.Reference;

/** The statements of {@link ReferrersInTheWay}. */
final class ReferrersInTheWaySql {
  /**
   * The foreign keys of one table, its partitions and what it is a partition of, that refer to
   * another and refuse something: how a row {@code r} refers to a row {@code t}, whether it holds a
   * row that is to be deleted, whether it holds values that are to change, and which these are.
   */
  static final String REFERENCES =
      """
      WITH child AS (SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                      WHERE n.nspname = ? AND c.relname = ?),
           parent AS (SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                       WHERE n.nspname = ? AND c.relname = ?),
           children AS (SELECT oid FROM child
                        UNION SELECT t.relid::pg_catalog.oid FROM child c CROSS JOIN LATERAL pg_catalog.pg_partition_tree(c.oid) t
                        UNION SELECT a.relid::pg_catalog.oid FROM child c CROSS JOIN LATERAL pg_catalog.pg_partition_ancestors(c.oid) a(relid)),
           parents AS (SELECT oid FROM parent
                       UNION SELECT t.relid::pg_catalog.oid FROM parent p CROSS JOIN LATERAL pg_catalog.pg_partition_tree(p.oid) t
                       UNION SELECT a.relid::pg_catalog.oid FROM parent p CROSS JOIN LATERAL pg_catalog.pg_partition_ancestors(p.oid) a(relid))
      SELECT
      """
          + StaleReferrersSql.REFERS
          + """
          ,
                 f.confdeltype IN ('a', 'r'), f.confupdtype IN ('a', 'r'), pg_catalog.array_agg(p.attname::text)
            FROM pg_catalog.pg_constraint f
          """
          + StaleReferrersSql.COLUMNS
          + """
          WHERE f.contype = 'f' AND f.conparentid = 0
            AND (f.confdeltype IN ('a', 'r') OR f.confupdtype IN ('a', 'r'))
            AND f.conrelid IN (SELECT oid FROM children) AND f.confrelid IN (SELECT oid FROM parents)
          GROUP BY f.oid, f.confdeltype, f.confupdtype\
          """;

  private ReferrersInTheWaySql() {}

  /**
   * The keys of rows that refer to one that goes or gets other values, and are not written
   * themselves.
   *
   * @param own the rows of the table that refers, or null
   */
  static String referring(
      TargetTable child, List<String> key, NetRows own, Reference reference, NetRows parent) {
    String net = SettleSql.net(2, parent.sql(), parent.target(), parent.key());
    return find(
        own == null ? net : own(own) + ", " + net,
        child,
        key,
        own,
        reference,
        parent.target(),
        "WHERE " + goes(reference, parent));
  }

  /**
   * The keys of rows that refer to one of those whose keys are given, and are not written
   * themselves.
   *
   * @param own the rows of the table that refers, or null
   */
  static String referringTo(
      TargetTable child, List<String> key, NetRows own, Reference reference, RowsAside parent) {
    return find(
        own == null ? "" : own(own),
        child,
        key,
        own,
        reference,
        parent.target(),
        "JOIN (%s) n ON %s"
            .formatted(
                RowsInTheWaySql.keys(parent.target(), parent.key()),
                ApplySql.sameKey(parent.target(), parent.key())));
  }

  private static String find(
      String nets,
      TargetTable child,
      List<String> key,
      NetRows own,
      Reference reference,
      TargetTable parent,
      String which) {
    String rows =
        own == null
            ? child.onlyItself()
            : "(SELECT t.* FROM %s AS t WHERE NOT EXISTS (SELECT FROM net1 n WHERE %s))"
                .formatted(child.onlyItself(), ApplySql.sameKey(child, key));
    return "%sSELECT DISTINCT %s FROM %s AS r JOIN %s AS t ON %s %s"
        .formatted(
            nets.isEmpty() ? "" : "WITH " + nets + " ",
            key.stream().map(c -> "r." + quote(c) + "::text").collect(joining(", ")),
            rows,
            parent.onlyItself(),
            reference.refers(),
            which);
  }

  private static String own(NetRows rows) {
    return SettleSql.net(1, rows.sql(), rows.target(), rows.key());
  }

  private static String goes(Reference reference, NetRows parent) {
    TargetTable target = parent.target();
    String same = ApplySql.sameKey(target, parent.key());
    List<String> conditions = new ArrayList<>();
    if (reference.holdsRows()) {
      conditions.add(
          (parent.empties()
                  ? "NOT EXISTS (SELECT FROM net2 n WHERE n.%s > 0 AND %s)"
                  : "EXISTS (SELECT FROM net2 n WHERE n.%s = 0 AND %s)")
              .formatted(SettleSql.KIND, same));
    }
    for (int i = 0; i < parent.layouts().size() && reference.holdsValues(); i++) {
      List<String> changing =
          parent.layouts().get(i).stream()
              .map(TargetColumn::name)
              .filter(c -> reference.columns().contains(c) && !parent.key().contains(c))
              .toList();
      if (!changing.isEmpty()) {
        conditions.add(
            "EXISTS (SELECT FROM net2 n WHERE n.%s = %d AND %s AND %s)"
                .formatted(
                    SettleSql.KIND,
                    i + 1,
                    same,
                    SettleSql.differs(target, parent.key(), changing)));
      }
    }
    return conditions.isEmpty() ? "false" : "(" + String.join(" OR ", conditions) + ")";
  }
}
