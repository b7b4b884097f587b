/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.queue;

import org.pgqconnect.source.tick.Ticker;

/** The statements of {@link Queue} and {@link Ticker}. */
public final class QueueSql {
  private static final String TICK_COLUMNS =
      "t.tick_id, t.tick_time::text, t.tick_snapshot::text, coalesce(t.tick_event_seq, 0)";

  public static final String QUEUE =
      """
      select q.queue_data_pfx, q.queue_external_ticker, q.queue_ticker_paused,
             (select format_type(a.atttypid, a.atttypmod) from pg_catalog.pg_attribute a
               where a.attrelid = q.queue_data_pfx::regclass and a.attname = 'ev_txid'),
             q.queue_id
        from pgq.queue q where q.queue_name = ?""";

  static final String LAST_TICK =
      """
      select %s from pgq.tick t join pgq.queue q on q.queue_id = t.tick_queue
       where q.queue_name = ? order by t.tick_id desc limit 1"""
          .formatted(TICK_COLUMNS);

  static final String TICK =
      """
      select %s from pgq.tick t join pgq.queue q on q.queue_id = t.tick_queue
       where q.queue_name = ? and t.tick_id = ?"""
          .formatted(TICK_COLUMNS);

  static final String TICK_AFTER =
      """
      select %s from pgq.tick t join pgq.queue q on q.queue_id = t.tick_queue
       where q.queue_name = ? and t.tick_id > ? order by t.tick_id offset ? limit 1"""
          .formatted(TICK_COLUMNS);

  static final String START_TICKS =
      """
      select t.tick_id, t.tick_time::text from pgq.tick t join pgq.queue q on q.queue_id = t.tick_queue
       where q.queue_name = ? and t.tick_id >= ? and t.tick_id < ? order by t.tick_id limit ?""";

  static final String SUBSCRIPTION =
      """
      select %s from pgq.get_consumer_info(?, ?) c
        join pgq.queue q on q.queue_name = c.queue_name
        join pgq.tick t on t.tick_queue = q.queue_id and t.tick_id = c.last_tick"""
          .formatted(TICK_COLUMNS);

  /**
   * The oldest tick, and which tables that were marked as held by subscribers may have changes from
   * before it: those whose mark it sees. A mark is not changed before it is published, so its xmin
   * is the transaction that made the table's trigger. When that was is not known of a mark that was
   * taken back.
   */
  static final String BEFORE_MARKS =
      """
      select o.tick_id,
             string_agg(m.table_schema || '.' || m.table_name, ', ' order by m.table_schema, m.table_name)
                filter (where m.marked_id = m.copy_id or txid_visible_in_snapshot(
                          (x.now >> 32 << 32) + m.xmin::text::bigint
                            - case when m.xmin::text::bigint > (x.now & 4294967295) then 4294967296 else 0 end,
                          o.tick_snapshot))
        from (select t.tick_id, t.tick_snapshot from pgq.tick t join pgq.queue q on q.queue_id = t.tick_queue
               where q.queue_name = ? order by t.tick_id limit 1) o
       cross join (select txid_snapshot_xmax(txid_current_snapshot()) as now) x
        join pgq_connect.table_copy m on m.queue_name = ? and m.state = 'none'
       group by o.tick_id""";

  static final String REGISTER = "select pgq.register_consumer(?, ?)";
  static final String REGISTER_AT = "select pgq.register_consumer_at(?, ?, ?)";
  static final String NEXT_BATCH =
      """
      select batch_id, prev_tick_id, cur_tick_id
        from pgq.next_batch_custom(?, ?, null, nullif(?, 0), null)""";

  /** The query for a batch's events, those included that the extension's own query leaves out. */
  static final String BATCH_SQL = "select pgq_connect.batch_event_sql(?)";

  static final String FINISH = "select pgq.finish_batch(?)";

  static final String BEGIN_SESSION =
      """
      select p.identity::text, s.queue_identity::text, s.number, s.attempt, s.other
        from pgq_connect.begin_session(?, ?, ?) s left join pgq_connect.provider p on true""";

