/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

/** The statements of {@link Catalog}. */
final class CatalogSql {
  static final String COLUMNS =
      """
      WITH RECURSIVE base AS (
        SELECT a.attrelid, a.attnum, a.attname, a.atttypid AS declared, a.atttypmod AS declaredmod,
               a.atttypid AS typid, a.atttypmod AS typmod, a.attidentity, a.attgenerated, a.attcollation
          FROM pg_catalog.pg_attribute a
          JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = ? AND c.relname = ? AND c.relkind IN ('r', 'p', 'f')
           AND a.attnum > 0 AND NOT a.attisdropped
        UNION ALL
        SELECT b.attrelid, b.attnum, b.attname, b.declared, b.declaredmod, t.typbasetype,
               CASE WHEN t.typtypmod >= 0 THEN t.typtypmod ELSE b.typmod END, b.attidentity, b.attgenerated, b.attcollation
          FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.typid
         WHERE t.typtype = 'd'
      )
      SELECT b.attname,
             pg_catalog.format_type(b.declared, b.declaredmod),
             pg_catalog.format_type(b.typid, b.typmod),
             pg_catalog.quote_ident(dn.nspname) || '.' || pg_catalog.quote_ident(d.typname),
             CASE tn.nspname WHEN 'pg_catalog' THEN t.typname ELSE tn.nspname || '.' || t.typname END,
             d.typarray = 0 OR t.typtype = 'c' OR t.typcategory = 'A' OR (t.typlen = -1 AND t.typelem <> 0) OR t.typdelim <> ',',
             b.attgenerated <> '', b.attidentity <> '', b.attidentity = 'a',
             (SELECT 'OPERATOR(' || pg_catalog.quote_ident(pn.nspname) || '.' || p.oprname || ')'
                FROM pg_catalog.pg_opclass o
                JOIN pg_catalog.pg_am am ON am.oid = o.opcmethod AND am.amname = 'btree'
                JOIN pg_catalog.pg_amop ao ON ao.amopfamily = o.opcfamily AND ao.amoplefttype = o.opcintype
                     AND ao.amoprighttype = o.opcintype AND ao.amopstrategy = 3
                JOIN pg_catalog.pg_operator p ON p.oid = ao.amopopr
                JOIN pg_catalog.pg_namespace pn ON pn.oid = p.oprnamespace
               WHERE o.opcdefault AND o.opcintype = b.typid AND pn.nspname <> 'pg_catalog'),
             CASE WHEN co.collname <> 'default'
                  THEN pg_catalog.quote_ident(con.nspname) || '.' || pg_catalog.quote_ident(co.collname) END,
             coalesce(co.collisdeterministic, true),
             CASE WHEN t.typtype = 'e' AND b.declared <> b.typid THEN pg_catalog.format_type(b.typid, NULL) END,
             CASE WHEN b.attgenerated = '' THEN pg_catalog.pg_get_expr(ad.adbin, ad.adrelid) END
        FROM base b
        JOIN pg_catalog.pg_type t ON t.oid = b.typid
        JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace
        JOIN pg_catalog.pg_type d ON d.oid = b.declared
        JOIN pg_catalog.pg_namespace dn ON dn.oid = d.typnamespace
        LEFT JOIN pg_catalog.pg_attrdef ad ON ad.adrelid = b.attrelid AND ad.adnum = b.attnum
        LEFT JOIN pg_catalog.pg_collation co ON co.oid = b.attcollation
        LEFT JOIN pg_catalog.pg_namespace con ON con.oid = co.collnamespace
       WHERE t.typtype <> 'd'
       ORDER BY b.attnum\
      """;

