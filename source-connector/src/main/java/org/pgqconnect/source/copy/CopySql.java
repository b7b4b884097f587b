/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.copy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.postgres.SqlText;
import org.pgqconnect.source.decode.Layout;

/** The statements of this package, but for those that stand with their only class. */
final class CopySql {
  /** The table that a name means: a view that took the place of a table is none. */
  private static final String NAMED =
      """
      (select named.oid from pg_catalog.pg_class named
        where named.oid = to_regclass(%s) and named.relkind in ('r', 'p', 'f'))\
      """;

  static final String IS_THERE = "select " + NAMED.formatted("?") + " is not null";

  /**
   * Whether relation {@code its.oid} is what the queue captures under the name of {@code its}: the
   * very table, or the root of partitions that are captured separately; where the queue has no
   * table of the name, one that PgQ's own trigger captures. Restored from a dump, the oid of a
   * captured table may be that of any relation.
   */
  static final String IS_CAPTURED =
      """
      coalesce(
        (select pg_catalog.bool_or(c.home is not distinct from 'pgq_connect.captured_table'::regclass
                                   and its.oid in (c.table_oid, coalesce(pg_catalog.pg_partition_root(c.table_oid::regclass)::oid, c.table_oid)))
           from pgq_connect.captured_table c
          where c.queue_name = its.queue_name and c.table_schema = its.table_schema and c.table_name = its.table_name),
        exists (select from pg_catalog.pg_trigger g
                  join pg_catalog.pg_proc p on p.oid = g.tgfoid
                  join pg_catalog.pg_namespace n on n.oid = p.pronamespace
                 where g.tgrelid = its.oid and g.tgtype & 1 = 1 and n.nspname = 'pgq' and p.proname in ('logutriga', 'jsontriga', 'sqltriga')
                   and position(pg_catalog.convert_to(its.queue_name, pg_catalog.getdatabaseencoding()) || pg_catalog.decode('00', 'hex') in g.tgargs) = 1
                   and position(pg_catalog.decode('0064656e7900', 'hex') in g.tgargs) = 0))\
      """;

  /**
   * The relation that the queue captures under a table's name, if the name means it now. What a
   * name means is looked up in the present catalog, whatever the transaction's snapshot.
   */
  static final String CAPTURED_RELATION =
      """
      select its.oid::bigint
        from (select t.*,
      """
          + NAMED.formatted("pg_catalog.format('%I.%I', t.table_schema, t.table_name)")
          + """
               as oid
                from (select ?::text as queue_name, ?::text as table_schema, ?::text as table_name) t) its
               where its.oid is not null and
          """
          + IS_CAPTURED;

  /** The names that tables have now which are captured under a name. */
  static final String NAMES_NOW =
      """
      select n.nspname, r.relname
        from pgq_connect.captured_table c
        join pg_catalog.pg_class r
          on r.oid = coalesce(pg_catalog.pg_partition_root(c.table_oid::regclass)::oid, c.table_oid)
        join pg_catalog.pg_namespace n on n.oid = r.relnamespace
       where c.queue_name = ? and c.table_schema = ? and c.table_name = ?
         and c.home = 'pgq_connect.captured_table'::regclass
         and (n.nspname, r.relname) <> (c.table_schema, c.table_name)
       order by 1, 2
       limit 1\
      """;

  /** Captured names that mean no table any more, with the names that their tables have now. */
  static final String ABSENT =
      """
      select c.table_schema, c.table_name, n.nspname, r.relname
        from (select distinct table_schema, table_name from pgq_connect.captured_table where queue_name = ?) c
        left join (pgq_connect.captured_table k
                   join pg_catalog.pg_class r
                     on r.oid = coalesce(pg_catalog.pg_partition_root(k.table_oid::regclass)::oid, k.table_oid)
                   join pg_catalog.pg_namespace n on n.oid = r.relnamespace)
          on k.queue_name = ? and (k.table_schema, k.table_name) = (c.table_schema, c.table_name)
       where %s is null
       order by 1, 2, 3, 4\
      """
          .formatted(NAMED.formatted("pg_catalog.format('%I.%I', c.table_schema, c.table_name)"));

