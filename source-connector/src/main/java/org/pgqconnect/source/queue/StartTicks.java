/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.queue;

import org.pgqconnect.batch.BatchBounds;

/**
 * Which ticks a batch names as those that a subscriber can be at: the one that it leads on from,
 * and those inside it, where an earlier session may have ended a batch. A subscriber that is at
 * another one, or at one that was made at another time, has applied what the provider has lost.
 *
 * <p>Needed from the session's first batch up to the first one that ends at a tick made after the
 * session began. Whatever history subscribers have seen before, that tick is later than all its
 * ticks, so that a subscriber that is ahead of it notices by the time alone.
 */
public final class StartTicks {
  /** How far apart the ids are from which ticks count on after a repair. */
  private static final long GENERATION = 1_000_000_000L;

  /**
   * So many are named at most: about 70 kB of JSON. A batch that has more is cut shorter, down to
   * one tick, which names the one before it only.
   */
  static final int MOST = 1000;

  private StartTicks() {}

  /**
   * Whether the batch after a tick names them.
   *
   * @param newest the queue's newest tick when the session began
   */
  static boolean areNeeded(Tick position, long newest) {
    return position.id() <= newest;
  }

  /**
   * The first tick to name. A repair of the ticks has every table copied again, so where
   * subscribers stand before the tick that it made need not be proved.
   */
  static long first(BatchBounds bounds, long newest) {
    return Math.max(bounds.prevTickId(), lastGeneration(Math.max(newest, bounds.tickId())));
  }

  /** The newest tick up to this one that a repair may have made; 0 when there is none. */
  private static long lastGeneration(long tick) {
    return tick / GENERATION * GENERATION;
  }

  /** The tick that a repair makes: far beyond every one that subscribers can have seen. */
  public static long nextGeneration(long newest) {
    return lastGeneration(newest) + GENERATION;
  }
}
