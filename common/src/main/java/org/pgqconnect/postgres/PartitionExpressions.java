/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.postgres;

import static java.util.Objects.requireNonNull;

import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/**
 * Partitions that compute a generated column otherwise than their table does. PostgreSQL 16 and
 * newer let a partition have an expression of its own, and take another one for it while no session
 * locks the whole table.
 */
public final class PartitionExpressions {
  private static final String TREE =
      """
      WITH RECURSIVE tree (relid) AS (
          SELECT oid FROM pg_catalog.pg_class WHERE oid = ?::bigint::oid AND relkind = 'p'
          UNION ALL
          SELECT i.inhrelid
            FROM tree t
            JOIN pg_catalog.pg_class c ON c.oid = t.relid AND c.relkind = 'p'
            JOIN pg_catalog.pg_inherits i ON i.inhparent = c.oid)\
      """;

  /** An expression that is set is another object, also when it is the same. */
  private static final String VERSION =
      TREE
          + """

          SELECT pg_catalog.hashtextextended(pg_catalog.string_agg(d.oid::text, ',' ORDER BY d.oid), 0)::text
            FROM tree t
            JOIN pg_catalog.pg_attrdef d ON d.adrelid = t.relid
            JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum AND a.attgenerated <> ''\
          """;

  /**
   * pg_get_expr locks its table. So expressions are compared as they are stored first: with the
   * columns' numbers where those are the table's, else with names in their place; and written only
   * where they still differ, which may be by how the same was once typed.
   */
  private static final String OTHERS =
      TREE
          + """
          , computed (relid, name, num, root, expression, numbers) AS (
              SELECT a.attrelid, a.attname, a.attnum, a.attrelid = ?::bigint::oid, d.adbin::text,
                     (SELECT pg_catalog.array_agg(pg_catalog.concat_ws(' ', v.attnum, v.attname) ORDER BY v.attnum)
                        FROM pg_catalog.pg_attribute v WHERE v.attrelid = a.attrelid AND v.attnum > 0 AND NOT v.attisdropped)
                FROM tree t
                JOIN pg_catalog.pg_attrdef d ON d.adrelid = t.relid
                JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum AND a.attgenerated <> ''),
          unlike (relid, name, num, root, expression) AS (
              SELECT p.relid, p.name, p.num, p.root, p.expression
                FROM computed p JOIN computed w ON w.root AND w.name = p.name
               WHERE p.root OR (w.expression, w.numbers) <> (p.expression, p.numbers)),
          named (relid, name, num, root, expression) AS MATERIALIZED (
              SELECT u.relid, u.name, u.num, u.root,
                     (SELECT pg_catalog.string_agg(
                               CASE WHEN nr = 1 THEN piece ELSE v.attname || pg_catalog.regexp_replace(piece, '^-?[0-9]+', '') END, ':' ORDER BY nr)
                        FROM pg_catalog.regexp_split_to_table(
                               pg_catalog.regexp_replace(u.expression, ' :location -?[0-9]+', '', 'g'), ':varattno(?:syn)? ')
                             WITH ORDINALITY x (piece, nr)
                        LEFT JOIN pg_catalog.pg_attribute v
                               ON nr > 1 AND v.attrelid = u.relid AND v.attnum = pg_catalog.substring(piece, '^-?[0-9]+')::smallint)
                FROM unlike u),
          written (relid, name, expression, whole) AS (
              SELECT p.relid, p.name,
                     CASE WHEN w.expression <> p.expression
                          THEN (SELECT pg_catalog.pg_get_expr(adbin, adrelid) FROM pg_catalog.pg_attrdef WHERE adrelid = p.relid AND adnum = p.num) END,
                     CASE WHEN w.expression <> p.expression
                          THEN (SELECT pg_catalog.pg_get_expr(adbin, adrelid) FROM pg_catalog.pg_attrdef WHERE adrelid = w.relid AND adnum = w.num) END
                FROM named p JOIN named w ON w.root AND w.name = p.name AND NOT p.root)
          SELECT DISTINCT ON (name) name, relid::regclass::text, expression, whole
            FROM written WHERE expression <> whole ORDER BY name, relid\
          """;

  private PartitionExpressions() {}

  /**
   * A partition and a column that it computes otherwise.
   *
   * @param partition its name as in SQL, with its schema
   * @param expression the partition's
   * @param whole the table's
   */
  public record Other(String column, String partition, String expression, String whole) {
    public Other {
      requireNonNull(column, "column");
      requireNonNull(partition, "partition");
      requireNonNull(expression, "expression");
      requireNonNull(whole, "whole");
    }
  }

  /**
   * Of each generated column the first partition that computes it otherwise.
   *
   * @param session its search path is that of a {@link Database}
   * @param table the oid of the table at the top; of one that is not partitioned there are none
   */
  public static List<Other> of(Session session, long table) throws SQLException {
    return session.list(
        OTHERS,
        row -> new Other(row.getString(1), row.getString(2), row.getString(3), row.getString(4)),
        table,
        table);
  }

  /**
   * Stands for what {@link #of} finds, and costs less: as long as it is the same, so is that.
   *
   * @return empty for a table that is not partitioned or has no generated columns
   */
  public static Optional<String> version(Session session, long table) throws SQLException {
    return session.first(VERSION, row -> row.getString(1), table);
  }
}
