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

/**
 * Where a subscription stands.
 *
 * @param provider the uuid of the provider that the batches came from, or null before the first
 * @param tickId the tick that the subscriber is at, or null before the first batch
 * @param tickTime when that tick was made, as END said it; null when it is not known
 */
public record Position(String provider, Long tickId, String tickTime) {
  /** Where a subscription stands before its first batch. */
  public static final Position NONE = new Position(null, null, null);
}
