/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.publish;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import org.pgqconnect.time.Interval;
import org.pgqconnect.time.NanoClock;

/** Counts records that Kafka has against records that were handed over. */
public final class Acknowledgements {
  private final NanoClock clock;
  private long sent;
  private long acknowledged;

  /** Nothing is handed over. */
  public Acknowledgements(NanoClock clock) {
    this.clock = requireNonNull(clock, "clock");
  }

  /** Records are handed over. */
  synchronized void sent(int records) {
    sent += records;
  }

  /** Kafka has one of them. */
  public synchronized void acknowledged() {
    acknowledged++;
    if (acknowledged >= sent) {
      notifyAll();
    }
  }

  /**
   * Waits until Kafka has every record handed over so far.
   *
   * @param millis the longest wait
   * @return false when some are still under way
   */
  public synchronized boolean await(long millis) throws InterruptedException {
    Interval waiting = new Interval(clock, Duration.ofMillis(millis));
    long left = millis;
    while (acknowledged < sent && left > 0) {
      wait(left);
      left = waiting.millisLeft();
    }
    return acknowledged >= sent;
  }
}
