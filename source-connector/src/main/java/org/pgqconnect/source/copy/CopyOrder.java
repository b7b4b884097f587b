/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.copy;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.Values;

/** In which order tables are copied: those that others refer to come first. */
public final class CopyOrder {
  /**
   * Which tables refer to which, directly or by others. Rows of partitions come under the names of
   * the whole tables, too.
   */
  static final String REFERS =
      """
      with recursive part (relid, whole) as (
        select oid, oid from pg_catalog.pg_class where relkind in ('r', 'p')
        union
        select p.relid, i.inhparent
          from part p
          join pg_catalog.pg_inherits i on i.inhrelid = p.whole
          join pg_catalog.pg_class c on c.oid = i.inhparent and c.relkind = 'p'),
      foreign_key (child, parent) as (
        select distinct c.whole, p.whole
          from pg_catalog.pg_constraint f
          join part c on c.relid = f.conrelid
          join part p on p.relid = f.confrelid
         where f.contype = 'f' and c.whole <> p.whole),
      reaches (child, parent) as (
        select child, parent from foreign_key
        union
        select r.child, f.parent from reaches r join foreign_key f on f.child = r.parent),
      refers (child, parent, circular) as (
        select child, parent, exists (select from reaches b where b.child = r.parent and b.parent = r.child)
          from reaches r)\
      """;

  private static final String PARENTS_FIRST =
      REFERS
          + """
          , wanted (oid, nr) as (
            select to_regclass(name)::oid, nr from unnest(?::text[]) with ordinality w (name, nr))
          select nr from wanted
           order by (select count(*) from refers r join wanted p on p.oid = r.parent
                      where r.child = wanted.oid and not r.circular), nr\
          """;

  private CopyOrder() {}

  /** The tables, those first that others of them refer to; else as they are given. */
  public static List<TableId> parentsFirst(Connection connection, List<TableId> tables)
      throws SQLException {
    return new Session(connection)
        .list(
            PARENTS_FIRST,
            row -> tables.get(row.getInt(1) - 1),
            Values.texts(tables.stream().map(Identifiers::quote).toList()));
  }
}
