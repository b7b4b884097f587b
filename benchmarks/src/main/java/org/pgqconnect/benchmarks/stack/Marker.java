/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.benchmarks.stack;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** A row on the provider that shows, once it is on the subscriber, that all before it is there. */
public final class Marker {
  private static final long STEADY_SECONDS = 60;
  private static final long CATCH_UP_SECONDS = 1800;
  private static final long LOOK_MILLIS = 10;
  private static final long CHECK_LOOKS = 200;

  private final BenchStack stack;

  public Marker(BenchStack stack) {
    this.stack = stack;
  }

  /**
   * Waits until a change arrives. None is written before the table is captured: such a row would be
   * on the provider only, and the sink then rejects a table that is declared to hold the same rows.
   */
  void awaitSteady() throws SQLException {
    if (!seen(BenchStack.PROVIDER, Sql.SELECT_MARKER_TRIGGER, null, STEADY_SECONDS * 1000)) {
      throw new IllegalStateException(
          "No trigger on bench_marker within %d s; the logs are in %s"
              .formatted(STEADY_SECONDS, stack.directory()));
    }
    put(1);
    if (!arrives(1, STEADY_SECONDS * 1000)) {
      throw new IllegalStateException(
          "No change arrived within %d s; the logs are in %s"
              .formatted(STEADY_SECONDS, stack.directory()));
    }
  }

  public void put(long id) throws SQLException {
    try (Connection provider = stack.open(BenchStack.PROVIDER);
        PreparedStatement insert = provider.prepareStatement(Sql.INSERT_MARKER)) {
      insert.setLong(1, id);
      insert.execute();
    }
  }

  /** Waits for the marker. */
  public void await(long id) throws SQLException {
    if (!arrives(id, CATCH_UP_SECONDS * 1000)) {
      throw new IllegalStateException(
          "Marker %d did not arrive within %d s".formatted(id, CATCH_UP_SECONDS));
    }
  }

  private boolean arrives(long id, long millis) throws SQLException {
    return seen(BenchStack.SUBSCRIBER, Sql.SELECT_MARKER, id, millis);
  }

  /** Asks until the answer is yes; false when the time is over. */
  private boolean seen(String server, String sql, Long id, long millis) throws SQLException {
    long until = System.nanoTime() + millis * 1_000_000;
    try (Connection session = stack.open(server);
        PreparedStatement select = session.prepareStatement(sql)) {
      if (id != null) {
        select.setLong(1, id);
      }
      for (long look = 1; System.nanoTime() < until; look++) {
        try (ResultSet rows = select.executeQuery()) {
          rows.next();
          if (rows.getBoolean(1)) {
            return true;
          }
        }
        if (look % CHECK_LOOKS == 0) {
          stack.requireRunning();
        }
        Pause.millis(LOOK_MILLIS);
      }
      return false;
    }
  }
}
