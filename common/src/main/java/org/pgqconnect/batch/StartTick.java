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

import static java.util.Objects.requireNonNull;

/**
 * A tick that a subscriber may stand at when it applies a batch.
 *
 * @param time when the provider made it, in its text: two ticks of one id and different times
 *     belong to different histories
 */
public record StartTick(long id, String time) {
  public StartTick {
    requireNonNull(time, "time");
  }
}
