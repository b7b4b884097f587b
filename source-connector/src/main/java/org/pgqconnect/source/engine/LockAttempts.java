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

  /**
   * Runs a transaction until it gets its locks. In a transaction of the caller's, which keeps the
   * short lock_timeout, there is one attempt.
   *
   * @param first what is done before any table is locked; it sets its own limit
   * @throws SQLException if the last attempt does not get them, with who holds them
   */
  public <T> T run(
      Session session, Target target, Limit limit, Session.Action first, Session.Work<T> work)
      throws SQLException {
    boolean own = session.connection().getAutoCommit();
    AtomicLong waitMillis = new AtomicLong(lockTimeout.toMillis());
    for (int attempt = 1; ; attempt++) {
      boolean whole = limit == Limit.WHOLE_STATEMENT && attempt <= attempts / 2;
      try {
        return session.inTransaction(
            () -> {
              first.run();
              waitMillis.set(setTimeouts(session, whole));
              return work.run();
            });
      } catch (SQLException e) {
        if (!own || !tookTooLong(e, whole)) {
          throw e;
        }
        String holders = Blockers.of(session, target.tables().oids(), target.exclusive());
        if (attempt == attempts) {
          throw failure(target, waitMillis.get(), holders, e);
        }
        LOG.info(
            "Waited too long for a lock, trying again [on={}, attempt={}, by={}]",
            target.name(),
            attempt,
            holders);
      }
      pause(attempt);
    }
  }

  private SQLException failure(Target target, long waitMillis, String holders, SQLException e) {
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
