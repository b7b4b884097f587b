/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.session;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import org.pgqconnect.time.NanoClock;

/**
 * Knows when the framework last asked for records. A connector gets no notice that it is paused:
 * its reader stays where it was, perhaps in the middle of a batch, in a transaction that holds back
 * the provider's vacuum. After a long time that transaction is given up; the batch begins again
 * when the framework asks. Safe for use from two threads.
 */
public final class PollWatch {
  /** Long against any back pressure of Kafka's that a producer survives. */
  public static final Duration FORGOTTEN = Duration.ofMinutes(10);

  private final NanoClock clock;
  private boolean polling;
  private boolean inTransaction;
  private boolean released;
  private long endNanos;

  public PollWatch(NanoClock clock) {
    this.clock = requireNonNull(clock, "clock");
  }

  /**
   * The framework asks for records.
   *
   * @return true when the session was given up meanwhile
   */
  public synchronized boolean begin() {
    polling = true;
    boolean was = released;
    released = false;
    return was;
  }

  /**
   * The records are handed over.
   *
   * @param openTransaction whether the reader is in the middle of a batch
   */
  public synchronized void end(boolean openTransaction) {
    polling = false;
    inTransaction = openTransaction;
    endNanos = clock.nanos();
  }

  /** Gives the reader's transaction up when the framework did not ask for long. */
  public synchronized boolean release(Runnable giveUp) {
    boolean forgotten = clock.nanos() - endNanos >= FORGOTTEN.toNanos();
    if (polling || released || !inTransaction || !forgotten) {
      return false;
    }
    released = true;
    giveUp.run();
    return true;
  }
}
