/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.queue;

/** The statements of {@link Queue} and of its cursors. */
final class QueueSql {
  private static final String TICK_COLUMNS =
      "t.tick_id, t.tick_time::text, t.tick_snapshot::text, coalesce(t.tick_event_seq, 0)";

  static final String EXISTS = "select from pgq.queue where queue_name = ?";

  static final String LAST_TICK =
      """
      select %s from pgq.tick t join pgq.queue q on q.queue_id = t.tick_queue
       where q.queue_name = ? order by t.tick_id desc limit 1\
      """
          .formatted(TICK_COLUMNS);

  static final String TICK =
      """
      select %s from pgq.tick t join pgq.queue q on q.queue_id = t.tick_queue
       where q.queue_name = ? and t.tick_id = ?\
      """
          .formatted(TICK_COLUMNS);

  static final String TICK_AFTER =
      """
      select %s from pgq.tick t join pgq.queue q on q.queue_id = t.tick_queue
       where q.queue_name = ? and t.tick_id > ? order by t.tick_id offset ? limit 1\
      """
          .formatted(TICK_COLUMNS);

  static final String START_TICKS =
      """
      select t.tick_id, t.tick_time::text from pgq.tick t join pgq.queue q on q.queue_id = t.tick_queue
       where q.queue_name = ? and t.tick_id >= ? and t.tick_id < ? order by t.tick_id limit ?\
      """;

  static final String SUBSCRIPTION =
      """
      select %s from pgq.get_consumer_info(?, ?) c
        join pgq.queue q on q.queue_name = c.queue_name
        join pgq.tick t on t.tick_queue = q.queue_id and t.tick_id = c.last_tick\
      """
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
       group by o.tick_id\
      """;

  static final String REGISTER = "select pgq.register_consumer(?, ?)";
  static final String REGISTER_AT = "select pgq.register_consumer_at(?, ?, ?)";
  static final String NEXT_BATCH =
      """
      select batch_id, prev_tick_id, cur_tick_id
        from pgq.next_batch_custom(?, ?, null, nullif(?, 0), null)\
      """;

  /** The query for a batch's events, those included that the extension's own query leaves out. */
  static final String BATCH_SQL = "select pgq_connect.batch_event_sql(?)";

  static final String FINISH = "select pgq.finish_batch(?)";

  static final String BEGIN_SESSION =
      """
      select p.identity::text, s.queue_identity::text, s.number, s.attempt, s.other
        from pgq_connect.begin_session(?, ?, ?) s left join pgq_connect.provider p on true\
      """;

  static final String OTHER_PUBLISHER = "select pgq_connect.other_publisher(?, ?)";

  /** Asked by a consumer without a name, so any publisher is another one. */
  static final String TABLES_PUBLISHER = "select pgq_connect.other_publisher(?, '')";

  static final String SNAPSHOT = "select pg_current_snapshot()::text";

  private QueueSql() {}

  /** Sends what a batch's own query finds, in the order of event ids. */
  static String copyEvents(String batchSql, long afterEventId) {
    return """
    copy (
      select ev_id, ev_time, ev_txid, ev_type, ev_data, ev_extra1, ev_extra2, ev_extra3, ev_extra4
        from (%s) batch where ev_id > %d order by ev_id
    ) to stdout (format binary)\
    """
        .formatted(batchSql, afterEventId);
  }
}
