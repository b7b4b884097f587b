/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.position;

import java.util.Objects;

/**
 * Where a subscription stands.
 *
 * @param queue the queue that the batches came from, or null before the first
 * @param provider the uuid of the provider that the batches came from, or null before the first
 * @param queueIdentity which creation of the queue, or null when that is not known
 * @param attempt the source's attempt that published the last batch, or null when it is not known
 * @param tickId the tick that the subscriber is at, or null before the first batch
 * @param tickTime when that tick was made, as END said it; null when it is not known
 */
public record Position(
    String queue,
    String provider,
    String queueIdentity,
    Long attempt,
    Long tickId,
    String tickTime) {
  /** Where a subscription stands before its first batch. */
  public static final Position NONE = new Position(null, null, null, null, null, null);

  /** True when both say the same place in the same history, as far as both say it. */
  public boolean isAt(Position other) {
    return Objects.equals(tickId, other.tickId)
        && agree(provider, other.provider)
        && agree(queue, other.queue)
        && agree(queueIdentity, other.queueIdentity)
        && agree(tickTime, other.tickTime);
  }

  private static boolean agree(String one, String other) {
    return one == null || other == null || one.equals(other);
  }
}
