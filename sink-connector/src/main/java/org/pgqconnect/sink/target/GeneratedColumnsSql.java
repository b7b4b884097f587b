/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import static org.pgqconnect.postgres.Identifiers.quote;

import org.pgqconnect.sink.target.TargetTable.TargetColumn;

/** The statements of {@link GeneratedColumns}. */
final class GeneratedColumnsSql {
  private static final String SCRATCH = "pgq_connect_generated";
  static final String COMPUTED = "pgq-connect computed";

  /** How a column of a table is computed. */
  static final String CLAUSE =
      clauseOf(
          """
           JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
           JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          WHERE a.attname = ? AND n.nspname = ? AND c.relname = ?\
          """);

  /** The same of the scratch table. */
  static final String SCRATCH_CLAUSE =
      clauseOf(
          """
           CROSS JOIN (SELECT ?::text AS name, ?::text, ?::text) of
          WHERE a.attname = of.name AND a.attrelid = 'pg_temp.%s'::regclass\
          """
              .formatted(SCRATCH));

  static final String OID =
      """
      SELECT c.oid::bigint
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname = ? AND c.relname = ?\
      """;

  private GeneratedColumnsSql() {}

  private static String clauseOf(String which) {
    return """
    SELECT pg_catalog.format('GENERATED ALWAYS AS (%%s) %%s', pg_catalog.pg_get_expr(d.adbin, d.adrelid),
                             CASE a.attgenerated::text WHEN 'v' THEN 'VIRTUAL' ELSE 'STORED' END)
      FROM pg_catalog.pg_attribute a
      JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     %s AND a.attgenerated <> ''\
    """
        .formatted(which);
  }

  /**
   * A table of the session with the provider's clause in a column beside the others, of the
   * subscriber's type. The server reads the clause and runs nothing of it.
   *
   * @param clause checked to be one clause and nothing beyond
   */
  static String scratch(TargetTable target, TargetColumn own, String clause) {
    return "CREATE TEMP TABLE %s (LIKE %s, %s %s %s)"
        .formatted(SCRATCH, quote(target.id()), quote(COMPUTED), own.type(), clause);
  }
}
