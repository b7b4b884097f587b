/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.position;

import org.pgqconnect.batch.BatchBounds;

/** Whether a batch may be applied to a subscriber that is at a certain tick. */
public enum PositionCheck {
  /** The batch leads on from the position. */
  NEXT,
  /** The subscriber is past the batch. */
  ALREADY_APPLIED,
  /** Batches between the position and this one are missing. */
  GAP;

  /**
   * @param position the tick that the subscriber is at, or null when it has none yet: the first
   *     batch that it sees is then its start
   */
  public static PositionCheck of(BatchBounds batch, Long position) {
    if (position == null) {
      return NEXT;
    }
    if (batch.tickId() <= position) {
      return ALREADY_APPLIED;
    }
    return batch.prevTickId() <= position ? NEXT : GAP;
  }
}
