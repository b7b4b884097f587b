/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.queue;

import static java.util.Objects.requireNonNull;

import java.util.List;
import org.pgqconnect.batch.BatchBounds;
import org.pgqconnect.batch.StartTick;

/**
 * A batch that PgQ handed out and that is not finished yet.
 *
 * @param batchId PgQ's own number of the batch; unlike a tick id it means nothing after the batch
 *     is finished
 * @param tick the tick that ends the batch
 * @param startTicks those that its END names
 */
public record OpenBatch(long batchId, BatchBounds bounds, Tick tick, List<StartTick> startTicks) {
  public OpenBatch {
    requireNonNull(bounds, "bounds");
    requireNonNull(tick, "tick");
    startTicks = List.copyOf(startTicks);
  }

  OpenBatch withStartTicks(List<StartTick> ticks) {
    return new OpenBatch(batchId, bounds, tick, ticks);
  }
}