  /**
   * What the types of a table's columns are made of: each a part of a whole, 0 for the table; of an
   * array its elements, of a domain the type under it, of a composite type its members.
   */
  static final String TYPES =
      """
      WITH RECURSIVE part (whole, wholemod, nr, name, typid, typmod) AS (
        SELECT 0::oid, -1, a.attnum::int4, a.attname, a.atttypid, a.atttypmod
          FROM pg_catalog.pg_attribute a
          JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = ? AND c.relname = ? AND a.attnum > 0 AND NOT a.attisdropped
        UNION
        SELECT w.typid, w.typmod, p.nr, p.name, p.typid, p.typmod
          FROM part w
          JOIN pg_catalog.pg_type t ON t.oid = w.typid
         CROSS JOIN LATERAL (
            SELECT 1 AS nr, NULL::name AS name, t.typbasetype AS typid, t.typtypmod AS typmod WHERE t.typtype = 'd'
            UNION ALL
            SELECT 1, NULL, e.oid, w.typmod FROM pg_catalog.pg_type e WHERE e.oid = t.typelem AND e.typarray = t.oid
            UNION ALL
            SELECT a.attnum, a.attname, a.atttypid, a.atttypmod FROM pg_catalog.pg_attribute a
             WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
            UNION ALL
            SELECT 1, NULL, r.rngsubtype, -1 FROM pg_catalog.pg_range r
             WHERE t.oid >= 16384 AND (r.rngtypid = t.oid OR (pg_catalog.to_jsonb(r) ->> 'rngmultitypid')::oid = t.oid)) p
      )
      SELECT p.whole::int8, p.wholemod, p.name, p.typid::int8, p.typmod,
             CASE WHEN t.typtype IN ('d', 'c', 'e') THEN t.typtype::text
                  WHEN t.typtype IN ('r', 'm') AND t.oid >= 16384 THEN t.typtype::text
                  WHEN EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.oid = t.typelem AND e.typarray = t.oid) THEN 'array'
                  ELSE 'base' END,
             pg_catalog.format_type(p.typid, p.typmod),
             (SELECT pg_catalog.format_type(p.typid, NULL) FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c')
        FROM part p
        JOIN pg_catalog.pg_type t ON t.oid = p.typid
       ORDER BY p.whole, p.wholemod, p.nr\
      """;

  // Those of partitions as well, for each may have some of its own. An index whose own collation
  // takes
  // different texts for equal identifies no row of the column's. What an index depends on beside
  // its key columns
  // stands in pg_depend; on the whole table when an expression takes the row.
  static final String RULES =
      """
      SELECT ic.relname, i.indisprimary AND i.indrelid = c.oid AND u.identifies,
             ARRAY(SELECT a.attname::text
                     FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY k(attnum, place)
                     JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
                    WHERE k.place <= i.indnkeyatts
                    ORDER BY k.place),
             ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
                    WHERE a.attrelid = i.indrelid AND a.attnum > 0
                      AND EXISTS (SELECT FROM pg_catalog.pg_depend d
                                   WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = i.indexrelid
                                     AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = i.indrelid
                                     AND d.refobjsubid = a.attnum)
                      AND (i.indpred IS NOT NULL OR i.indexprs IS NOT NULL)),
             ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
                    WHERE a.attrelid = i.indrelid AND a.attnum > 0 AND NOT a.attnotnull AND NOT a.attisdropped),
             EXISTS (SELECT FROM pg_catalog.pg_depend d
                      WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = i.indexrelid
                        AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = i.indrelid
                        AND d.refobjsubid = 0 AND d.deptype IN ('a', 'n'))
             OR EXISTS (SELECT FROM pg_catalog.pg_attribute a
                         WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey::int2[]) AND a.attgenerated <> ''),
             i.indimmediate, u.identifies, u.identifies AND i.indimmediate AND NOT i.indisexclusion,
             ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
                    WHERE a.attrelid = i.indrelid AND a.attnum > 0
                      AND EXISTS (SELECT FROM pg_catalog.pg_constraint k
                                   WHERE k.confrelid = i.indrelid AND k.contype = 'f' AND a.attnum = ANY (k.confkey)
                                     AND (NOT k.condeferrable OR k.confupdtype <> 'a')))
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_catalog.pg_index i
          ON i.indrelid = c.oid OR i.indrelid IN (SELECT p.relid FROM pg_catalog.pg_partition_tree(c.oid) p)
        JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid
       CROSS JOIN LATERAL (
          SELECT i.indisunique AND i.indisvalid AND i.indrelid = c.oid
                 AND i.indpred IS NULL AND i.indexprs IS NULL
                 AND NOT EXISTS (SELECT FROM ROWS FROM (pg_catalog.unnest(i.indkey::int2[]), pg_catalog.unnest(i.indcollation::oid[])) k (attnum, collation_oid)
                                   JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
                                   JOIN pg_catalog.pg_collation o ON o.oid = k.collation_oid
                                  WHERE k.collation_oid <> a.attcollation AND NOT o.collisdeterministic) AS identifies) u
       WHERE n.nspname = ? AND c.relname = ? AND i.indisready AND (i.indisunique OR i.indisexclusion)
       ORDER BY ic.relname\
      """;

