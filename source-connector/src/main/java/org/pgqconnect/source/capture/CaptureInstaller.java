/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.capture;

import static java.util.Objects.requireNonNull;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.postgres.SqlState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Adds tables to capture, removes them, and says whether their triggers are still there.
 *
 * <p>Triggers need a lock that waits for every transaction that writes to the table, while every
 * later one waits for it. So each attempt waits for a short time only, lets the writers pass, and
 * tries again. Every method runs transactions of its own, so the connection must be in autocommit
 * mode. Errors are {@link SQLException}s whose message says what to do.
 */
public final class CaptureInstaller {

  private static final Logger LOG = LoggerFactory.getLogger(CaptureInstaller.class);

  private static final long LONGEST_PAUSE_MILLIS = 2000;

  private final Duration lockTimeout;
  private final int attempts;
  private final Duration pause;

  /**
   * Two seconds for the lock, or less where the server's deadlock_timeout is not longer, twenty
   * times, with growing pauses that begin with half a second.
   */
  public CaptureInstaller() {
    this(Duration.ofSeconds(2), 20, Duration.ofMillis(500));
  }

  /**
   * @param lockTimeout how long writers of the table may have to wait for us, in each attempt
   * @param attempts how often to try
   * @param pause after the first attempt; it grows with each
   */
  public CaptureInstaller(Duration lockTimeout, int attempts, Duration pause) {
    this.lockTimeout = requireNonNull(lockTimeout, "lockTimeout");
    this.pause = requireNonNull(pause, "pause");
    if (attempts < 1) {
      throw new IllegalArgumentException("At least one attempt is needed, not " + attempts);
    }
    this.attempts = attempts;
  }

  /** Captures a table; repeated, repairs what is missing. */
  public CapturedTable add(
      Connection connection, String queue, TableId table, CaptureOptions options)
      throws SQLException {
    return withLock(connection, queue, table, oid -> addOnce(connection, queue, oid, options));
  }

  /** The same, and says in which state that leaves the table's copy, as {@link #copies} does. */
  public Added addAndTell(
      Connection connection, String queue, TableId table, CaptureOptions options)
      throws SQLException {
    return withLock(
        connection,
        queue,
        table,
        oid -> {
          CapturedTable added = addOnce(connection, queue, oid, options);
          return new Added(added, copies(connection, queue).get(added.table()));
        });
  }

  /**
   * A table that was added.
   *
   * @param copy the state of its copy
   */
  public record Added(CapturedTable table, String copy) {}

  /**
   * Stops capturing a table. Its events stay in the queue. A table that was dropped is found by the
   * name under which it was captured, and one that was renamed also by its present one.
   *
   * @return whether it was captured, or was to be copied
   */
  public boolean remove(Connection connection, String queue, TableId table) throws SQLException {
    return withLock(
        connection,
        queue,
        table,
        true,
        () -> KnownTables.toRemove(queue, table, known(connection, queue, table)),
        oids -> removeOnce(connection, queue, table, oids));
  }

  /**
   * Makes the trigger function of an altered table fast again, and those of its partitions that are
   * captured by themselves. Takes no lock on a table.
   */
  public void refresh(Connection connection, String queue, TableId table) throws SQLException {
    withLock(
        connection,
        queue,
        table,
        oid -> {
          List<Long> captured = captured(connection, queue, table);
          for (long each : captured.isEmpty() ? List.of(oid) : captured) {
            try (PreparedStatement statement = connection.prepareStatement(CaptureSql.REFRESH)) {
              statement.setString(1, queue);
              statement.setLong(2, each);
              statement.execute();
            }
          }
          return captured;
        });
  }

