/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.session;

/** Waits longer after every failure in a row, up to 30 seconds, and not at all after a success. */
public final class Backoff {
  static final long FIRST_MILLIS = 250;
  static final long LONGEST_MILLIS = 30_000;

  private long next = FIRST_MILLIS;
  private boolean cancelled;

  /** It worked: the next failure is the first. */
  public synchronized void worked() {
    next = FIRST_MILLIS;
  }

  /** It failed: waits. */
  public synchronized void failed() throws InterruptedException {
    long millis = takeMillis();
    if (!cancelled) {
      wait(millis);
    }
  }

  /** How long a failure has to wait; the next one waits longer. */
  synchronized long takeMillis() {
    long millis = next;
    next = Math.min(LONGEST_MILLIS, next * 2);
    return millis;
  }

  /** Ends a wait; there is none any more. */
  public synchronized void cancel() {
    cancelled = true;
    notifyAll();
  }
}