  // Of partitioned tables the constraint that was declared, for only that one can be altered.
  static final String CASCADES =
      """
      WITH RECURSIVE referring AS (
        SELECT f.oid, f.conparentid
          FROM pg_catalog.pg_constraint f
          JOIN pg_catalog.pg_class c
            ON c.oid = f.confrelid OR f.confrelid IN (SELECT t.relid FROM pg_catalog.pg_partition_tree(c.oid) t)
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE f.contype = 'f' AND (f.confdeltype <> 'a' OR f.confupdtype <> 'a') AND n.nspname = ? AND c.relname = ?
        UNION
        SELECT p.oid, p.conparentid
          FROM referring r JOIN pg_catalog.pg_constraint p ON p.oid = r.conparentid
      )
      SELECT n.nspname, c.relname, f.conname, pg_catalog.pg_get_constraintdef(f.oid),
             ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
                    WHERE a.attrelid = f.conrelid AND f.confdeltype IN ('n', 'd')
                      AND CASE WHEN pg_catalog.jsonb_typeof(pg_catalog.to_jsonb(f) -> 'confdelsetcols') = 'array'
                               THEN pg_catalog.to_jsonb(f) -> 'confdelsetcols' @> pg_catalog.to_jsonb(a.attnum)
                               ELSE a.attnum = ANY (f.conkey) END),
             ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
                    WHERE a.attrelid = f.confrelid AND a.attnum = ANY (f.confkey)),
             f.confdeltype IN ('c', 'n', 'd'), f.confdeltype <> 'a', f.confupdtype IN ('c', 'n', 'd'),
             f.confdeltype = 'r' OR f.confupdtype = 'r',
             ARRAY(SELECT wn.nspname::text FROM pg_catalog.pg_partition_ancestors(c.oid) WITH ORDINALITY a(relid, place)
                     JOIN pg_catalog.pg_class w ON w.oid = a.relid JOIN pg_catalog.pg_namespace wn ON wn.oid = w.relnamespace
                    ORDER BY a.place),
             ARRAY(SELECT w.relname::text FROM pg_catalog.pg_partition_ancestors(c.oid) WITH ORDINALITY a(relid, place)
                     JOIN pg_catalog.pg_class w ON w.oid = a.relid
                    ORDER BY a.place)
        FROM referring r
        JOIN pg_catalog.pg_constraint f ON f.oid = r.oid
        JOIN pg_catalog.pg_class c ON c.oid = f.conrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE r.conparentid = 0
       ORDER BY 1, 2, 3\
      """;

  /** The columns that generated ones are made of. Which object depends on them is the version's. */
  static final String BASES =
      """
      SELECT DISTINCT b.attname
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attgenerated <> ''
        JOIN pg_catalog.pg_attrdef e ON e.adrelid = c.oid AND e.adnum = a.attnum
        JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = c.oid
         AND (d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.objid = e.oid
              OR d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.objsubid = a.attnum)
        JOIN pg_catalog.pg_attribute b ON b.attrelid = c.oid AND b.attnum = d.refobjsubid AND b.attnum <> a.attnum
       WHERE n.nspname = ? AND c.relname = ? AND a.attname = ANY (?)\
      """;

  static final String TELLS_NEW_ROWS =
      """
      SELECT c.relkind = 'r' AND m.amname = 'heap' AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_catalog.pg_am m ON m.oid = c.relam
       WHERE n.nspname = ? AND c.relname = ?\
      """;

