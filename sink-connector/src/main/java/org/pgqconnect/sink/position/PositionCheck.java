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
    if (position == null) {
      return NEXT;
    }
    if (batch.tickId() <= position) {
      return ALREADY_APPLIED;
    }
    return batch.prevTickId() <= position ? NEXT : GAP;
  }
}
