/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.engine;

import static java.util.Objects.requireNonNull;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.pgqconnect.postgres.OwnLock;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.SqlState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Transactions that lock what the application's transactions use.
 *
 * <p>Such a lock waits for every transaction that uses the table, while every later one waits for
 * it. So each attempt waits for a short time only, lets the others pass, and tries again. It waits
 * for less than the server's deadlock_timeout: in a deadlock with us we give up first, so that the
 * application's transaction is never the victim.
 */
public final class LockAttempts {

  private static final Logger LOG = LoggerFactory.getLogger(LockAttempts.class);

  private static final long LONGEST_PAUSE_MILLIS = 2000;
  private static final long TURN_MILLIS = 10_000;

  private final Duration lockTimeout;
  private final int attempts;
  private final Duration pause;

  /**
   * Two seconds for the lock, or less where the server's deadlock_timeout is not longer, twenty
   * times, with growing pauses that begin with half a second.
   */
  public LockAttempts() {
    this(Duration.ofSeconds(2), 20, Duration.ofMillis(500));
  }

  /**
   * @param lockTimeout how long others may have to wait for us, in each attempt
   * @param attempts how often to try
   * @param pause after the first attempt; it grows with each
   */
  public LockAttempts(Duration lockTimeout, int attempts, Duration pause) {
    this.lockTimeout = requireNonNull(lockTimeout, "lockTimeout");
    this.pause = requireNonNull(pause, "pause");
    if (attempts < 1) {
      throw new IllegalArgumentException("At least one attempt is needed, not " + attempts);
    }
    this.attempts = attempts;
  }

  /** Which tables are locked. */
  @FunctionalInterface
  public interface Tables {
    List<Long> oids() throws SQLException;
  }

  /**
   * What is locked.
   *
   * @param name begins the message of a failure
   * @param exclusive whether the lock waits for readers, too, as dropping a trigger does
   * @param tables asked after an attempt that failed, to say who holds locks on them
   */
  public record Target(String name, boolean exclusive, Tables tables) {
    public Target {
      requireNonNull(name, "name");
      requireNonNull(tables, "tables");
    }
  }

  /** How far a statement's waits for several locks may add up. */
  public enum Limit {
    /** Each wait is short; for work that takes long, but waits for one lock at most. */
    EACH_LOCK,
    /** In early attempts each statement is short as a whole, as for the partitions of a table. */
    WHOLE_STATEMENT
  }

  /** What one session of ours at a time does in a database. */
  public enum Turn {
    INSTALL(
        OwnLock.INSTALL_PROVIDER.take(),
        OwnLock.INSTALL_PROVIDER.key(),
        "installs, upgrades or uninstalls pgq-connect"),
    CAPTURE(
        LockSql.TAKE_CAPTURE,
        OwnLock.CHANGE_CAPTURE.key(),
        "adds, refreshes or removes a captured table");

    private final String take;
    private final int key;
    private final String doing;

    Turn(String take, int key, String doing) {
      this.take = take;
      this.key = key;
      this.doing = doing;
    }

    /** The second key of its advisory lock. */
    int key() {
      return key;
    }
  }

  /**
   * Runs a transaction until it gets its locks. In a transaction of the caller's, which keeps the
   * short lock_timeout, there is one attempt, and the server's own message when it fails.
   *
   * @param turn is waited for before any table is locked, up to ten seconds in each attempt:
   *     meanwhile no one waits for us
   * @throws SQLException if the last attempt does not get its turn or the locks, with who has them
   */
  public <T> T run(Session session, Target target, Limit limit, Turn turn, Session.Work<T> work)
      throws SQLException {
    boolean own = session.connection().getAutoCommit();
    AtomicLong waitMillis = new AtomicLong();
    for (int attempt = 1; ; attempt++) {
      boolean whole = limit == Limit.WHOLE_STATEMENT && attempt <= attempts / 2;
      waitMillis.set(0);
      try {
        return session.inTransaction(
            () -> {
              take(session, turn);
              waitMillis.set(setTimeouts(session, whole));
              return work.run();
            });
      } catch (SQLException e) {
        if (!own || !tookTooLong(e, whole)) {
          throw e;
        }
        boolean tookTurn = waitMillis.get() > 0;
        String holders =
            tookTurn
                ? Blockers.of(session, target.tables().oids(), target.exclusive())
                : Blockers.of(session, turn);
        if (attempt == attempts) {
          throw tookTurn
              ? notLocked(target, waitMillis.get(), holders, e)
              : noTurn(turn, holders, e);
        }
        LOG.info(
            "Waited too long for a lock, trying again [on={}, attempt={}, by={}]",
            tookTurn ? target.name() : turn,
            attempt,
            holders);
      }
      pause(attempt);
    }
  }

  private static void take(Session session, Turn turn) throws SQLException {
    session.execute(LockSql.SET_LOCK_TIMEOUT, TURN_MILLIS);
    session.execute(turn.take);
  }

  private SQLException noTurn(Turn turn, String holders, SQLException e) {
    return new SQLException(
        ("Another session %s in this database, and did not end in %d attempts of %d ms each."
             + " Blocked by: %s. Wait until it ends, or end it: SELECT pg_terminate_backend(PID);"
             + " then repeat the command")
            .formatted(turn.doing, attempts, TURN_MILLIS, holders),
        e.getSQLState(),
        e);
  }

  private SQLException notLocked(Target target, long waitMillis, String holders, SQLException e) {
    return new SQLException(
        ("%s could not be locked in %d attempts of %d ms each. Blocked by: %s. Wait until they"
                + " end, or end one: SELECT pg_terminate_backend(PID); then repeat the command")
            .formatted(target.name(), attempts, waitMillis, holders),
        e.getSQLState(),
        e);
  }

  /**
   * @return how long a lock is waited for, in milliseconds
   */
  private long setTimeouts(Session session, boolean whole) throws SQLException {
    return session.one(LockSql.SET_TIMEOUTS, row -> row.getLong(2), whole, lockTimeout.toMillis());
  }

  private static boolean tookTooLong(SQLException failure, boolean whole) {
    return SqlState.is(failure, SqlState.LOCK_NOT_AVAILABLE)
        || whole && SqlState.is(failure, SqlState.QUERY_CANCELED);
  }

  private void pause(int attempt) throws SQLException {
    try {
      Thread.sleep(Math.min(pause.toMillis() * attempt, LONGEST_PAUSE_MILLIS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SQLException("Interrupted while waiting for a lock", e);
    }
  }
}
