/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.batch;

import static java.util.Objects.requireNonNull;

/**
 * A tick that a subscriber can be at when it applies a batch.
 *
 * @param time when the provider made it, in its text: two ticks of one id and different times
 *     belong to different histories
 */
public record StartTick(long id, String time) {
  public StartTick {
    requireNonNull(time, "time");
  }
}
