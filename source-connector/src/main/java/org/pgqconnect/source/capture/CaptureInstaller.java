/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.capture;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.Values;
import org.pgqconnect.source.engine.LockAttempts;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Adds tables to capture, removes them, and says whether their triggers are still there.
 *
 * <p>Triggers need a lock that waits for every transaction that writes to the table, hence {@link
 * LockAttempts}. Every method runs transactions of its own, so the connection must be in autocommit
 * mode. Errors are {@link SQLException}s whose message says what to do.
 */
public final class CaptureInstaller {

  private static final Logger LOG = LoggerFactory.getLogger(CaptureInstaller.class);

  private final LockAttempts attempts;

  /** With the usual number of {@link LockAttempts}. */
  public CaptureInstaller() {
    this(new LockAttempts());
  }

  /**
   * @param attempts how long writers of a table may have to wait for us, and how often
   */
  public CaptureInstaller(LockAttempts attempts) {
    this.attempts = requireNonNull(attempts, "attempts");
  }

  /** Captures a table; repeated, repairs what is missing. */
  public CapturedTable add(
      Connection connection, String queue, TableId table, CaptureOptions options)
      throws SQLException {
    Session session = new Session(connection);
    return withLock(session, queue, table, oid -> addOnce(session, queue, oid, options));
  }

  /** The same, and says in which state that leaves the table's copy, as {@link #copies} does. */
  public Added addAndTell(
      Connection connection, String queue, TableId table, CaptureOptions options)
      throws SQLException {
    Set<String> warnings = new LinkedHashSet<>();
    Session session = new Session(connection, warnings::add);
    return withLock(
        session,
        queue,
        table,
        oid -> {
          warnings.clear();
          CapturedTable added = addOnce(session, queue, oid, options);
          return new Added(
              added, copies(connection, queue).get(added.table()), List.copyOf(warnings));
        });
  }

  /**
   * A table that was added.
   *
   * @param copy the state of its copy
   * @param warnings what of its changes is not captured, and what would fix that
   */
  public record Added(CapturedTable table, String copy, List<String> warnings) {}

  /**
   * Stops capturing a table. Its events stay in the queue. A table that was dropped is found by the
   * name under which it was captured, and one that was renamed also by its present one.
   *
   * @return whether it was captured, or was to be copied
   */
  public boolean remove(Connection connection, String queue, TableId table) throws SQLException {
    Session session = new Session(connection);
    return withLock(
        session,
        queue,
        table,
        true,
        () -> KnownTables.toRemove(queue, table, known(session, queue, table)),
        oids -> removeOnce(session, queue, table, oids));
  }

  /**
   * Makes the trigger function of an altered table fast again, and those of its partitions that are
   * captured separately. Takes no lock on a table.
   */
  public void refresh(Connection connection, String queue, TableId table) throws SQLException {
    Session session = new Session(connection);
    withLock(
        session,
        queue,
        table,
        oid -> {
          List<Long> captured = captured(session, queue, table);
          for (long each : captured.isEmpty() ? List.of(oid) : captured) {
            session.execute(CaptureSql.REFRESH, queue, each);
          }
          return captured;
        });
  }

  private static List<Long> captured(Session session, String queue, TableId table)
      throws SQLException {
    return session.list(
        CaptureSql.CAPTURED_OIDS, row -> row.getLong(1), queue, table.schema(), table.table());
  }

  /**
   * Whether adding a captured table again with these options, {@link CaptureOptions#keepingHidden
   * keeping what is hidden}, would change how it is captured.
   *
   * @throws SQLException also when the table cannot be captured like that
   */
  public boolean differs(Connection connection, String queue, TableId table, RowOptions rows)
      throws SQLException {
    Session session = new Session(connection);
    try {
      List<Object> values = new ArrayList<>(List.of(queue, oid(session, queue, table)));
      values.addAll(values(rows));
      return session.test(CaptureSql.OPTIONS_DIFFER, values.toArray());
    } catch (SQLException e) {
      throw ServerError.explained(e, queue);
    }
  }

