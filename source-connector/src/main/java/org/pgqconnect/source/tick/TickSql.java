/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.tick;

/** The statements of {@link QueueTicks}. */
public final class TickSql {
  /**
   * Its look for events must stay an index scan in the session's own process. Up to PostgreSQL 17,
   * a scan that is switched off is planned with an immense cost, at which parallel workers seem
   * worth starting: for every look.
   */
  static final String TICKER_SESSION =
      """
      set enable_seqscan = off; set enable_bitmapscan = off;
      set max_parallel_workers_per_gather = 0\
      """;

  static final String SETUP =
      """
      select q.queue_data_pfx, q.queue_external_ticker, q.queue_ticker_paused,
             (select format_type(a.atttypid, a.atttypmod) from pg_catalog.pg_attribute a
               where a.attrelid = q.queue_data_pfx::regclass and a.attname = 'ev_txid'),
             q.queue_id
        from pgq.queue q where q.queue_name = ?\
      """;

  /** Whether transactions wrote events, and which tick is the newest. */
  public static final String LOOK =
      """
      select exists (select from %s where ev_txid = any (?::text::%s[])),
             (select max(tick_id) from pgq.tick where tick_queue = %d)\
      """;

  static final String TICKS_BETWEEN =
      """
      select count(*), max(t.tick_id)
        from pgq.tick t join pgq.queue q on q.queue_id = t.tick_queue
       where q.queue_name = ? and t.tick_id > ? and t.tick_id < ?\
      """;

  /** Who may be ticking; what others run is shown to members of pg_read_all_stats only. */
  static final String OTHER_TICKER =
      """
      select coalesce(string_agg(
               format('backend %s (%s, role %s)', pid, coalesce(nullif(application_name, ''), 'no name'), usename),
               ', ' order by pid), 'a session that is not visible')
        from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()
         and (application_name ilike '%pgqd%' or query ilike '%pgq.ticker%')
         and application_name not like 'pgq-connect %'\
      """;

  public static final String TICKER = "select pgq.ticker(?)";

  /** The last tick's time, the server's, and by how many seconds the former lies ahead. */
  static final String TICK_AHEAD =
      """
      select t.tick_time::timestamptz(0)::text, clock_timestamp()::timestamptz(0)::text,
             extract(epoch from t.tick_time - clock_timestamp())::bigint
        from pgq.tick t join pgq.queue q on q.queue_id = t.tick_queue
       where q.queue_name = ? order by t.tick_id desc limit 1\
      """;

  public static final String LIFT_LIMITS =
      """
      select pgq.set_queue_config(q.queue_name, p.name, p.value)
        from pgq.queue q
       cross join (values ('ticker_max_count', '1'), ('ticker_max_lag', '0'),
                          ('ticker_idle_period', '0')) p (name, value)
       where q.queue_name = ?
         and (q.queue_ticker_max_count, q.queue_ticker_max_lag, q.queue_ticker_idle_period)
             is distinct from (1, interval '0', interval '0')\
      """;

  private TickSql() {}
}