  private static List<Long> captured(Connection connection, String queue, TableId table)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(CaptureSql.CAPTURED_OIDS)) {
      statement.setString(1, queue);
      statement.setString(2, table.schema());
      statement.setString(3, table.table());
      List<Long> oids = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          oids.add(rows.getLong(1));
        }
      }
      return oids;
    }
  }

  /**
   * Whether adding a captured table again with these options, {@link CaptureOptions#keepingHidden
   * keeping what is hidden}, would change how it is captured.
   *
   * @throws SQLException also when the table cannot be captured like that
   */
  public boolean differs(Connection connection, String queue, TableId table, RowOptions rows)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(CaptureSql.OPTIONS_DIFFER)) {
      statement.setString(1, queue);
      statement.setLong(2, oid(connection, queue, table));
      bind(statement, 3, rows);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getBoolean(1);
      }
    } catch (SQLException e) {
      throw ServerError.explained(e, queue);
    }
  }

  /** The tables that are captured into a queue. */
  public List<CapturedTable> list(Connection connection, String queue) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(CaptureSql.LIST)) {
      statement.setString(1, queue);
      List<CapturedTable> tables = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          tables.add(captured(rows));
        }
      }
      return tables;
    } catch (SQLException e) {
      throw ServerError.explained(e, queue);
    }
  }

  /**
   * The state of the copy of every table of a queue, by the name of its events: {@code requested},
   * {@code copying}, {@code done}, {@code none} while subscribers are to be told that they hold its
   * rows, or {@code removed}.
   */
  public Map<TableId, String> copies(Connection connection, String queue) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(CaptureSql.COPIES)) {
      statement.setString(1, queue);
      Map<TableId, String> states = new HashMap<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          states.put(new TableId(rows.getString(1), rows.getString(2)), rows.getString(3));
        }
      }
      return states;
    } catch (SQLException e) {
      throw ServerError.explained(e, queue);
    }
  }

  /** The state of every table that is captured into a queue. */
  public List<TableState> verify(Connection connection, String queue) throws SQLException {
    try {
      Map<TableId, TableState> renamed = renamed(connection, queue);
      return states(connection, queue).stream()
          .map(
              state ->
                  state.state().losesChanges() && state.state() != TriggerState.CHANGES_MISSED
                      ? state
                      : renamed.getOrDefault(state.table(), state))
          .toList();
    } catch (SQLException e) {
      throw ServerError.explained(e, queue);
    }
  }

  /**
   * Remembers where the rows of a queue's tables are, of all whose rows no ALTER TABLE has
   * rewritten since the last call.
   */
  public void renewRowMarks(Connection connection, String queue) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(CaptureSql.RENEW_ROW_MARKS)) {
      statement.setString(1, queue);
      statement.execute();
    }
  }

  private static List<TableState> states(Connection connection, String queue) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(CaptureSql.VERIFY)) {
      statement.setString(1, queue);
      List<TableState> states = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          states.add(
              new TableState(
                  rows.getString(1),
                  new TableId(rows.getString(2), rows.getString(3)),
                  TriggerState.ofSqlName(rows.getString(4)),
                  rows.getString(5),
                  rows.getString(6)));
        }
      }
      return states;
    }
  }

  private static Map<TableId, TableState> renamed(Connection connection, String queue)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(CaptureSql.RENAMED)) {
      statement.setString(1, queue);
      Map<TableId, TableState> states = new HashMap<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          TableId table = new TableId(rows.getString(1), rows.getString(2));
          TableId now = new TableId(rows.getString(3), rows.getString(4));
          states.put(
              table,
              new TableState(
                  queue,
                  table,
                  TriggerState.RENAMED,
                  "it is called %s now".formatted(now),
                  "rename it back, or replicate it under its new name: add that to table.include.list,"
                      + " then "
                      + Remedy.ofQueue(queue).add(now)));
        }
      }
      return states;
    }
  }

  private static CapturedTable addOnce(
      Connection connection, String queue, long oid, CaptureOptions options) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(CaptureSql.ADD)) {
      statement.setString(1, queue);
      statement.setLong(2, oid);
      statement.setBoolean(3, options.copy());
      statement.setString(4, options.form().sqlName());
      statement.setArray(
          5, textArray(statement, options.keyColumns().isEmpty() ? null : options.keyColumns()));
      statement.setObject(6, options.oldRow() ? Boolean.TRUE : null, Types.BOOLEAN);
      bind(statement, 7, options.rows());
      statement.setBoolean(13, options.keepsHidden());
      CapturedTable captured = readOne(statement);
      LOG.info("Table is captured [{}]", captured);
      return captured;
    }
  }

  private static void bind(PreparedStatement statement, int first, RowOptions rows)
      throws SQLException {
    statement.setArray(first, textArray(statement, rows.exclude()));
    statement.setArray(first + 1, textArray(statement, rows.only()));
    statement.setArray(first + 2, textArray(statement, rows.maskPairs()));
    statement.setString(first + 3, rows.condition());
    statement.setObject(first + 4, rows.skipUnchanged(), Types.BOOLEAN);
    statement.setString(first + 5, rows.salt() == null ? null : rows.salt().value());
  }

  private static Array textArray(PreparedStatement statement, List<String> texts)
      throws SQLException {
    return texts == null ? null : statement.getConnection().createArrayOf("text", texts.toArray());
  }

  private static boolean removeOnce(
      Connection connection, String queue, TableId table, List<Long> oids) throws SQLException {
    if (oids.isEmpty()) {
      Optional<Long> there = find(connection, table);
      if (there.isEmpty() && !withdrawCopy(connection, queue, table)) {
        throw absent(connection, queue, table);
      }
      return there.isEmpty();
    }
    try (PreparedStatement statement = connection.prepareStatement(CaptureSql.REMOVE)) {
      for (long oid : oids) {
        statement.setString(1, queue);
        statement.setLong(2, oid);
        statement.execute();
      }
    }
    return true;
  }

  private static boolean withdrawCopy(Connection connection, String queue, TableId table)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(CaptureSql.WITHDRAW_COPY)) {
      statement.setString(1, queue);
      statement.setString(2, table.schema());
      statement.setString(3, table.table());
      return statement.executeUpdate() > 0;
    }
  }

  private <T> T withLock(Connection connection, String queue, TableId table, Step<Long, T> step)
      throws SQLException {
    return withLock(
        connection,
        queue,
        table,
        false,
        () -> List.of(oid(connection, queue, table)),
        oids -> step.run(oids.get(0)));
  }

  /**
   * @param dropping whether the lock waits for readers, too, as dropping a trigger does
   * @param target the tables that are locked
   */
  private <T> T withLock(
      Connection connection,
      String queue,
      TableId table,
      boolean dropping,
      Target target,
      Step<List<Long>, T> step)
      throws SQLException {
    if (!connection.getAutoCommit()) {
      throw new IllegalStateException(
          "Capture is changed in transactions of its own; the connection must be in autocommit mode");
    }
    for (int attempt = 1; ; attempt++) {
      connection.setAutoCommit(false);
      long waitMillis = lockTimeout.toMillis();
      try {
        lockCapture(connection);
        waitMillis = setTimeouts(connection, attempt);
        T result = step.run(target.oids());
        connection.commit();
        return result;
      } catch (SQLException e) {
        connection.rollback();
        if (!tookTooLong(e, attempt)) {
          throw ServerError.explained(e, queue);
        }
        String blockers = Blockers.of(connection, target.oids(), dropping);
        connection.rollback();
        if (attempt == attempts) {
          throw new SQLException(
              ("Table %s could not be locked in %d attempts of %d ms each. Blocked by: %s. Wait until they"
                      + " end, or end one: SELECT pg_terminate_backend(PID); then repeat the command")
                  .formatted(table, attempts, waitMillis, blockers),
              e.getSQLState(),
              e);
        }
        LOG.info(
            "Table is locked, trying again [table={}, attempt={}, by={}]",
            table,
            attempt,
            blockers);
      } finally {
        connection.setAutoCommit(true);
      }
      pause(attempt);
    }
  }

  private static void lockCapture(Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(CaptureSql.LOCK_CAPTURE)) {
      statement.execute();
    }
  }

  /** The whole of an early attempt is short as well: locks on many partitions add up. */
  private long setTimeouts(Connection connection, int attempt) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(CaptureSql.LOCK_TIMEOUT)) {
      statement.setBoolean(1, isEarly(attempt));
      statement.setLong(2, lockTimeout.toMillis());
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getLong(2);
      }
    }
  }

  private boolean isEarly(int attempt) {
    return attempt <= attempts / 2;
  }

  private boolean tookTooLong(SQLException failure, int attempt) {
    return SqlState.is(failure, SqlState.LOCK_NOT_AVAILABLE)
        || isEarly(attempt) && SqlState.is(failure, SqlState.QUERY_CANCELED);
  }

  private void pause(int attempt) throws SQLException {
    try {
      Thread.sleep(Math.min(pause.toMillis() * attempt, LONGEST_PAUSE_MILLIS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SQLException("Interrupted while waiting for a lock", e);
    }
  }

  private static long oid(Connection connection, String queue, TableId table) throws SQLException {
    Optional<Long> found = find(connection, table);
    if (found.isEmpty()) {
      throw absent(connection, queue, table);
    }
    return found.get();
  }

  private static Optional<Long> find(Connection connection, TableId table) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(CaptureSql.OID)) {
      statement.setString(1, Identifiers.quote(table));
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        long oid = row.getLong(1);
        return row.wasNull() ? Optional.empty() : Optional.of(oid);
      }
    }
  }

  private static SQLException absent(Connection connection, String queue, TableId table)
      throws SQLException {
    return new SQLException(
        "There is no table %s in database %s. %s"
            .formatted(
                table,
                connection.getCatalog(),
                KnownTables.absence(queue, table, known(connection, queue, table))),
        SqlState.UNDEFINED_TABLE);
  }

  private static List<KnownTables.Known> known(Connection connection, String queue, TableId table)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(CaptureSql.KNOWN_BY)) {
      statement.setString(1, queue);
      for (int i = 2; i <= 4; i += 2) {
        statement.setString(i, table.schema());
        statement.setString(i + 1, table.table());
      }
      List<KnownTables.Known> tables = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          String name = rows.getString(3);
          tables.add(
              new KnownTables.Known(
                  rows.getLong(1),
                  Optional.ofNullable(name == null ? null : new TableId(rows.getString(2), name))));
        }
      }
      return tables;
    }
  }

  private static CapturedTable readOne(PreparedStatement statement) throws SQLException {
    try (ResultSet rows = statement.executeQuery()) {
      rows.next();
      return captured(rows);
    }
  }

  private static CapturedTable captured(ResultSet rows) throws SQLException {
    return new CapturedTable(
        rows.getString(1),
        new TableId(rows.getString(2), rows.getString(3)),
        CaptureForm.ofSqlName(rows.getString(4)),
        List.of((String[]) rows.getArray(5).getArray()),
        rows.getBoolean(6),
        rows.getInt(7),
        rows.getString(8));
  }

  private interface Target {
    List<Long> oids() throws SQLException;
  }

  private interface Step<O, T> {
    T run(O oids) throws SQLException;
  }
}
