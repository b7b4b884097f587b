/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import static org.pgqconnect.postgres.Identifiers.quote;

import org.pgqconnect.batch.TableDefinition.Column;

/** The statements of {@link GeneratedColumns}. */
final class GeneratedColumnsSql {
  private static final String SCRATCH = "pgq_connect_generated";

  /** How a column of a table is computed. */
  static final String CLAUSE =
      clauseOf(
          """
          JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE a.attname = ? AND n.nspname = ? AND c.relname = ?""");

  /** The same of the scratch table. */
  static final String SCRATCH_CLAUSE =
      clauseOf(
          """
          CROSS JOIN (SELECT ?::text AS name, ?::text, ?::text) of
         WHERE a.attname = of.name AND a.attrelid = 'pg_temp.%s'::regclass"""
              .formatted(SCRATCH));

  private GeneratedColumnsSql() {}

  private static String clauseOf(String which) {
    return """
        SELECT pg_catalog.format('GENERATED ALWAYS AS (%%s) %%s', pg_catalog.pg_get_expr(d.adbin, d.adrelid),
                                 CASE a.attgenerated::text WHEN 'v' THEN 'VIRTUAL' ELSE 'STORED' END)
          FROM pg_catalog.pg_attribute a
          JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
         %s AND a.attgenerated <> ''"""
        .formatted(which);
  }

  /** A table of the session with the provider's clause. */
  static String scratch(TargetTable target, Column column) {
    return "CREATE TEMP TABLE %1$s (LIKE %2$s); ALTER TABLE pg_temp.%1$s DROP COLUMN %3$s, ADD COLUMN %3$s %4$s %5$s"
        .formatted(
            SCRATCH,
            quote(target.id()),
            quote(column.name()),
            column.type(),
            GeneratedColumns.clause(column));
  }
}
