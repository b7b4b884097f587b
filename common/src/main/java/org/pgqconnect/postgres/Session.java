/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.postgres;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.postgresql.PGStatement;
import org.postgresql.util.PSQLWarning;
import org.postgresql.util.ServerErrorMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Statements and transactions on one connection, which stays the caller's: nothing here closes it.
 * Not thread safe, as the connection is not.
 *
 * <p>Values are bound in the order of the placeholders: a {@code String}, {@code Long}, {@code
 * Integer}, {@code Boolean}, {@code Double} or {@code BigDecimal} as such, null as a text, others
 * by {@link Values}. A statement with values is prepared, and the driver keeps it for the next
 * time; one without values is not, so that a table which was altered since never meets an old plan.
 */
public final class Session {
  private static final Logger LOG = LoggerFactory.getLogger(Session.class);

  private final Connection connection;
  private final Consumer<String> warned;

  /** What the server warns of is logged. */
  public Session(Connection connection) {
    this(connection, LOG::warn);
  }

  /**
   * @param warned gets what the server warns of, with its hint
   */
  public Session(Connection connection, Consumer<String> warned) {
    this.connection = requireNonNull(connection, "connection");
    this.warned = requireNonNull(warned, "warned");
  }

  private void passWarnings(Statement statement) throws SQLException {
    for (SQLWarning warning = statement.getWarnings();
        warning != null;
        warning = warning.getNextWarning()) {
      // Others are notices.
      if (String.valueOf(warning.getSQLState()).startsWith("01")) {
        warned.accept(text(warning));
      }
    }
  }

  private static String text(SQLWarning warning) {
    ServerErrorMessage message =
        warning instanceof PSQLWarning server ? server.getServerErrorMessage() : null;
    return message == null
        ? warning.getMessage()
        : message.getMessage() + (message.getHint() == null ? "" : ". " + message.getHint());
  }

  /** The connection that the statements run on. */
  public Connection connection() {
    return connection;
  }

  /** The role that it logged in as. The server is not asked, so a failed transaction answers. */
  public String role() throws SQLException {
    return connection.getMetaData().getUserName();
  }

  /** Reads one row; null is allowed. */
  @FunctionalInterface
  public interface RowReader<T> {
    T read(ResultSet row) throws SQLException;
  }

  /** Takes one row. */
  @FunctionalInterface
  public interface RowAction {
    void take(ResultSet row) throws SQLException;
  }

  /** Something that is done in a transaction or under a savepoint. */
  @FunctionalInterface
  public interface Work<T> {
    T run() throws SQLException;
  }

  /** Work without a result. */
  @FunctionalInterface
  public interface Action {
    void run() throws SQLException;
  }

  /** All rows, in their order. */
  public <T> List<T> list(String sql, RowReader<T> reader, Object... values) throws SQLException {
    List<T> list = new ArrayList<>();
    each(sql, row -> list.add(reader.read(row)), values);
    return list;
  }

  /** The first row; empty when there is none, or when what is read of it is null. */
  public <T> Optional<T> first(String sql, RowReader<T> reader, Object... values)
      throws SQLException {
    return query(
        sql,
        rows -> rows.next() ? Optional.ofNullable(reader.read(rows)) : Optional.empty(),
        values);
  }

  /**
   * The first row of a query that always has one.
   *
   * @return what the reader returns, which may be null
   * @throws IllegalStateException when there is no row
   */
  public <T> T one(String sql, RowReader<T> reader, Object... values) throws SQLException {
    return query(
        sql,
        rows -> {
          if (!rows.next()) {
            throw new IllegalStateException("No row from: " + sql);
          }
          return reader.read(rows);
        },
        values);
  }

  /** True when the first row's first column is true; false when it is false, null or missing. */
  public boolean test(String sql, Object... values) throws SQLException {
    return query(sql, rows -> rows.next() && rows.getBoolean(1), values);
  }

  /** True when there is a row. */
  public boolean exists(String sql, Object... values) throws SQLException {
    return query(sql, ResultSet::next, values);
  }

  /** Gives every row to an action, in their order. */
  public void each(String sql, RowAction action, Object... values) throws SQLException {
    query(
        sql,
        rows -> {
          while (rows.next()) {
            action.take(rows);
          }
          return null;
        },
        values);
  }