  // A partition may have some of its own, or be referred to by name, while rows come under the name
  // of the whole table.
  static final String FOREIGN_KEYS =
      """
      WITH RECURSIVE part (relid, whole) AS (
        SELECT oid, oid FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p')
        UNION
        SELECT p.relid, i.inhparent
          FROM part p
          JOIN pg_catalog.pg_inherits i ON i.inhrelid = p.whole
          JOIN pg_catalog.pg_class c ON c.oid = i.inhparent AND c.relkind = 'p'
      )
      SELECT DISTINCT cn.nspname, c.relname, pn.nspname, p.relname
        FROM pg_catalog.pg_constraint f
        JOIN part cw ON cw.relid = f.conrelid
        JOIN part pw ON pw.relid = f.confrelid
        JOIN pg_catalog.pg_class c ON c.oid = cw.whole
        JOIN pg_catalog.pg_namespace cn ON cn.oid = c.relnamespace
        JOIN pg_catalog.pg_class p ON p.oid = pw.whole
        JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
       WHERE f.contype = 'f' AND cw.whole <> pw.whole\
      """;

  static final String WHOLES =
      """
      SELECT n.nspname, c.relname, wn.nspname, w.relname
        FROM ROWS FROM (pg_catalog.unnest(?::text[]), pg_catalog.unnest(?::text[])) t (s, n)
        JOIN pg_catalog.pg_namespace n ON n.nspname = t.s
        JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = t.n AND c.relispartition
        JOIN pg_catalog.pg_inherits i ON i.inhrelid = c.oid
        JOIN pg_catalog.pg_class w ON w.oid = i.inhparent
        JOIN pg_catalog.pg_namespace wn ON wn.oid = w.relnamespace\
      """;

  static final String PARTITIONED =
      """
      SELECT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                      WHERE n.nspname = ? AND c.relname = ? AND c.relkind = 'p')\
      """;

  // The nearest table by which the role can read what is in the table: itself, or one that it is a
  // partition of. Bounds let the planner leave out the other partitions, of which it need not know
  // an index; those of hash partitions do not, so that each look-up would read all of them. Row
  // security of a partition does not apply to what is read by the whole table.
  static final String PART_ROWS =
      """
      SELECT near.nspname, near.relname, near.relkind = 'p', pg_catalog.pg_get_partition_constraintdef(c.oid), c.relkind = 'p',
             (SELECT pg_catalog.format('%L::pg_catalog.oid[]', pg_catalog.array_agg(t.relid::pg_catalog.oid))
                FROM pg_catalog.pg_partition_tree(c.oid) t WHERE t.isleaf),
             pg_catalog.has_schema_privilege(n.oid, 'USAGE'), pg_catalog.has_table_privilege(c.oid, 'SELECT'),
             pg_catalog.row_security_active(c.oid), current_user
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN LATERAL (
          SELECT wn.nspname, w.relname, w.relkind
            FROM (SELECT c.oid, 1
                  UNION
                  SELECT a.relid::pg_catalog.oid, a.place
                    FROM pg_catalog.pg_partition_ancestors(c.oid) WITH ORDINALITY a (relid, place)) whole (oid, place)
            JOIN pg_catalog.pg_class w ON w.oid = whole.oid
            JOIN pg_catalog.pg_namespace wn ON wn.oid = w.relnamespace
           WHERE pg_catalog.has_schema_privilege(wn.oid, 'USAGE') AND pg_catalog.has_table_privilege(w.oid, 'SELECT')
             AND NOT pg_catalog.row_security_active(w.oid)
             AND NOT EXISTS (SELECT FROM pg_catalog.pg_partition_ancestors(c.oid) WITH ORDINALITY h (relid, place)
                               JOIN pg_catalog.pg_partitioned_table s ON s.partrelid = h.relid AND s.partstrat = 'h'
                              WHERE h.place > 1 AND h.place <= whole.place)
           ORDER BY whole.place
           LIMIT 1) near ON true
       WHERE n.nspname = ? AND c.relname = ?\
      """;