  // Tables that others refer to come first: subscribers may be unable to switch foreign keys off.
  // Even before a copy that has begun: its next rows may refer to some that are not copied yet.
  static final String OPEN_REQUESTS =
      CopyOrder.REFERS
          + """
            , open as (
              select t.*,
          """
          + NAMED.formatted("format('%I.%I', t.table_schema, t.table_name)")
          + """
             as its_oid
              from pgq_connect.table_copy t
             where queue_name = ? and state in ('requested', 'copying'))
          select table_schema, table_name, copy_id, state, to_json(last_key)::text, ordered_by, its_oid is not null
            from open
           order by (select count(*) from refers r join open p on p.its_oid = r.parent
                      where r.child = open.its_oid and not r.circular),
                 state = 'copying' desc, requested_at, table_schema, table_name\
          """;

  /**
   * No source starts at a tick that is rotated away: of the chunks up to the oldest one the last is
   * kept.
   */
  static final String PROGRESS =
      """
      with moved as (
        update pgq_connect.table_copy
           set state = ?, last_key = (select array_agg(k) from json_array_elements_text(?::json) k),
               ordered_by = ?, rows_copied = rows_copied + ?, consistent_tick = nullif(?, 0),
               finished_at = case when ? then now() end
         where queue_name = ? and table_schema = ? and table_name = ? and copy_id = ?
        returning queue_name, copy_id, last_key, rows_copied, state),
      old as (
        delete from pgq_connect.copy_chunk c
         where c.copy_id = (select copy_id from moved)
           and c.tick_id < (select max(o.tick_id) from pgq_connect.copy_chunk o
                             where o.copy_id = (select copy_id from moved)
                               and o.tick_id <= (select min(t.tick_id) from pgq.tick t
                                                  where t.tick_queue = (select q.queue_id from pgq.queue q
                                                                         where q.queue_name = (select queue_name from moved)))))
      insert into pgq_connect.copy_chunk (queue_name, copy_id, tick_id, last_key, rows_copied, complete)
      select queue_name, copy_id, ?, last_key, rows_copied, ? from moved where state = 'copying'
      on conflict on constraint copy_chunk_pkey do update
         set last_key = excluded.last_key, rows_copied = excluded.rows_copied, complete = excluded.complete\
      """;

  /** Of copies that have ended, were requested again, or were withdrawn. */
  static final String FORGET_CHUNKS =
      """
      delete from pgq_connect.copy_chunk c
       where c.queue_name = ?
         and not exists (select from pgq_connect.table_copy t
                          where t.queue_name = c.queue_name and t.copy_id = c.copy_id and t.state = 'copying')\
      """;

  /**
   * Copies that were less far at a tick, as far as every subscriber is that has come to it. Not
   * those that had brought all rows since: a subscriber may have heard of their end.
   */
  static final String GO_BACK =
      """
      update pgq_connect.table_copy t set last_key = c.last_key, rows_copied = c.rows_copied
        from pgq_connect.copy_chunk c
       where t.queue_name = ? and t.state = 'copying' and c.copy_id = t.copy_id
         and c.tick_id = (select max(b.tick_id) from pgq_connect.copy_chunk b where b.copy_id = t.copy_id and b.tick_id <= ?)
         and exists (select from pgq_connect.copy_chunk a where a.copy_id = t.copy_id and a.tick_id > ?)
         and not exists (select from pgq_connect.copy_chunk a where a.copy_id = t.copy_id and a.tick_id > ? and a.complete)
      returning t.table_schema, t.table_name, t.copy_id, t.rows_copied\
      """;

  /** Copies that had not begun at a tick, or ended after it. */
  static final String BEGIN_ANEW =
      """
      update pgq_connect.table_copy t
         set state = 'requested', copy_id = default, last_key = null, rows_copied = 0, consistent_tick = null,
             requested_at = now(), finished_at = null
       where t.queue_name = ?
         and (t.state = 'copying'
                and (not exists (select from pgq_connect.copy_chunk b where b.copy_id = t.copy_id and b.tick_id <= ?)
                     or exists (select from pgq_connect.copy_chunk a
                                 where a.copy_id = t.copy_id and a.tick_id > ? and a.complete))
              or t.state = 'done' and t.consistent_tick > ? and t.marked_id is distinct from t.copy_id)
      returning t.table_schema, t.table_name, t.copy_id, t.rows_copied\
      """;

