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
