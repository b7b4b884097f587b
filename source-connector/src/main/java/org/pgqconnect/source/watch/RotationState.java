/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.watch;

import java.util.List;
import org.pgqconnect.failure.Remedy;

/**
 * Whether a queue gets rid of events that everybody has.
 *
 * @param retainedBytes the size of all event tables of the queue with their indexes
 * @param pendingEvents about how many events the connector's own consumer has yet to read
 * @param blockers what keeps an overdue rotation from happening; empty when none is overdue
 */
public record RotationState(
    long retainedBytes, long pendingEvents, List<RotationBlocker> blockers) {
  public RotationState {
    blockers = List.copyOf(blockers);
  }

  /** Before the first check. */
  public static RotationState unknown() {
    return new RotationState(0, 0, List.of());
  }

  /** The same with the connector's name in what is to be done. */
  RotationState completedBy(Remedy remedy) {
    return new RotationState(
        retainedBytes,
        pendingEvents,
        blockers.stream()
            .map(
                blocker ->
                    new RotationBlocker(
                        blocker.identity(),
                        blocker.description(),
                        remedy.complete(blocker.remedy())))
            .toList());
  }

  /** True when a rotation is overdue. */
  public boolean blocked() {
    return !blockers.isEmpty();
  }
}