  /** One copy that is under way. */
  static final String BEGIN_ONE_ANEW =
      """
      update pgq_connect.table_copy t
         set state = 'requested', copy_id = default, last_key = null, ordered_by = null, rows_copied = 0,
             consistent_tick = null, requested_at = now(), finished_at = null
       where t.queue_name = ? and t.table_schema = ? and t.table_name = ? and t.copy_id = ? and t.state = 'copying'
      returning t.copy_id\
      """;

  /** Marks that were published after a tick. */
  static final String UNMARK =
      """
      update pgq_connect.table_copy t set state = 'none', consistent_tick = null, finished_at = null
       where t.queue_name = ? and t.state = 'done' and t.consistent_tick > ? and t.marked_id = t.copy_id
      returning t.table_schema, t.table_name, t.copy_id, t.rows_copied\
      """;

  static final String FORGET_CHUNKS_AFTER =
      "delete from pgq_connect.copy_chunk where queue_name = ? and tick_id > ?";

  static final String NOTICES =
      """
      select table_schema, table_name, copy_id, coalesce(was_empty, false), state = 'none' from pgq_connect.table_copy
       where queue_name = ? and (state = 'none' or state = 'requested' and out_of_step)
       order by table_schema, table_name\
      """;

  static final String NOTE_LEFT_OUT =
      """
      select table_schema, table_name, state, since
        from pgq_connect.note_left_out(?, ?, ?, ?, ?, ?)\
      """;

  static final String CLOSED =
      """
      select distinct c.table_schema, c.table_name, s.closed
        from pgq_connect.captured_table c
       cross join lateral pgq_connect.copy_source(c.queue_name, c.table_schema, c.table_name) s
       where c.queue_name = ? and c.options is not null and s.closed is not null\
      """;

  static final String NOTE_MISSED = "select * from pgq_connect.note_missed(?, ?, ?)";

  /** The tables that our own triggers capture into a queue, by the names of their events. */
  static final String CAPTURED =
      "select table_schema, table_name from pgq_connect.captured_table where queue_name = ? order"
          + " by 1, 2";

  /**
   * The tables' layouts, whether they had others before, whether rows have outdated them, what was
   * visible to this check, whether a change of the layout is announced, and whether subscribers are
   * to hear that they hold the rows. A layout that rows have outdated is not the present one, only
   * that which the table was last refreshed for; what earlier rows of a partitioned table hold is
   * known of its partitions only, of which several may be captured under its name. The columns of a
   * partition's layout are numbered by the whole table.
   */
  static final String LAYOUTS =
      """
      select c.table_schema, c.table_name, c.layout_id, coalesce(o.others, false), coalesce(o.newer, false),
             pg_current_snapshot()::text,
             coalesce(pg_catalog.pg_partition_root(c.table_oid::regclass)::oid, c.table_oid)::bigint,
             c.key_columns <> '{}' and not exists (select from pg_catalog.pg_class p where p.oid = c.table_oid
                                                     and (p.relkind = 'p' or p.relispartition)),
             exists (select from pgq_connect.table_copy m
                      where m.queue_name = c.queue_name and m.table_schema = c.table_schema and m.table_name = c.table_name
                        and m.state = 'none'),
             exists (select from pg_catalog.pg_class p where p.oid = c.table_oid)
             and not exists (select from pgq_connect.table_copy m
                              where m.queue_name = c.queue_name and m.table_schema = c.table_schema
                                and m.table_name = c.table_name and m.state in ('requested', 'copying'))
        from pgq_connect.captured_table c
       cross join lateral (select bool_or(l.layout_id < c.layout_id) as others, bool_or(l.layout_id > c.layout_id) as newer
                             from pgq_connect.layout l
                            where l.queue_name = c.queue_name and l.table_schema = c.table_schema
                              and l.table_name = c.table_name and l.complete) o
       where c.queue_name = ?
       order by 1, 2\
      """;

  static final String MARKED =
      """
      update pgq_connect.table_copy
         set state = 'done', consistent_tick = ?, marked_id = copy_id, finished_at = now()
       where queue_name = ? and copy_id = any (?) and state = 'none'\
      """;