  /**
   * Whether these options are in effect as far as they fit the table, and some do not fit it any
   * more: NULL is captured in place of such a column, or no row at all. Nothing is shown then that
   * they ask to hide.
   */
  public boolean isClosedAsAsked(
      Connection connection, String queue, TableId table, RowOptions rows) throws SQLException {
    Session session = new Session(connection);
    try {
      List<Object> values = new ArrayList<>(values(rows));
      values.addAll(List.of(queue, oid(session, queue, table)));
      return session.test(CaptureSql.CLOSED_AS_ASKED, values.toArray());
    } catch (SQLException e) {
      throw ServerError.explained(e, queue);
    }
  }

  /** The tables that are captured into a queue. */
  public List<CapturedTable> list(Connection connection, String queue) throws SQLException {
    try {
      return new Session(connection).list(CaptureSql.LIST, CaptureInstaller::captured, queue);
    } catch (SQLException e) {
      throw ServerError.explained(e, queue);
    }
  }

  /**
   * The state of the copy of every table of a queue, by the name of its events: {@code requested},
   * {@code copying}, {@code done}, {@code none} while the mark is to be sent that subscribers hold
   * its rows, or {@code removed}.
   */
  public Map<TableId, String> copies(Connection connection, String queue) throws SQLException {
    Map<TableId, String> states = new HashMap<>();
    try {
      new Session(connection)
          .each(
              CaptureSql.COPIES,
              row -> states.put(new TableId(row.getString(1), row.getString(2)), row.getString(3)),
              queue);
      return states;
    } catch (SQLException e) {
      throw ServerError.explained(e, queue);
    }
  }