  static final String OTHER_PUBLISHER = "select pgq_connect.other_publisher(?, ?)";

  /** Asked by a consumer without a name, so any publisher is another one. */
  static final String TABLES_PUBLISHER = "select pgq_connect.other_publisher(?, '')";

  static final String CAPTURED =
      """
      select table_schema, table_name from pgq_connect.captured_table where queue_name = ? order by 1, 2""";

  static final String TRY_LOCK =
      "select pg_try_advisory_lock(hashtextextended('pgq_connect ' || ? || ' ' || ?, 0))";
  static final String LOCK_HOLDER =
      """
      select a.pid || ' (' || coalesce(nullif(a.application_name, ''), 'no name') || ' from '
             || coalesce(host(a.client_addr), 'this host') || ', since ' || a.backend_start || ')',
             coalesce(a.application_name, ''), a.pid
        from pg_locks l join pg_stat_activity a on a.pid = l.pid
       where l.locktype = 'advisory' and l.granted and l.objsubid = 1
         and l.database = (select oid from pg_database where datname = current_database())
         and (l.classid::bigint << 32) + l.objid::bigint
             = hashtextextended('pgq_connect ' || ? || ' ' || ?, 0)""";

  /**
   * Its look for events must stay an index scan in the session's own process. Up to PostgreSQL 17,
   * a scan that is switched off is planned with an immense cost, at which parallel workers seem
   * worth starting: for every look.
   */
  public static final String TICKER_SESSION =
      """
      set enable_seqscan = off; set enable_bitmapscan = off;
      set max_parallel_workers_per_gather = 0""";

  static final String SNAPSHOT = "select pg_current_snapshot()::text";

  /** Whether transactions wrote events, and which tick is the newest. */
  public static final String LOOK =
      """
      select exists (select from %s where ev_txid = any (?::text::%s[])),
             (select max(tick_id) from pgq.tick where tick_queue = %d)""";

  public static final String TICKS_BETWEEN =
      """
      select count(*), max(t.tick_id)
        from pgq.tick t join pgq.queue q on q.queue_id = t.tick_queue
       where q.queue_name = ? and t.tick_id > ? and t.tick_id < ?""";

  /** Who may be ticking; what others run is shown to members of pg_read_all_stats only. */
  public static final String OTHER_TICKER =
      """
      select coalesce(string_agg(
               format('backend %s (%s, role %s)', pid, coalesce(nullif(application_name, ''), 'no name'), usename),
               ', ' order by pid), 'a session that is not visible')
        from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()
         and (application_name ilike '%pgqd%' or query ilike '%pgq.ticker%')
         and application_name not like 'pgq-connect %'""";

  public static final String TICKER = "select pgq.ticker(?)";

  /** The last tick's time, the server's, and by how many seconds the former lies ahead. */
  public static final String TICK_AHEAD =
      """
      select t.tick_time::timestamptz(0)::text, clock_timestamp()::timestamptz(0)::text,
             extract(epoch from t.tick_time - clock_timestamp())::bigint
        from pgq.tick t join pgq.queue q on q.queue_id = t.tick_queue
       where q.queue_name = ? order by t.tick_id desc limit 1""";

  public static final String LIFT_LIMITS =
      """
      select pgq.set_queue_config(q.queue_name, p.name, p.value)
        from pgq.queue q
       cross join (values ('ticker_max_count', '1'), ('ticker_max_lag', '0'),
                          ('ticker_idle_period', '0')) p (name, value)
       where q.queue_name = ?
         and (q.queue_ticker_max_count, q.queue_ticker_max_lag, q.queue_ticker_idle_period)
             is distinct from (1, interval '0', interval '0')""";

  private QueueSql() {}

  /** Sends what a batch's own query finds, in the order of event ids. */
  static String copyEvents(String batchSql, long afterEventId) {
    return """
        copy (
          select ev_id, ev_time, ev_txid, ev_type, ev_data, ev_extra1, ev_extra2, ev_extra3, ev_extra4
            from (%s) batch where ev_id > %d order by ev_id
        ) to stdout (format binary)"""
        .formatted(batchSql, afterEventId);
  }
}
