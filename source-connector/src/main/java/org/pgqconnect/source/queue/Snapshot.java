/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.queue;

import java.util.LinkedHashSet;
import java.util.Set;

/**
 * A snapshot as PostgreSQL writes it, {@code xmin:xmax:xip,..}.
 *
 * @param xmin all transactions before it had ended
 * @param xmax the first transaction id not yet given out
 * @param running transactions between the two that had not ended
 */
public record Snapshot(long xmin, long xmax, Set<Long> running) {
  public Snapshot {
    running = Set.copyOf(running);
  }

  /**
   * @throws IllegalArgumentException when the text is no snapshot
   */
  public static Snapshot parse(String text) {
    String[] parts = text.split(":", -1);
    if (parts.length != 3) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a snapshot: expected xmin:xmax:xip");
    }
    Set<Long> running = new LinkedHashSet<>();
    if (!parts[2].isEmpty()) {
      for (String xid : parts[2].split(",")) {
        running.add(Long.parseLong(xid));
      }
    }
    return new Snapshot(Long.parseLong(parts[0]), Long.parseLong(parts[1]), running);
  }

  /** True when everything that is visible in {@code other} is visible in this one too. */
  public boolean covers(Snapshot other) {
    if (xmax < other.xmax) {
      return false;
    }
    for (Long id : running) {
      if (id < other.xmax && !other.running.contains(id)) {
        return false;
      }
    }
    return true;
  }
}
