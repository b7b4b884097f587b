/*
 * Copyright pgq-connect contributors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
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
