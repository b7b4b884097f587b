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

/**
 * A row of {@code pgq.tick}.
 *
 * @param time the provider's own text of {@code tick_time} in UTC: compared, and never decides by
 *     how much it differs
 * @param snapshot the provider's own text of {@code tick_snapshot}
 * @param eventSeq the event sequence when the tick was made: a hint, not a count
 */
public record Tick(long id, String time, String snapshot, long eventSeq) {
  public Tick {
    requireNonNull(time, "time");
    requireNonNull(snapshot, "snapshot");
  }

  /** {@link #time} in milliseconds since 1970 UTC: for metrics only. */
  public long timeMillis() {
    return new EventTime().micros(time) / 1000;
  }
}
