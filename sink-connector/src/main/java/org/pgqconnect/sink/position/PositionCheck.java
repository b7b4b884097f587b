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
    if (isApplied(batch.tickId(), position)) {
      return ALREADY_APPLIED;
    }
    return position == null || batch.prevTickId() <= position ? NEXT : GAP;
  }

  /**
   * Is the subscriber past the batch that a tick ends?
   *
   * @param position see {@link #of}
   */
  public static boolean isApplied(long tickId, Long position) {
    return position != null && tickId <= position;
  }

  /**
   * Does a batch begin exactly at the position? One that leads on from it may overlap what was
   * applied.
   *
   * @param position see {@link #of}
   */
  public static boolean beginsAt(BatchBounds batch, Long position) {
    return position != null && position == batch.prevTickId();
  }
}
