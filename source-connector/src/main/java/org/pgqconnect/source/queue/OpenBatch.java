/*
 * Copyright pgq-connect contributors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
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
