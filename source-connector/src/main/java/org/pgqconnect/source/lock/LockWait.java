/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.lock;

import static java.util.Objects.requireNonNull;

import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import org.pgqconnect.time.Interval;
import org.pgqconnect.time.NanoClock;

/** Waits for sessions that hold locks, for one length of time in all. */
public final class LockWait {
  private static final long POLL_MILLIS = 100;

  private final NanoClock clock;
  private final Interval waiting;

  /** Begins now. */
  public LockWait(NanoClock clock, Duration length) {
    this.clock = requireNonNull(clock, "clock");
    this.waiting = new Interval(clock, length);
  }

  /** Asks who holds a lock; taking it may be part of the question. */
  @FunctionalInterface
  public interface Question {
    Optional<LockHolder> holder() throws SQLException;
  }

  /**
   * Asks until no session holds the lock, or the time is over.
   *
   * @return who still holds it then
   */
  public Optional<LockHolder> outlast(Question question) throws SQLException, InterruptedException {
    Optional<LockHolder> holder = question.holder();
    while (holder.isPresent() && !waiting.isOver()) {
      clock.sleep(POLL_MILLIS);
      holder = question.holder();
    }
    return holder;
  }
}