  // By the catalog, which shows even what the role cannot use. Rules and triggers: only those that
  // fire. Those that capture what is written change nothing of it: ours, and those of pgq that fire
  // after it was written. What a partition has of a trigger of the whole table may fire where that
  // one does not; before PostgreSQL 15 it counts as internal.
  static final String ACCESS =
      """
      SELECT c.relkind, pg_catalog.row_security_active(c.oid), pg_catalog.pg_get_userbyid(c.relowner), current_user,
             pg_catalog.has_schema_privilege(n.oid, 'USAGE'),
             ARRAY(SELECT missing.clause
                     FROM (SELECT p.nr, CASE WHEN p.privilege = 'DELETE' OR pg_catalog.bool_and(NOT h.held) THEN p.privilege
                                             ELSE p.privilege || ' (' || pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum)
                                                  FILTER (WHERE NOT h.held) || ')' END AS clause
                             FROM (VALUES (1, 'SELECT'), (2, 'INSERT'), (3, 'UPDATE'), (4, 'DELETE')) p (nr, privilege)
                             JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
                              AND (a.attname = ANY (?::text[]) OR ?::text[] IS NULL)
                            CROSS JOIN LATERAL (SELECT CASE p.privilege WHEN 'DELETE' THEN pg_catalog.has_table_privilege(c.oid, 'DELETE')
                                                            ELSE pg_catalog.has_column_privilege(c.oid, a.attnum, p.privilege) END AS held) h
                            GROUP BY p.nr, p.privilege
                           HAVING NOT pg_catalog.bool_and(h.held)) missing
                    ORDER BY missing.nr),
             ARRAY(SELECT r.rulename::text FROM pg_catalog.pg_rewrite r
                    WHERE r.ev_class = c.oid AND r.ev_type <> '1' AND r.ev_enabled IN ('A', fires.also::"char")
                    ORDER BY 1),
             ARRAY(SELECT ARRAY[tn.nspname::text, tc.relname::text, t.tgname::text, t.tgenabled::text]
                     FROM pg_catalog.pg_trigger t
                     JOIN pg_catalog.pg_class tc ON tc.oid = t.tgrelid
                     JOIN pg_catalog.pg_namespace tn ON tn.oid = tc.relnamespace
                     JOIN pg_catalog.pg_proc f ON f.oid = t.tgfoid
                     JOIN pg_catalog.pg_namespace fn ON fn.oid = f.pronamespace
                    WHERE (t.tgrelid = c.oid
                           OR t.tgtype & 1 <> 0 AND t.tgrelid IN (SELECT p.relid FROM pg_catalog.pg_partition_tree(c.oid) p)
                              AND NOT EXISTS (SELECT FROM pg_catalog.pg_trigger w
                                               WHERE w.oid = t.tgparentid AND w.tgenabled IN ('A', fires.also::"char")))
                      AND (NOT t.tgisinternal
                           OR t.tgparentid <> 0 AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k
                                                                 WHERE k.oid = t.tgconstraint AND k.contype <> 't'))
                      AND t.tgenabled IN ('A', fires.also::"char")
                      AND NOT (fn.nspname = 'pgq_connect' OR fn.nspname = 'pgq' AND t.tgtype & 2 = 0)
                    ORDER BY 1),
             ARRAY(SELECT pg_catalog.format('%I.%I', un.nspname, u.relname)
                     FROM pg_catalog.pg_class u
                     JOIN pg_catalog.pg_namespace un ON un.oid = u.relnamespace
                    WHERE u.relpersistence = 'u' AND u.relkind = 'r'
                      AND (u.oid = c.oid OR u.oid IN (SELECT p.relid FROM pg_catalog.pg_partition_tree(c.oid) p))
                    ORDER BY 1)
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       CROSS JOIN (SELECT CASE pg_catalog.current_setting('session_replication_role') WHEN 'replica' THEN 'R' ELSE 'O' END AS also) fires
       WHERE n.nspname = ? AND c.relname = ?\
      """;

