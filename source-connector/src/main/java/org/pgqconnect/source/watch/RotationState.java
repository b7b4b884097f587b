/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.watch;

import java.util.List;

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

  /** True when a rotation is overdue. */
  public boolean blocked() {
    return !blockers.isEmpty();
  }
}
