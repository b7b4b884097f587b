/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.batch;

/**
 * A batch's place in the chain: the events visible in the snapshot of {@code tickId} and not in
 * that of {@code prevTickId}.
 *
 * @param prevTickId the tick before the batch, exclusive
 * @param tickId the tick that ends the batch, inclusive
 */
public record BatchBounds(long prevTickId, long tickId) {
  public BatchBounds {
    if (tickId <= prevTickId) {
      throw new IllegalArgumentException(
          "A batch ends after it begins, but got (" + prevTickId + ", " + tickId + "]");
    }
  }

  @Override
  public String toString() {
    return "(" + prevTickId + ", " + tickId + "]";
  }
}
