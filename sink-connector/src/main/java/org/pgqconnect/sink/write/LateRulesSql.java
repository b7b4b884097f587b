/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.write;

import static java.util.stream.Collectors.joining;
import static org.pgqconnect.postgres.Identifiers.quote;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.pgqconnect.sink.statements.ApplySql;
import org.pgqconnect.sink.statements.SettleSql;
import org.pgqconnect.sink.target.PartRows;
import org.pgqconnect.sink.target.TargetTable;
import org.pgqconnect.sink.write.LateRules.LateRule;

/** The statements of {@link LateRules}. */
final class LateRulesSql {
  private static final String TABLE = quote("pgq-connect table");
  private static final String ROW = quote("pgq-connect row");

  private static final String RULE =
      """
      SELECT coalesce(k.conname, ic.relname), rn.nspname, r.relname, k.conexclop IS NOT NULL,
             coalesce((pg_catalog.to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false),
             pg_catalog.pg_get_expr(i.indpred, i.indrelid),
             ARRAY(SELECT pg_catalog.pg_get_indexdef(i.indexrelid, p.place, true)
                     FROM pg_catalog.generate_series(1, i.indnkeyatts) p (place) ORDER BY p.place),
             ARRAY(SELECT coalesce((SELECT pg_catalog.quote_ident(con.nspname) || '.' || pg_catalog.quote_ident(co.collname)
                                      FROM pg_catalog.pg_collation co JOIN pg_catalog.pg_namespace con ON con.oid = co.collnamespace
                                     WHERE co.oid = i.indcollation[p.place - 1]), '')
                     FROM pg_catalog.generate_series(1, i.indnkeyatts) p (place) ORDER BY p.place),
             ARRAY(SELECT 'OPERATOR(' || pg_catalog.quote_ident(opn.nspname) || '.' || op.oprname || ')'
                     FROM pg_catalog.generate_series(1, i.indnkeyatts) p (place)
                     JOIN pg_catalog.pg_opclass oc ON oc.oid = i.indclass[p.place - 1]
                     LEFT JOIN pg_catalog.pg_amop ao ON k.conexclop IS NULL AND ao.amopfamily = oc.opcfamily AND ao.amopstrategy = 3
                          AND ao.amoplefttype = oc.opcintype AND ao.amoprighttype = oc.opcintype
                     JOIN pg_catalog.pg_operator op ON op.oid = coalesce(k.conexclop[p.place], ao.amopopr)
                     JOIN pg_catalog.pg_namespace opn ON opn.oid = op.oprnamespace
                    ORDER BY p.place)
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_catalog.pg_index i
          ON i.indrelid = c.oid OR i.indrelid IN (SELECT p.relid FROM pg_catalog.pg_partition_tree(c.oid) p)
        JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid AND (i.indrelid = c.oid OR NOT ic.relispartition)
        LEFT JOIN pg_catalog.pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')
        JOIN pg_catalog.pg_class r ON r.oid = i.indrelid
        JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
       WHERE n.nspname = ? AND c.relname = ? AND %s
       ORDER BY 1\
      """;

  /** Those that the server checks by triggers. */
  static final String RULES = RULE.formatted("NOT i.indimmediate");

  /** Unique indexes that are no constraint are among them. */
  static final String ALL_RULES =
      RULE.formatted("i.indisready AND (i.indisunique OR i.indisexclusion)");

  private LateRulesSql() {}

  /** The values of a written row that another row clashes with. */
  static String clash(
      LateRule rule, PartRows ruled, TargetTable target, List<String> key, String netRows) {
    List<String> selected = new ArrayList<>();
    for (int i = 0; i < rule.expressions().size(); i++) {
      selected.add("t.%s::text".formatted(value(i)));
    }
    String rows =
        "(SELECT *, tableoid AS %s, ctid AS %s, %s FROM %s%s)"
            .formatted(
                TABLE, ROW, values(rule), ruled.from(), where(ruled.condition(), rule.predicate()));
    return "WITH %s SELECT %s FROM net1 n JOIN %s t ON n.%s > 0 AND %s JOIN %s o ON %s AND (t.%7$s, t.%8$s) <> (o.%7$s, o.%8$s) LIMIT 1"
        .replace("%7$s", TABLE)
        .replace("%8$s", ROW)
        .formatted(
            SettleSql.net(1, netRows, target, key),
            String.join(", ", selected),
            rows,
            SettleSql.KIND,
            ApplySql.sameKey(target, key),
            rows,
            clashes(rule));
  }

  private static String value(int number) {
    return quote("pgq-connect " + (number + 1));
  }

  /** The values of the rule of a row whose columns are in scope. */
  static String values(LateRule rule) {
    List<String> values = new ArrayList<>();
    for (int i = 0; i < rule.expressions().size(); i++) {
      String collation = rule.collations().get(i);
      values.add(
          "(%s)%s AS %s"
              .formatted(
                  rule.expressions().get(i),
                  collation.isEmpty() ? "" : " COLLATE " + collation,
                  value(i)));
    }
    return String.join(", ", values);
  }

  /**
   * The condition for rows that satisfy all of some.
   *
   * @param conditions null for those that are satisfied by all rows
   */
  static String where(String... conditions) {
    String all =
        Stream.of(conditions)
            .filter(Objects::nonNull)
            .map(condition -> "(" + condition + ")")
            .collect(joining(" AND "));
    return all.isEmpty() ? "" : " WHERE " + all;
  }

  /** The condition that {@code t} and {@code o}, which have the {@link #values}, clash. */
  static String clashes(LateRule rule) {
    List<String> clashes = new ArrayList<>();
    for (int i = 0; i < rule.expressions().size(); i++) {
      String equal = "t.%1$s %2$s o.%1$s".formatted(value(i), rule.operators().get(i));
      clashes.add(
          rule.nullsClash()
              ? "(%1$s OR t.%2$s IS NULL AND o.%2$s IS NULL)".formatted(equal, value(i))
              : equal);
    }
    return String.join(" AND ", clashes);
  }
}
