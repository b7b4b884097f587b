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
package org.pgqconnect.source.watch;

import java.util.List;

/**
 * Whether a queue gets rid of events that everybody has.
 *
 * @param retainedBytes the size of all event tables of the queue with their indexes
 * @param pendingEvents about how many events the connector's own consumer has yet to read
 * @param blockers what keeps an overdue rotation from happening; empty when none is overdue
 */
public record RotationState(
    long retainedBytes, long pendingEvents, List<RotationBlocker> blockers) {
  public RotationState {
    blockers = List.copyOf(blockers);
  }

  /** Before anybody looked. */
  public static RotationState unknown() {
    return new RotationState(0, 0, List.of());
  }

  /** True when a rotation is overdue. */
  public boolean blocked() {
    return !blockers.isEmpty();
  }
}
