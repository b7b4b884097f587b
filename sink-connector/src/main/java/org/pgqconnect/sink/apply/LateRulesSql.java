/*
 * Copyright pgq-connect contributors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package org.pgqconnect.sink.apply;

import static org.pgqconnect.postgres.Identifiers.quote;

import java.util.ArrayList;
import java.util.List;
import org.pgqconnect.sink.apply.LateRules.LateRule;

/** The statements of {@link LateRules}. */
final class LateRulesSql {
  private static final String TABLE = quote("pgq-connect table");
  private static final String ROW = quote("pgq-connect row");

  static final String RULES =
      """
      SELECT k.conname, rn.nspname, r.relname, r.relkind = 'p', k.conexclop IS NOT NULL,
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
        JOIN pg_catalog.pg_constraint k
          ON k.conrelid = c.oid
          OR k.conparentid = 0 AND k.conrelid IN (SELECT p.relid FROM pg_catalog.pg_partition_tree(c.oid) p)
        JOIN pg_catalog.pg_index i ON i.indexrelid = k.conindid
        JOIN pg_catalog.pg_class r ON r.oid = k.conrelid
        JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
       WHERE n.nspname = ? AND c.relname = ? AND k.contype IN ('p', 'u', 'x') AND NOT i.indimmediate
       ORDER BY 1""";

  private LateRulesSql() {}

  /** The values of a written row that another row clashes with. */
  static String clash(LateRule rule, TargetTable target, List<String> key, String netRows) {
    List<String> values = new ArrayList<>();
    List<String> selected = new ArrayList<>();
    List<String> clashes = new ArrayList<>();
    for (int i = 0; i < rule.expressions().size(); i++) {
      String name = quote("pgq-connect " + (i + 1));
      String collation = rule.collations().get(i);
      values.add(
          "(%s)%s AS %s"
              .formatted(
                  rule.expressions().get(i),
                  collation.isEmpty() ? "" : " COLLATE " + collation,
                  name));
      selected.add("t.%s::text".formatted(name));
      String equal = "t.%1$s %2$s o.%1$s".formatted(name, rule.operators().get(i));
      clashes.add(
          rule.nullsClash()
              ? "(%1$s OR t.%2$s IS NULL AND o.%2$s IS NULL)".formatted(equal, name)
              : equal);
    }
    String rows =
        "(SELECT *, tableoid AS %s, ctid AS %s, %s FROM %s%s)"
            .formatted(
                TABLE,
                ROW,
                String.join(", ", values),
                TargetTable.onlyItself(rule.table(), rule.partitioned()),
                rule.predicate() == null ? "" : " WHERE " + rule.predicate());
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
            String.join(" AND ", clashes));
  }
}
