/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.tick;

import static java.util.Objects.requireNonNull;

import org.pgqconnect.time.NanoClock;

/**
 * What a ticker keeps from one of its sessions to the next. Role and count may be read by any
 * thread, and any may stop it; the rest belongs to the ticker's own.
 */
final class TickerState {
  private final TickSignal signal;
  private final TickPace pace = new TickPace();
  private final OtherTicks foreign;

  private long tickToldAhead;
  private volatile TickerRole role = TickerRole.STARTING;
  private volatile long ticksMade;
  private volatile boolean stopping;

  TickerState(TickSignal signal, NanoClock clock) {
    this.signal = requireNonNull(signal, "signal");
    this.foreign = new OtherTicks(clock);
  }

  TickerRole role() {
    return role;
  }

  void become(TickerRole next) {
    role = next;
  }

  long ticksMade() {
    return ticksMade;
  }

  void tickMade() {
    ticksMade++;
  }

  boolean isStopping() {
    return stopping;
  }

  void stop() {
    stopping = true;
    signal.wake();
  }

  /** What is known of ticks that something else makes. */
  OtherTicks foreign() {
    return foreign;
  }

  /** Whether it was not said yet that a tick lies in the future. */
  boolean isNewAhead(long tickId) {
    return tickToldAhead != tickId;
  }

  void toldAhead(long tickId) {
    tickToldAhead = tickId;
  }

  /**
   * Pauses until the provider is to be looked at again.
   *
   * @param worked whether the last check found something that happened
   */
  void rest(boolean worked) throws InterruptedException {
    if (worked) {
      pace.ticked();
    } else {
      pace.idle();
    }
    if (role != TickerRole.ACTIVE) {
      // No thread is there to answer it, and one that is left would cut every rest short.
      signal.takeRequest();
    }
    long rest = pace.rest(signal.readerBusy());
    signal.rest(role == TickerRole.ACTIVE ? rest : Math.max(rest, TickPace.BUSY_READER_MILLIS));
  }
}
