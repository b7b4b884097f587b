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
package org.pgqconnect.source;

import static java.util.Objects.requireNonNull;

import org.pgqconnect.source.queue.OpenBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the metrics what was published, and once a minute the log. Not thread safe. */
final class PublishSummary {
  private static final Logger LOG = LoggerFactory.getLogger(PublishSummary.class);
  private static final long INTERVAL_NANOS = 60_000_000_000L;

  private final String queue;
  private final SourceMetrics metrics;
  private long batches;
  private long rows;
  private long sinceNanos = System.nanoTime();

  PublishSummary(String queue, SourceMetrics metrics) {
    this.queue = requireNonNull(queue, "queue");
    this.metrics = requireNonNull(metrics, "metrics");
  }

  void published(OpenBatch batch, long batchRows) {
    LOG.debug("Batch published [queue={}, ticks={}, rows={}]", queue, batch.bounds(), batchRows);
    metrics.published(batch.tick(), batchRows);
    batches++;
    rows += batchRows;
    long now = System.nanoTime();
    if (now - sinceNanos >= INTERVAL_NANOS) {
      LOG.info(
          "Published [queue={}, batches={}, rows={}, seconds={}, tick={}]",
          queue,
          batches,
          rows,
          (now - sinceNanos) / 1_000_000_000L,
          batch.tick().id());
      batches = 0;
      rows = 0;
      sinceNanos = now;
    }
  }
}