  static final String BEGIN = "begin isolation level repeatable read read only";

  /** Run alone, it returns when all that was visible before is on the disk. */
  static final String FLUSH = "select pgq_connect.let_commit_flush(?)";

  // A table that another session alters must not block the others.
  static final String LOCK_TIMEOUT = "set local lock_timeout = '1s'";

  static final String LAYOUT =
      """
      select pgq_connect.with_fills(t.oid, coalesce(jsonb_agg(jsonb_build_object(
               'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
               'base', pgq_connect.base_name(a.atttypid),
               'expanded', case when a.atttypid >= 16384 then pgq_connect.expanded_type(a.atttypid, a.atttypmod) end,
               'not_null', a.attnotnull,
               'number', pgq_connect.column_number(a.attrelid, a.attnum, a.attname), 'collation', pgq_connect.loose_collation(a.attcollation),
               'expression', pgq_connect.expression_of(a.attrelid, a.attnum),
               'fill', pgq_connect.fill_of(a.attrelid, a.attnum))
               order by a.attnum) filter (where a.attnum > 0), '[]'))::text
        from (select ?::text::regclass::oid) t (oid)
        left join pg_catalog.pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
       group by t.oid\
      """;

  /** How the captured table's rows are read; image and columns only with options. */
  static final String SOURCE =
      """
      select array_to_json(key_columns)::text, image, passes, columns::text, inherits, closed
        from pgq_connect.copy_source(?, ?, ?)\
      """;

  /**
   * The operators of each type's index, greater and not less, and the type that they take; the
   * search path would give others, as those of text for citext, and what is called {@code >} need
   * not order anything, as for hstore. Those of enums do not take a domain.
   */
  static final String ORDER =
      """
      select key.nr, op.greater, op.not_less, format_type(case i.typtype when 'p' then t.oid else i.oid end, -1)
        from json_array_elements_text(?::json) with ordinality key (type, nr)
        join pg_catalog.pg_type t on t.oid = pgq_connect.base_type(key.type::regtype)
        join pg_catalog.pg_opclass o on o.oid = pgq_connect.btree_opclass(t.oid)
        join pg_catalog.pg_type i on i.oid = o.opcintype
       cross join lateral (
         select max(name) filter (where ao.amopstrategy = 5) as greater, max(name) filter (where ao.amopstrategy = 4) as not_less
           from pg_catalog.pg_amop ao
           join pg_catalog.pg_operator p on p.oid = ao.amopopr
           join pg_catalog.pg_namespace pn on pn.oid = p.oprnamespace
          cross join format('OPERATOR(%I.%s)', pn.nspname, p.oprname) name
          where ao.amopfamily = o.opcfamily and ao.amoplefttype = i.oid and ao.amoprighttype = i.oid and ao.amoppurpose = 's') op
       order by key.nr\
      """;

