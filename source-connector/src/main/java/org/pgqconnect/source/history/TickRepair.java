/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.history;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.source.queue.QueueMissing;
import org.pgqconnect.source.queue.StartTicks;

/**
 * Makes a queue usable again whose provider lost history, by a restore or by a failover to a
 * standby that lagged.
 *
 * <p>The next tick gets an id far beyond every one that subscribers can have seen: they take the
 * batch that leads from the consumer's tick to it as the next one and skip nothing. When ticks or
 * events lie in the future of the server's transaction ids, as after a restore into another
 * cluster, nothing in the queue can be ordered any more: all its events are dropped, its ticks get
 * the present snapshot and its rotation begins anew. Consumers keep the ticks that they are at.
 *
 * @param queue the queue's name
 */
public record TickRepair(String queue) {
  public TickRepair {
    requireNonNull(queue, "queue");
  }

  /**
   * What is wrong and what a repair does.
   *
   * @param future whether ticks, events or the rotation lie in the future of the server's
   *     transaction ids, or did when they were restored, so that the queue's events are to be
   *     dropped
   * @param lastTick the newest tick before
   * @param nextTick the tick that the repair makes
   * @param consumers those with unread events, with their number
   */
  public record Plan(boolean future, long lastTick, long nextTick, List<String> consumers) {
    public Plan {
      consumers = List.copyOf(consumers);
    }
  }

  private record State(
      int queueId,
      boolean external,
      boolean paused,
      long lastTick,
      long tickSequence,
      long nextTransaction,
      long tickTransaction,
      long switchTransaction,
      String eventTable,
      String transactionType,
      String eventTables) {

    long nextTick() {
      return StartTicks.nextGeneration(Math.max(lastTick, tickSequence));
    }
  }

  /** Looks, and changes nothing. */
  public Plan plan(Connection connection) throws SQLException {
    Session session = new Session(connection);
    return plan(session, state(session));
  }

  /**
   * Repairs; belongs in one transaction with the requests for new copies of all tables.
   *
   * @throws SQLException when the queue's tables are in use (SQLSTATE 55P03), or a right is missing
   */
  public Plan run(Connection connection) throws SQLException {
    Session session = new Session(connection);
    session.execute(RepairSql.LOCK_TIMEOUT);
    session.execute(RepairSql.LOCK_QUEUE, queue);
    State before = state(session);
    Plan plan = plan(session, before);
    if (plan.future) {
      session.execute("truncate table " + before.eventTables);
    }
    session.execute(RepairSql.LOCK_TICKS);
    tickAt(session, before, plan.nextTick);
    if (plan.future) {
      session.update(RepairSql.MOVE_TICKS, before.queueId, plan.nextTick, plan.nextTick);
      session.update(RepairSql.RESET_ROTATION, before.queueId);
    }
    return plan;
  }

  private Plan plan(Session session, State state) throws SQLException {
    return new Plan(isFuture(session, state), state.lastTick, state.nextTick(), consumers(session));
  }

  /** Makes a tick of a certain id, as for a queue whose ticks come from outside. */
  private void tickAt(Session session, State before, long tick) throws SQLException {
    set(session, "external_ticker", true);
    set(session, "ticker_paused", false);
    session.execute(RepairSql.TICK_AT, tick, queue);
    set(session, "external_ticker", before.external);
    set(session, "ticker_paused", before.paused);
  }

  private void set(Session session, String name, boolean value) throws SQLException {
    session.execute(RepairSql.SET, queue, name, String.valueOf(value));
  }

  private State state(Session session) throws SQLException {
    return session
        .first(
            RepairSql.STATE,
            row ->
                new State(
                    row.getInt(1),
                    row.getBoolean(2),
                    row.getBoolean(3),
                    row.getLong(4),
                    row.getLong(5),
                    row.getLong(6),
                    row.getLong(7),
                    row.getLong(8),
                    row.getString(9),
                    row.getString(10),
                    row.getString(11)),
            queue)
        .orElseThrow(() -> new IllegalArgumentException(QueueMissing.message(queue)));
  }

  private boolean isFuture(Session session, State state) throws SQLException {
    if (state.tickTransaction > state.nextTransaction
        || state.switchTransaction > state.nextTransaction
        || LostHistory.restoredTick(session, queue).isPresent()) {
      return true;
    }
    String sql = RepairSql.FUTURE_EVENTS.formatted(state.eventTable, state.transactionType);
    // Transactions that begin just now may have written already.
    return session.test(sql, String.valueOf(state.nextTransaction + 1_000_000));
  }

  private List<String> consumers(Session session) throws SQLException {
    return session.list(
        RepairSql.CONSUMERS,
        row -> "%s (about %d events)".formatted(row.getString(1), row.getLong(2)),
        queue);
  }
}
