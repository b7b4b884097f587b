/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.benchmarks.stack;

import java.util.concurrent.locks.LockSupport;

/** Waits a while; an interrupt ends the benchmark. */
public final class Pause {
  private Pause() {}

  public static void millis(long millis) {
    untilNanos(System.nanoTime() + millis * 1_000_000);
  }

  /** Waits until {@link System#nanoTime} has reached this. */
  public static void untilNanos(long nanos) {
    for (long left = nanos - System.nanoTime(); left > 0; left = nanos - System.nanoTime()) {
      LockSupport.parkNanos(left);
      if (Thread.interrupted()) {
        throw new IllegalStateException("Interrupted");
      }
    }
  }
}
