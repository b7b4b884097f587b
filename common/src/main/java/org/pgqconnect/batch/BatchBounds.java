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
