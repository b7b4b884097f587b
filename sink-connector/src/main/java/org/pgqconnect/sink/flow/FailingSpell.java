/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.flow;

import java.util.Optional;
import org.pgqconnect.time.NanoClock;

/** Since when the subscriber has not taken batches, while it is tried again and again. */
final class FailingSpell {
  private final NanoClock clock;
  private long workBegan;
  private long failingSince;
  private String failing;

  FailingSpell(NanoClock clock) {
    this.clock = clock;
    this.workBegan = clock.millis();
  }

  /** There was nothing to apply until now. */
  void idle() {
    workBegan = clock.millis();
  }

  /** Batches were applied. */
  void applied() {
    workBegan = clock.millis();
    failing = null;
  }

  /**
   * The subscriber failed, and is tried again. The spell begins with the work that failed first.
   *
   * @param what for a sentence that says what is waited for
   * @param partsLost the batch was being written all the time, and is cut off once
   */
  void failed(String what, boolean partsLost) {
    if (failing == null) {
      failingSince = partsLost ? clock.millis() : workBegan;
    }
    failing = what;
  }

  /** What failed last; empty when batches are applied. */
  Optional<String> failing() {
    return Optional.ofNullable(failing);
  }

  /** For how long that has lasted. */
  long millis() {
    return clock.millis() - failingSince;
  }
}
