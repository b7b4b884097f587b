/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.tick;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.pgqconnect.source.queue.Snapshot;

/**
 * Follows which transactions end from one snapshot to the next, each reported exactly once. An
 * event can only become visible when its transaction ends, so a tick is due exactly when one of the
 * reported transactions has written an event: no tick comes too early, none too late, and none for
 * nothing, however long transactions stay open.
 */
final class EndedTransactions {
  /** Past this many new ids it is cheaper to tick than to ask about each. */
  static final int MAX_IDS = 10_000;

  private long xmax;
  private Set<Long> running;

  EndedTransactions(Snapshot start) {
    restart(start);
  }

  /** Forgets what was observed: everything ended in {@code snapshot} is taken as dealt with. */
  void restart(Snapshot snapshot) {
    xmax = snapshot.xmax();
    running = new HashSet<>(snapshot.running());
  }

  /**
   * The transactions that ended since the last call.
   *
   * @return their ids, or empty when they are too many to list
   */
  Optional<List<Long>> observe(Snapshot now) {
    if (now.xmax() < xmax || now.xmax() - xmax > MAX_IDS) {
      restart(now);
      return Optional.empty();
    }
    List<Long> ended = new ArrayList<>();
    for (Long id : running) {
      if (!now.running().contains(id)) {
        ended.add(id);
      }
    }
    for (long id = xmax; id < now.xmax(); id++) {
      if (!now.running().contains(id)) {
        ended.add(id);
      }
    }
    restart(now);
    return Optional.of(ended);
  }
}
