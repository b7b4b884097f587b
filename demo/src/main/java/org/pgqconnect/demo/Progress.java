/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.demo;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.OptionalLong;
import org.pgqconnect.postgres.Session;

/** What the demo asks the databases while it runs. */
final class Progress {
  private static final String QUEUE =
      """
      select pgq.seq_getval(q.queue_event_seq),
             (select coalesce(max(t.tick_id), 0) from pgq.tick t where t.tick_queue = q.queue_id)
        from pgq.queue q where q.queue_name = ?\
      """;

  private static final String LAG =
      """
      select (extract(epoch from clock_timestamp() - tick_time::timestamptz) * 1000)::bigint
        from pgq_connect.subscription where tick_time is not null\
      """;

  private static final String TABLES_OK =
      """
      select count(*) filter (where state = 'ok') from pgq_connect.subscribed_table\
      """;

  private Progress() {}

  /**
   * How far the queue is.
   *
   * @param events events written so far
   * @param ticks ticks made so far
   */
  record QueueState(long events, long ticks) {}

  static QueueState queue(Connection provider, String queue) throws SQLException {
    return new Session(provider)
        .first(QUEUE, row -> new QueueState(row.getLong(1), row.getLong(2)), queue)
        .orElse(new QueueState(0, 0));
  }

  /** Milliseconds since the last applied tick was made; empty before the first batch. */
  static OptionalLong lagMillis(Connection subscriber) throws SQLException {
    return new Session(subscriber)
        .first(LAG, row -> OptionalLong.of(row.getLong(1)))
        .orElse(OptionalLong.empty());
  }

  static boolean exists(Connection connection, String table) throws SQLException {
    return new Session(connection).test("select to_regclass(?) is not null", table);
  }

  /** How many tables are copied and caught up. */
  static int tablesOk(Connection subscriber) throws SQLException {
    if (!exists(subscriber, "pgq_connect.subscribed_table")) {
      return 0;
    }
    return new Session(subscriber).one(TABLES_OK, row -> row.getInt(1));
  }
}