  /** Columns of a table that a subscription filled, and which are called otherwise, or gone. */
  static final String FILLED =
      """
      SELECT s.topic_prefix, k.key, CASE WHEN a.attisdropped THEN '' ELSE a.attname END
        FROM pgq_connect.subscription s
        LEFT JOIN (pgq_connect.subscribed_table t
                   CROSS JOIN LATERAL pg_catalog.jsonb_each_text(t.table_columns) k
                   JOIN pg_catalog.pg_attribute a
                     ON a.attrelid = t.table_oid AND a.attnum = k.value::int AND (a.attisdropped OR a.attname <> k.key))
          ON t.subscription = s.name AND t.table_schema = ? AND t.table_name = ?
       WHERE s.name = ?\
      """;

  static final String IS_FILLED =
      """
      SELECT EXISTS (SELECT FROM pgq_connect.subscribed_table t
                      WHERE t.table_schema = ? AND t.table_name = ? AND t.subscription = ? AND pg_catalog.jsonb_exists(t.table_columns, ?))\
      """;

  // What a partition or an heir has of its parent can only be dropped and added there.
  static final String CONSTRAINT =
      """
      WITH RECURSIVE of AS (
        SELECT k.oid, k.conrelid, k.conname, k.contype, k.conparentid, k.coninhcount
          FROM pg_catalog.pg_constraint k
          JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = ? AND c.relname = ?
           AND (k.conname = ? AND k.contype IN ('c', 'f')
                OR k.contype = 'n' AND k.conkey = ARRAY(SELECT a.attnum FROM pg_catalog.pg_attribute a
                                                         WHERE a.attrelid = c.oid AND a.attname = ?))
        UNION
        SELECT k.oid, k.conrelid, k.conname, k.contype, k.conparentid, k.coninhcount
          FROM of
          JOIN pg_catalog.pg_constraint k
            ON k.oid = of.conparentid
               OR k.contype = of.contype AND k.contype <> 'f' AND k.conname = of.conname AND of.coninhcount > 0
                  AND k.conrelid IN (SELECT i.inhparent FROM pg_catalog.pg_inherits i WHERE i.inhrelid = of.conrelid)
      )
      SELECT n.nspname, c.relname, of.conname,
             CASE WHEN of.contype <> 'f' OR c.relkind <> 'p' OR pg_catalog.current_setting('server_version_num')::int >= 180000
                  THEN pg_catalog.pg_get_constraintdef(of.oid) END
        FROM of
        JOIN pg_catalog.pg_class c ON c.oid = of.conrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       ORDER BY of.coninhcount + CASE WHEN of.conparentid = 0 THEN 0 ELSE 1 END, of.oid
       LIMIT 1\
      """;

  /** An index of a partition is that of the whole table. */
  static final String UNIQUE =
      """
      WITH RECURSIVE index AS (
        SELECT i.indexrelid AS oid
          FROM pg_catalog.pg_index i
          JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
          JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
          JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = ? AND c.relname = ? AND x.relname = ?
        UNION
        SELECT h.inhparent FROM index JOIN pg_catalog.pg_inherits h ON h.inhrelid = index.oid
      )
      SELECT n.nspname, c.relname, x.relname,
             EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = x.oid AND k.contype IN ('p', 'u', 'x'))
        FROM index
        JOIN pg_catalog.pg_class x ON x.oid = index.oid
        JOIN pg_catalog.pg_index i ON i.indexrelid = x.oid
        JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
       WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhrelid = x.oid)\
      """;

  static final String DOMAIN_CONSTRAINT =
      """
      SELECT n.nspname, t.typname, k.conname, pg_catalog.pg_get_constraintdef(k.oid)
        FROM pg_catalog.pg_constraint k
        JOIN pg_catalog.pg_type t ON t.oid = k.contypid
        JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
       WHERE n.nspname = ? AND t.typname = ? AND k.conname = ?\
      """;

  static final String SCHEMA_EXISTS =
      "SELECT pg_catalog.to_regnamespace(pg_catalog.quote_ident(?)) IS NOT NULL";

  private CatalogSql() {}
}