  /**
   * What the order of a table's key depends on: the table, by its oid, with the oid of a table of
   * ours, which is another one after a restore from a dump; the numbers of the key's columns in key
   * order, the type and the operator class of each, and of all types that these are made of the
   * collations, with the versions that the server has of them, and the labels of enums, which the
   * last key is written in. The database's own collation counts always: citext and jsonb use it,
   * whatever the column's is. Before PostgreSQL 15 its version has to be asked of another collation
   * of the same library. Multiranges are there from PostgreSQL 14 on. Names may change, so there
   * are none.
   */
  static final String ORDERED_BY =
      """
      with recursive key (nr, number, type, coll) as (
        select k.nr, a.attnum, a.atttypid, a.attcollation
          from json_array_elements_text(?::json) with ordinality k (name, nr)
          join pg_catalog.pg_attribute a on a.attrelid = ?::text::regclass and a.attname = k.name and not a.attisdropped),
      part (type, coll) as (
        select type, coll from key
        union
        select m.type, m.coll
          from part p
          join pg_catalog.pg_type t on t.oid = p.type
         cross join lateral (
           select t.typbasetype, p.coll where t.typtype = 'd'
           union all
           select t.typelem, p.coll where t.typelem <> 0 and t.typlen = -1
           union all
           select a.atttypid, a.attcollation from pg_catalog.pg_attribute a
            where t.typtype = 'c' and a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
           union all
           select r.rngsubtype, r.rngcollation from pg_catalog.pg_range r
            where t.typtype in ('r', 'm') and t.oid in (r.rngtypid, (to_jsonb(r) ->> 'rngmultitypid')::oid)) m (type, coll))
      select pg_catalog.jsonb_build_object(
        'home', 'pgq_connect.captured_table'::regclass::oid,
        'table', ?::text::regclass::oid,
        'key', (select pg_catalog.jsonb_agg(pg_catalog.jsonb_build_array(
                         k.number, pgq_connect.base_type(k.type), pgq_connect.btree_opclass(k.type), k.coll) order by k.nr)
                  from key k),
        'collations', (
          select pg_catalog.jsonb_object_agg(c.oid::text, coalesce(pg_catalog.pg_collation_actual_version(c.oid),
                   case c.collprovider when 'd' then (
                     select pg_catalog.pg_collation_actual_version(o.oid) from pg_catalog.pg_collation o
                      where o.collprovider = 'c' and o.collcollate !~* '^(c|posix)($|[.])' order by o.oid limit 1) end))
            from pg_catalog.pg_collation c
           where c.collprovider = 'd' or c.oid in (select coll from part)),
        'labels', (
          select pg_catalog.jsonb_object_agg(t.type::text, (select pg_catalog.jsonb_agg(e.enumlabel order by e.enumsortorder)
                                                              from pg_catalog.pg_enum e where e.enumtypid = t.type))
            from (select distinct p.type from part p join pg_catalog.pg_enum e on e.enumtypid = p.type) t))::text\
      """;

  static final String SNAPSHOT = "select pg_current_snapshot()::text";

  /** Ends a chunk at the row with which it becomes too long, without reading the rows after it. */
  private static final String BOUNDED =
      """
      select line, key, bytes from (
        select line, key, bytes, sum(bytes) over (rows unbounded preceding) - bytes as before from (
          select line, key, octet_length(line) + octet_length(key) as bytes from (%s) chunk) sized) summed
       where before < %d\
      """;

  private CopySql() {}

  /** Row security fails the query then instead of hiding rows from the copy. */
  static final String SEE_ALL_ROWS = "set local row_security = off";

  static final String IS_FOREIGN =
      "select exists (select from pg_catalog.pg_class where oid = to_regclass(?) and relkind ="
          + " 'f')";

  /** Keeps the table's shape until the transaction ends; must come before the first snapshot. */
  static String lockShape(TableId table) {
    return "lock table " + Identifiers.quote(table) + " in access share mode";
  }

  /**
   * Keeps a foreign table's shape, which LOCK TABLE refuses, until the transaction ends. It is
   * locked after the snapshot, so a change of the table in between has to be detected afterwards.
   */
  static String lockForeignShape(TableId table) {
    return "select from only " + Identifiers.quote(table) + " where false";
  }

  /**
   * The next rows of a table in key order, with their keys as a JSON array and the bytes of both,
   * as many as {@link ChunkSize#MAX_BYTES} allows and one more; one parameter a key column when
   * {@code after}. The key is that of the table, even where the row's text masks it.
   */
  static String chunk(
      TableId table,
      CopySource source,
      List<Layout.Column> key,
      KeyOrder order,
      boolean after,
      int rows) {
    List<String> columns =
        key.stream().map(column -> "t." + Identifiers.quote(column.name())).toList();
    String names = String.join(", ", columns);
    List<String> conditions = new ArrayList<>();
    if (after) {
      conditions.add(order.after(key));
    }
    source.passes().map(SqlText::withoutParameters).ifPresent(conditions::add);
    String chunk =
        "select %s as line, json_build_array(%s)::text as key from %s%s t%s order by %s limit %d"
            .formatted(
                source.image(),
                columns.stream()
                    .map(column -> "concat(" + column + ")")
                    .collect(Collectors.joining(", ")),
                source.onlyItself() ? "only " : "",
                Identifiers.quote(table),
                conditions.isEmpty() ? "" : " where " + String.join(" and ", conditions),
                names,
                rows);
    return BOUNDED.formatted(chunk, ChunkSize.MAX_BYTES);
  }
}
