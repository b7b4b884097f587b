/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.publish;

/** Counts records that Kafka has against records that were handed over. */
public final class Acknowledgements {
  private long sent;
  private long acknowledged;

  synchronized void sent(int records) {
    sent += records;
  }

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
    long until = System.nanoTime() + millis * 1_000_000;
    long left = millis;
    while (acknowledged < sent && left > 0) {
      wait(left);
      left = (until - System.nanoTime()) / 1_000_000;
    }
    return acknowledged >= sent;
  }
}