  private <T> T query(String sql, RowReader<T> reader, Object... values) throws SQLException {
    if (values.length == 0) {
      try (Statement statement = plainStatement();
          ResultSet rows = statement.executeQuery(sql)) {
        T result = reader.read(rows);
        passWarnings(statement);
        return result;
      }
    }
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      Values.bind(statement, values);
      try (ResultSet rows = statement.executeQuery()) {
        T result = reader.read(rows);
        passWarnings(statement);
        return result;
      }
    }
  }

  /** The driver would have the server keep each for as long as the JVM keeps its object. */
  private Statement plainStatement() throws SQLException {
    Statement statement = connection.createStatement();
    statement.unwrap(PGStatement.class).setPrepareThreshold(0);
    return statement;
  }

  /**
   * Runs a statement that changes rows.
   *
   * @return how many
   */
  public int update(String sql, Object... values) throws SQLException {
    if (values.length == 0) {
      try (Statement statement = plainStatement()) {
        int count = statement.executeUpdate(sql);
        passWarnings(statement);
        return count;
      }
    }
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      Values.bind(statement, values);
      int count = statement.executeUpdate();
      passWarnings(statement);
      return count;
    }
  }

  /**
   * Runs one statement once for each set of values, in one round trip.
   *
   * @param sets the values of each run
   * @return how many rows each run changed
   */
  public int[] updateEach(String sql, Iterable<Object[]> sets) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (Object[] values : sets) {
        Values.bind(statement, values);
        statement.addBatch();
      }
      return statement.executeBatch();
    }
  }

  /**
   * Runs a statement whose result does not matter, if it has one. Without values it may be several
   * statements.
   */
  public void execute(String sql, Object... values) throws SQLException {
    if (values.length == 0) {
      try (Statement statement = plainStatement()) {
        statement.execute(sql);
        passWarnings(statement);
      }
      return;
    }
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      Values.bind(statement, values);
      statement.execute();
      passWarnings(statement);
    }
  }

  /**
   * Runs work in a transaction, which is undone when it fails. In a transaction that is open
   * already, it becomes a part of that one.
   */
  public <T> T inTransaction(Work<T> work) throws SQLException {
    if (!connection.getAutoCommit()) {
      return work.run();
    }
    connection.setAutoCommit(false);
    try {
      T result = work.run();
      connection.commit();
      return result;
    } catch (SQLException | RuntimeException | Error e) {
      suppress(e, connection::rollback);
      throw e;
    } finally {
      // A connection that was lost cannot do this: what went wrong before says why.
      if (!connection.isClosed()) {
        connection.setAutoCommit(true);
      }
    }
  }

  /** {@link #inTransaction(Work)} without a result. */
  public void inTransaction(Action action) throws SQLException {
    inTransaction(
        () -> {
          action.run();
          return null;
        });
  }

  /**
   * Runs something in the open transaction and undoes what it did to rows and settings.
   *
   * @return what it found
   */
  public <T> T undone(Work<T> work) throws SQLException {
    Savepoint before = connection.setSavepoint();
    T found = work.run();
    connection.rollback(before);
    connection.releaseSavepoint(before);
    return found;
  }

  /**
   * Tries something under a savepoint of the open transaction.
   *
   * @param expected which failures undo it; others are thrown, and the transaction is then void
   * @return the failure, when it was an expected one; the transaction continues without what was
   *     tried
   */
  public Optional<SQLException> attempt(Predicate<SQLException> expected, Action action)
      throws SQLException {
    Savepoint before = connection.setSavepoint();
    try {
      action.run();
      connection.releaseSavepoint(before);
      return Optional.empty();
    } catch (SQLException e) {
      if (!expected.test(e)) {
        throw e;
      }
      connection.rollback(before);
      // The rollback keeps the savepoint, and many of them would make the transaction slow.
      connection.releaseSavepoint(before);
      return Optional.of(e);
    }
  }

  private static void suppress(Throwable failure, Action action) {
    try {
      action.run();
    } catch (SQLException e) {
      failure.addSuppressed(e);
    }
  }
}
