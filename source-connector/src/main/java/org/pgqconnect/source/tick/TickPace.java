/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.tick;

/**
 * How long the ticker rests between two looks at the provider: hardly at all while changes flow and
 * the reader waits for them, longer the longer the queue is idle, so that a provider where nothing
 * happens has nearly nothing to do, and no more often than a busy reader can use.
 */
final class TickPace {
  static final long ACTIVE_MILLIS = 2;
  static final long IDLE_MILLIS = 20;
  static final long LONG_IDLE_MILLIS = 100;
  static final long BUSY_READER_MILLIS = 50;

  /** After so long without a tick it gets slower, and after three times as long at its slowest. */
  static final long PATIENCE_MILLIS = 10_000;

  private static final int LOOKS_PER_STEP = 25;

  private int idleLooks;
  private long idleMillis;

  /** A tick was made. */
  void ticked() {
    idleLooks = 0;
    idleMillis = 0;
  }

  /** There was nothing to tick. */
  void idle() {
    idleLooks = Math.min(idleLooks + 1, 10 * LOOKS_PER_STEP);
  }

  /**
   * @param readerBusy the reader still works on an earlier batch
   * @return milliseconds to rest
   */
  long rest(boolean readerBusy) {
    long rest = readerBusy ? BUSY_READER_MILLIS : waitingRest();
    idleMillis += rest;
    return rest;
  }

  private long waitingRest() {
    if (idleMillis >= 3 * PATIENCE_MILLIS) {
      return LONG_IDLE_MILLIS;
    }
    if (idleMillis >= PATIENCE_MILLIS) {
      return LONG_IDLE_MILLIS / 2;
    }
    return Math.min(IDLE_MILLIS, ACTIVE_MILLIS << Math.min(10, idleLooks / LOOKS_PER_STEP));
  }
}