  /** The state of every table that is captured into a queue. */
  public List<TableState> verify(Connection connection, String queue) throws SQLException {
    try {
      Session session = new Session(connection);
      Map<TableId, TableState> renamed = renamed(session, queue);
      return states(session, queue).stream()
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
    new Session(connection).execute(CaptureSql.RENEW_ROW_MARKS, queue);
  }

  /**
   * Notes that changes of the table may be in the wrong order, so that it is reported until the
   * table is copied, also when the reason is gone.
   */
  public void noteUnordered(Connection connection, String queue, TableId table)
      throws SQLException {
    new Session(connection)
        .execute(CaptureSql.NOTE_UNORDERED, queue, table.schema(), table.table());
  }

  private static List<TableState> states(Session session, String queue) throws SQLException {
    return session.list(
        CaptureSql.VERIFY,
        row ->
            new TableState(
                row.getString(1),
                new TableId(row.getString(2), row.getString(3)),
                TriggerState.ofSqlName(row.getString(4)),
                row.getString(5),
                row.getString(6)),
        queue);
  }

  private static Map<TableId, TableState> renamed(Session session, String queue)
      throws SQLException {
    Map<TableId, TableState> states = new HashMap<>();
    session.each(
        CaptureSql.RENAMED,
        row -> {
          TableId table = new TableId(row.getString(1), row.getString(2));
          TableId now = new TableId(row.getString(3), row.getString(4));
          states.put(table, renamed(queue, table, now, row.getBoolean(5)));
        },
        queue);
    return states;
  }

  /**
   * @param succeeded whether a table that is not captured has the name
   */
  private static TableState renamed(String queue, TableId table, TableId now, boolean succeeded) {
    Remedy remedy = Remedy.ofQueue(queue);
    String takeOver =
        "have the table that has its name now captured, and copied: %s; then stop replicating this one: %s; or "
            .formatted(remedy.add(table), remedy.remove(now));
    return new TableState(
        queue,
        table,
        TriggerState.RENAMED,
        "it is called %s now%s".formatted(now, succeeded ? ", and another table has its name" : ""),
        (succeeded ? takeOver : "")
            + "rename it back, or replicate it under its new name: add that to"
            + " table.include.list, then "
            + remedy.add(now));
  }

  private static CapturedTable addOnce(
      Session session, String queue, long oid, CaptureOptions options) throws SQLException {
    List<Object> values = new ArrayList<>();
    values.add(queue);
    values.add(oid);
    values.add(options.copy());
    values.add(options.form().sqlName());
    values.add(Values.texts(options.keyColumns().isEmpty() ? null : options.keyColumns()));
    values.add(Values.nullable(options.oldRow() ? Boolean.TRUE : null));
    values.addAll(values(options.rows()));
    values.add(options.keepsHidden());
    CapturedTable captured =
        session.one(CaptureSql.ADD, CaptureInstaller::captured, values.toArray());
    LOG.info("Table is captured [{}]", captured);
    return captured;
  }

  /** In the order in which the statements take them. */
  private static List<Object> values(RowOptions rows) {
    return Arrays.asList(
        Values.texts(rows.exclude()),
        Values.texts(rows.only()),
        Values.texts(rows.maskPairs()),
        rows.condition(),
        Values.nullable(rows.skipUnchanged()),
        rows.salt() == null ? null : rows.salt().value());
  }

  private static boolean removeOnce(Session session, String queue, TableId table, List<Long> oids)
      throws SQLException {
    if (oids.isEmpty()) {
      Optional<Long> there = find(session, table);
      if (there.isEmpty() && !withdrawCopy(session, queue, table)) {
        throw absent(session, queue, table);
      }
      return there.isEmpty();
    }
    for (long oid : oids) {
      session.execute(CaptureSql.REMOVE, queue, oid);
    }
    return true;
  }

  private static boolean withdrawCopy(Session session, String queue, TableId table)
      throws SQLException {
    return session.update(CaptureSql.WITHDRAW_COPY, queue, table.schema(), table.table()) > 0;
  }

  private <T> T withLock(Session session, String queue, TableId table, Step<Long, T> step)
      throws SQLException {
    return withLock(
        session,
        queue,
        table,
        false,
        () -> List.of(oid(session, queue, table)),
        oids -> step.run(oids.get(0)));
  }

  /**
   * @param dropping whether the lock waits for readers, too, as dropping a trigger does
   * @param target the tables that are locked
   */
  private <T> T withLock(
      Session session,
      String queue,
      TableId table,
      boolean dropping,
      LockAttempts.Tables target,
      Step<List<Long>, T> step)
      throws SQLException {
    if (!session.connection().getAutoCommit()) {
      throw new IllegalStateException(
          "Capture is changed in transactions of its own; the connection must be in autocommit"
              + " mode");
    }
    try {
      return attempts.run(
          session,
          new LockAttempts.Target("Table " + table, dropping, target),
          LockAttempts.Limit.WHOLE_STATEMENT,
          LockAttempts.Turn.CAPTURE,
          () -> step.run(target.oids()));
    } catch (SQLException e) {
      throw ServerError.explained(e, queue);
    }
  }

  private static long oid(Session session, String queue, TableId table) throws SQLException {
    Optional<Long> found = find(session, table);
    if (found.isEmpty()) {
      throw absent(session, queue, table);
    }
    return found.get();
  }

  private static Optional<Long> find(Session session, TableId table) throws SQLException {
    return session.first(
        CaptureSql.OID,
        row -> {
          long oid = row.getLong(1);
          return row.wasNull() ? null : oid;
        },
        Identifiers.quote(table));
  }

  private static StopException absent(Session session, String queue, TableId table)
      throws SQLException {
    return new StopException(
        "There is no table %s in database %s. %s"
            .formatted(
                table,
                session.connection().getCatalog(),
                KnownTables.absence(queue, table, known(session, queue, table))));
  }

  private static List<KnownTables.Known> known(Session session, String queue, TableId table)
      throws SQLException {
    return session.list(
        CaptureSql.KNOWN_BY,
        row -> {
          String name = row.getString(3);
          return new KnownTables.Known(
              row.getLong(1),
              Optional.ofNullable(name == null ? null : new TableId(row.getString(2), name)));
        },
        queue,
        table.schema(),
        table.table(),
        table.schema(),
        table.table());
  }

  private static CapturedTable captured(ResultSet rows) throws SQLException {
    return new CapturedTable(
        rows.getString(1),
        new TableId(rows.getString(2), rows.getString(3)),
        CaptureForm.ofSqlName(rows.getString(4)),
        List.of((String[]) rows.getArray(5).getArray()),
        rows.getBoolean(6),
        rows.getString(7));
  }

  private interface Step<O, T> {
    T run(O oids) throws SQLException;
  }
}
