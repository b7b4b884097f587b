/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.session;

/** Waits longer after every failure in a row, up to 30 seconds, and not at all after a success. */
public final class Backoff {
  private static final long FIRST_MILLIS = 250;
  private static final long LONGEST_MILLIS = 30_000;

  private long next = FIRST_MILLIS;

  public synchronized void worked() {
    next = FIRST_MILLIS;
  }

  public synchronized void failed() throws InterruptedException {
    long millis = next;
    next = Math.min(LONGEST_MILLIS, next * 2);
    wait(millis);
  }

  /** Ends a wait. */
  public synchronized void cancel() {
    notifyAll();
  }
}
