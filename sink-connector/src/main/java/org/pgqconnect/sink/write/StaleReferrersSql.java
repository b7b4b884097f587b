/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.write;

import static java.util.stream.Collectors.joining;

import java.util.List;
import org.pgqconnect.sink.statements.ApplySql;
import org.pgqconnect.sink.statements.NetRows;
import org.pgqconnect.sink.statements.SettleSql;
import org.pgqconnect.sink.target.TargetTable;
import org.pgqconnect.sink.write.StaleReferrers.Reference;

/** The statements of {@link StaleReferrers}. */
final class StaleReferrersSql {
  /**
   * How a row {@code r} of the table that has a foreign key refers to a row {@code t}: by the
   * operators and the collations that the server itself compares with. Of {@link #COLUMNS}.
   */
  static final String REFERS =
      """
      pg_catalog.string_agg(
        pg_catalog.format('t.%I OPERATOR(%I.%s) r.%I', p.attname, s.nspname, o.oprname, a.attname)
        || CASE WHEN p.attcollation <> a.attcollation AND p.attcollation <> 0
                THEN ' COLLATE ' || p.attcollation::pg_catalog.regcollation::text ELSE '' END, ' AND ')\
      """;

  /** The columns {@code a} of a foreign key {@code f}, and those {@code p} that they refer to. */
  static final String COLUMNS =
      """
       CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(f.conkey), pg_catalog.unnest(f.confkey), pg_catalog.unnest(f.conpfeqop)) k (child, parent, operator)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.child
        JOIN pg_catalog.pg_attribute p ON p.attrelid = f.confrelid AND p.attnum = k.parent
        JOIN pg_catalog.pg_operator o ON o.oid = k.operator
        JOIN pg_catalog.pg_namespace s ON s.oid = o.oprnamespace
      """;

  /** How a foreign key refers. */
  static final String REFERENCE =
      "SELECT "
          + REFERS
          + """

            FROM pg_catalog.pg_constraint f
            JOIN pg_catalog.pg_class c ON c.oid = f.conrelid
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          """
          + COLUMNS
          + """
          WHERE f.contype = 'f' AND n.nspname = ? AND c.relname = ? AND f.conname = ?
          GROUP BY f.oid\
          """;

  private StaleReferrersSql() {}

  /**
   * Does a row refer to one that goes, and is not written itself?
   *
   * @param own the rows of the table that refers, or null
   */
  static String refer(NetRows rows, Reference reference, NetRows own) {
    String same = ApplySql.sameKey(rows.target(), rows.key());
    String goes =
        (rows.empties()
                ? "NOT EXISTS (SELECT FROM net1 n WHERE n.%s > 0 AND %s)"
                : "EXISTS (SELECT FROM net1 n WHERE n.%s = 0 AND %s)")
            .formatted(SettleSql.KIND, same);
    String net = SettleSql.net(1, rows.sql(), rows.target(), rows.key());
    return own == null
        ? exists(net, reference.rows().asSource() + " AS r", rows.target(), reference, goes)
        : exists(
            net + ", " + SettleSql.net(2, own.sql(), own.target(), own.key()),
            "(SELECT t.* FROM %s AS t WHERE NOT EXISTS (SELECT FROM net2 n WHERE %s)) AS r"
                .formatted(reference.rows().asSource(), ApplySql.sameKey(own.target(), own.key())),
            rows.target(),
            reference,
            goes);
  }

  /** Does a row refer to one that a repeated copy did not bring? */
  static String referToUnswept(TargetTable target, List<String> key, Reference reference) {
    return exists(
        CopiedKeysSql.last(target, key),
        reference.rows().asSource() + " AS r",
        target,
        reference,
        "NOT EXISTS (SELECT FROM net1 n WHERE n.%s = 1 AND %s)"
            .formatted(SettleSql.KIND, ApplySql.sameKey(target, key)));
  }

  private static String exists(
      String net, String referring, TargetTable target, Reference reference, String goes) {
    return List.of(
            "WITH " + net,
            "SELECT EXISTS (SELECT FROM " + referring,
            "JOIN " + target.onlyItself() + " AS t ON " + reference.refers(),
            "WHERE " + goes + ")")
        .stream()
        .collect(joining(" "));
  }
}
