/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.history;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
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
    State state = state(connection);
    return new Plan(
        isFuture(connection, state), state.lastTick, state.nextTick(), consumers(connection));
  }

  /**
   * Repairs; belongs in one transaction with the requests for new copies of all tables.
   *
   * @throws SQLException when the queue's tables are in use (SQLSTATE 55P03), or a right is missing
   */
  public Plan run(Connection connection) throws SQLException {
    execute(connection, RepairSql.LOCK_TIMEOUT);
    try (PreparedStatement lock = connection.prepareStatement(RepairSql.LOCK_QUEUE)) {
      lock.setString(1, queue);
      lock.execute();
    }
    State before = state(connection);
    Plan plan =
        new Plan(
            isFuture(connection, before),
            before.lastTick,
            before.nextTick(),
            consumers(connection));
    if (plan.future) {
      execute(connection, "truncate table " + before.eventTables);
    }
    execute(connection, RepairSql.LOCK_TICKS);
    tickAt(connection, before, plan.nextTick);
    if (plan.future) {
      try (PreparedStatement move = connection.prepareStatement(RepairSql.MOVE_TICKS)) {
        move.setInt(1, before.queueId);
        move.setLong(2, plan.nextTick);
        move.setLong(3, plan.nextTick);
        move.executeUpdate();
      }
      try (PreparedStatement reset = connection.prepareStatement(RepairSql.RESET_ROTATION)) {
        reset.setInt(1, before.queueId);
        reset.executeUpdate();
      }
    }
    return plan;
  }

  /** Makes a tick of a certain id, as for a queue whose ticks come from outside. */
  private void tickAt(Connection connection, State before, long tick) throws SQLException {
    set(connection, "external_ticker", true);
    set(connection, "ticker_paused", false);
    try (PreparedStatement statement = connection.prepareStatement(RepairSql.TICK_AT)) {
      statement.setLong(1, tick);
      statement.setString(2, queue);
      statement.execute();
    }
    set(connection, "external_ticker", before.external);
    set(connection, "ticker_paused", before.paused);
  }

  private void set(Connection connection, String name, boolean value) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(RepairSql.SET)) {
      statement.setString(1, queue);
      statement.setString(2, name);
      statement.setString(3, String.valueOf(value));
      statement.execute();
    }
  }

  private State state(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(RepairSql.STATE)) {
      statement.setString(1, queue);
      try (ResultSet rows = statement.executeQuery()) {
        if (!rows.next()) {
          throw new IllegalArgumentException(QueueMissing.message(queue));
        }
        return new State(
            rows.getInt(1),
            rows.getBoolean(2),
            rows.getBoolean(3),
            rows.getLong(4),
            rows.getLong(5),
            rows.getLong(6),
            rows.getLong(7),
            rows.getLong(8),
            rows.getString(9),
            rows.getString(10),
            rows.getString(11));
      }
    }
  }

  private boolean isFuture(Connection connection, State state) throws SQLException {
    if (state.tickTransaction > state.nextTransaction
        || state.switchTransaction > state.nextTransaction
        || LostHistory.restoredTick(connection, queue).isPresent()) {
      return true;
    }
    String sql = RepairSql.FUTURE_EVENTS.formatted(state.eventTable, state.transactionType);
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      // Transactions that begin just now may have written already.
      statement.setString(1, String.valueOf(state.nextTransaction + 1_000_000));
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        return rows.getBoolean(1);
      }
    }
  }

  private List<String> consumers(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(RepairSql.CONSUMERS)) {
      statement.setString(1, queue);
      List<String> consumers = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          consumers.add("%s (about %d events)".formatted(rows.getString(1), rows.getLong(2)));
        }
      }
      return consumers;
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
