/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.demo;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Reads a subscriber all the time and notes every look at which money was missing or too much. */
public final class TotalsWatch implements AutoCloseable {
  private static final int KEPT = 10;

  private final Thread thread;
  private final Workload.Opener opener;
  private final BigDecimal expected;
  private final AtomicLong looks = new AtomicLong();
  private final List<String> violations = new ArrayList<>();
  private volatile boolean stopping;

  private TotalsWatch(String name, Workload.Opener opener, BigDecimal expected) {
    this.opener = opener;
    this.expected = expected;
    this.thread = new Thread(this::run, "watch-" + name);
    this.thread.setDaemon(true);
  }

  /**
   * Starts looking.
   *
   * @param expected the sum over all accounts that every look has to find
   */
  public static TotalsWatch start(String name, Workload.Opener opener, BigDecimal expected) {
    TotalsWatch watch = new TotalsWatch(name, opener, expected);
    watch.thread.start();
    return watch;
  }

  private void run() {
    try (Connection connection = opener.open()) {
      while (!stopping) {
        Bank.Totals totals = Bank.totals(connection);
        looks.incrementAndGet();
        if (!totals.areSound(expected)) {
          note("expected " + expected + ", saw " + totals);
        }
        Thread.sleep(20);
      }
    } catch (SQLException e) {
      note("the watch itself failed: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void note(String violation) {
    if (violations.size() < KEPT) {
      violations.add(violation);
    }
  }

  /** How often it looked. */
  public long looks() {
    return looks.get();
  }

  /** What was wrong, the first few times. */
  public synchronized List<String> violations() {
    return List.copyOf(violations);
  }

  @Override
  public void close() {
    stopping = true;
    try {
      thread.join(30_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
