/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.Values;

/**
 * Fingerprints of the definitions of tables: columns, constraints, keys, rules, triggers, those of
 * partitions included. Two of one table differ when another session altered it in between. A table
 * that the transaction has written is not altered before its end in what they hold, so one that is
 * still the same after the last write held for all of them. Locks no partition.
 */
public final class TableFingerprints {
  /**
   * What the catalog says of the table, without what changes by maintenance: statistics, rights,
   * files, indexes that are no keys, and a key's index that is built anew beside the old one.
   */
  private static final String FINGERPRINTS =
      """
      SELECT w.schema_name, w.table_name, pg_catalog.concat_ws('|',
             c.oid, c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity, c.relowner, c.relispartition,
             (SELECT pg_catalog.hashtextextended(pg_catalog.string_agg(pg_catalog.concat_ws(':', a.attnum, a.attname, a.atttypid, a.atttypmod,
                                                                       a.attcollation, a.attnotnull, a.attgenerated, a.attidentity,
                                                                       a.attisdropped), ',' ORDER BY a.attnum), 0)
                FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0),
             (SELECT pg_catalog.hashtextextended(pg_catalog.string_agg(d.oid::text, ',' ORDER BY d.oid), 0)
                FROM pg_catalog.pg_attrdef d
                JOIN pg_catalog.pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum AND a.attgenerated <> ''
               WHERE d.adrelid = ANY (parts.oids)),
             (SELECT pg_catalog.string_agg(u.oid::text, ',' ORDER BY u.oid)
                FROM pg_catalog.pg_class u WHERE u.oid = ANY (parts.oids) AND u.relpersistence = 'u'),
             (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(':', k.oid, k.condeferrable, k.condeferred), ',' ORDER BY k.oid)
                FROM pg_catalog.pg_constraint k WHERE k.conrelid = ANY (parts.oids) AND (k.conrelid = c.oid OR k.conparentid = 0 AND k.coninhcount = 0)),
             (SELECT pg_catalog.string_agg(DISTINCT pg_catalog.concat_ws(':', i.indkey, i.indnkeyatts, i.indclass, i.indcollation, i.indimmediate,
                                                                         i.indexprs, i.indpred), ',')
                FROM pg_catalog.pg_index i WHERE i.indrelid = ANY (parts.oids) AND (i.indisunique OR i.indisexclusion)),
             (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(':', r.oid, r.ev_enabled), ',' ORDER BY r.oid)
                FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid),
             (SELECT pg_catalog.string_agg(DISTINCT pg_catalog.concat_ws(':', t.tgname, t.tgenabled, t.tgtype, t.tgfoid), ',')
                FROM pg_catalog.pg_trigger t WHERE t.tgrelid = ANY (parts.oids) AND NOT t.tgisinternal),
             (SELECT pg_catalog.string_agg(DISTINCT pg_catalog.concat_ws(':', t.tgfoid, t.tgconstrrelid, t.tgconstraint), ',')
                FROM pg_catalog.pg_trigger t WHERE t.tgrelid = ANY (parts.oids) AND t.tgisinternal AND (t.tgrelid = c.oid OR t.tgparentid = 0)))
        FROM ROWS FROM (pg_catalog.unnest(?::text[]), pg_catalog.unnest(?::text[])) w (schema_name, table_name)
        JOIN pg_catalog.pg_namespace s ON s.nspname = w.schema_name
        JOIN pg_catalog.pg_class c ON c.relnamespace = s.oid AND c.relname = w.table_name
       CROSS JOIN LATERAL (
             WITH RECURSIVE tree (relid) AS (
                     SELECT c.oid
                     UNION ALL
                     SELECT h.inhrelid FROM tree t JOIN pg_catalog.pg_inherits h ON h.inhparent = t.relid WHERE c.relkind = 'p')
             SELECT pg_catalog.array_agg(relid) AS oids FROM tree) parts\
      """;

  private final Session session;

  public TableFingerprints(Session session) {
    this.session = session;
  }

  /** The fingerprints of those that exist. */
  public Map<TableId, String> read(Collection<TableId> tables) throws SQLException {
    Map<TableId, String> fingerprints = new HashMap<>();
    session.each(
        FINGERPRINTS,
        row -> fingerprints.put(new TableId(row.getString(1), row.getString(2)), row.getString(3)),
        Values.texts(tables.stream().map(TableId::schema).toList()),
        Values.texts(tables.stream().map(TableId::table).toList()));
    return fingerprints;
  }
}
