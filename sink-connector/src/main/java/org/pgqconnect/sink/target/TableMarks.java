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
 * Marks of the definitions of tables: columns, constraints, indexes, rules, triggers, also those of
 * partitions. Two marks of one table differ when another session altered it in between. A table
 * that the transaction has written is not altered before its end, so a mark that is still the same
 * after the last write held for all of them.
 */
public final class TableMarks {
  /** The version of each row of the catalog that says something of the table. */
  private static final String MARKS =
      """
      SELECT w.schema_name, w.table_name, pg_catalog.md5(pg_catalog.concat_ws('|',
             c.oid, c.relkind, c.relpersistence, c.relrowsecurity, c.relforcerowsecurity, c.relowner, c.relispartition,
             (SELECT pg_catalog.string_agg(a.attnum || ':' || a.xmin::text, ',' ORDER BY a.attnum)
                FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0),
             (SELECT pg_catalog.string_agg(d.oid || ':' || d.xmin::text, ',' ORDER BY d.oid)
                FROM pg_catalog.pg_attrdef d WHERE d.adrelid = c.oid),
             (SELECT pg_catalog.string_agg(k.oid || ':' || k.xmin::text, ',' ORDER BY k.oid)
                FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid),
             (SELECT pg_catalog.string_agg(i.indexrelid || ':' || i.indisvalid || i.indimmediate || i.indisunique, ',' ORDER BY i.indexrelid)
                FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid),
             (SELECT pg_catalog.string_agg(r.oid || ':' || r.xmin::text, ',' ORDER BY r.oid)
                FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid),
             (SELECT pg_catalog.string_agg(t.oid || ':' || t.xmin::text, ',' ORDER BY t.oid)
                FROM pg_catalog.pg_trigger t
               WHERE t.tgrelid IN (SELECT c.oid UNION ALL SELECT p.relid FROM pg_catalog.pg_partition_tree(c.oid) p WHERE c.relkind = 'p'))))
        FROM ROWS FROM (pg_catalog.unnest(?::text[]), pg_catalog.unnest(?::text[])) w (schema_name, table_name)
        JOIN pg_catalog.pg_namespace s ON s.nspname = w.schema_name
        JOIN pg_catalog.pg_class c ON c.relnamespace = s.oid AND c.relname = w.table_name""";

  private final Session session;

  public TableMarks(Session session) {
    this.session = session;
  }

  /** The marks of those that exist. */
  public Map<TableId, String> read(Collection<TableId> tables) throws SQLException {
    Map<TableId, String> marks = new HashMap<>();
    session.each(
        MARKS,
        row -> marks.put(new TableId(row.getString(1), row.getString(2)), row.getString(3)),
        Values.texts(tables.stream().map(TableId::schema).toList()),
        Values.texts(tables.stream().map(TableId::table).toList()));
    return marks;
  }
}
