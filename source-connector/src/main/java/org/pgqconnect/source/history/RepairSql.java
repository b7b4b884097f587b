/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.history;

/** The statements of {@link TickRepair}. */
final class RepairSql {
  static final String LOCK_TIMEOUT = "set local lock_timeout = '2s'";

  /** A transaction's number with its epoch, of a row that was written less than 2^31 ago. */
  private static final String WRITER =
      """
      (n.now >> 32 << 32) + t.xmin::text::bigint
        - case when t.xmin::text::bigint > (n.now & 4294967295) then 4294967296 else 0 end\
      """;

  /**
   * A tick whose snapshot begins after the transaction that wrote its row: no tick that was made
   * here does. The server has had these numbers for transactions of its own since.
   */
  static final String RESTORED_TICK =
      """
      select t.tick_id, t.tick_time::text, txid_snapshot_xmin(t.tick_snapshot::text::txid_snapshot), %1$s
        from pgq.tick t
       cross join (select txid_snapshot_xmax(txid_current_snapshot()) as now) n
       where t.tick_queue = (select q.queue_id from pgq.queue q where q.queue_name = ?) and t.xmin::text::bigint > 2
         and %1$s < txid_snapshot_xmin(t.tick_snapshot::text::txid_snapshot)
       order by t.tick_id desc limit 1\
      """
          .formatted(WRITER);

  /** Rotation locks the queue first, too. */
  static final String LOCK_QUEUE = "select from pgq.queue where queue_name = ? for update";

  static final String STATE =
      """
      select q.queue_id, q.queue_external_ticker, q.queue_ticker_paused,
             coalesce((select max(tick_id) from pgq.tick where tick_queue = q.queue_id), 0),
             pgq.seq_getval(q.queue_tick_seq), txid_snapshot_xmax(txid_current_snapshot()),
             coalesce((select max(split_part(tick_snapshot::text, ':', 2)::bigint) from pgq.tick
                        where tick_queue = q.queue_id), 0),
             greatest(q.queue_switch_step1, q.queue_switch_step2), q.queue_data_pfx,
             (select format_type(a.atttypid, a.atttypmod) from pg_catalog.pg_attribute a
               where a.attrelid = q.queue_data_pfx::regclass and a.attname = 'ev_txid'),
             (select string_agg(i.inhrelid::regclass::text, ', ' order by i.inhrelid::regclass::text)
                from pg_inherits i where i.inhparent = q.queue_data_pfx::regclass)
        from pgq.queue q where q.queue_name = ?\
      """;

  static final String FUTURE_EVENTS = "select exists (select from %s where ev_txid >= ?::text::%s)";

  static final String CONSUMERS =
      """
      select consumer_name, pending_events from pgq.get_consumer_info(?)
       where pending_events > 0 order by 1\
      """;

  /** Ticks are inserted by tickers; their order must be that of their snapshots. */
  static final String LOCK_TICKS = "lock table pgq.tick in share row exclusive mode";

  static final String SET = "select pgq.set_queue_config(?, ?, ?)";

  static final String TICK_AT =
      """
      select pgq.ticker(queue_name, ?, now(), pgq.seq_getval(queue_event_seq))
        from pgq.queue where queue_name = ?\
      """;

  /** Every consumer is at the beginning of the new history now, wherever it was. */
  static final String MOVE_TICKS =
      """
      update pgq.tick old
         set tick_snapshot = new.tick_snapshot, tick_event_seq = new.tick_event_seq
        from pgq.tick new
       where old.tick_queue = ? and old.tick_id < ? and new.tick_queue = old.tick_queue and new.tick_id = ?\
      """;

  static final String RESET_ROTATION =
      """
      update pgq.queue
         set queue_switch_step1 = txid_current(), queue_switch_step2 = txid_current(), queue_switch_time = now()
       where queue_id = ?\
      """;

  private RepairSql() {}
}
