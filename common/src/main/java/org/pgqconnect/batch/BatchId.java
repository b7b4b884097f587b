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
 * The name of a batch on the wire: the tick that ends it and the attempt that published it. A later
 * attempt at the same tick replaces an earlier one that never got its END.
 *
 * @param tickId the tick that ends the batch
 * @param attempt the incarnation of the source task, drawn from a sequence on the provider: it only
 *     grows
 */
public record BatchId(long tickId, long attempt) implements Comparable<BatchId> {

  /**
   * Reads {@code tick:attempt}.
   *
   * @throws IllegalArgumentException when the text is anything else
   */
  public static BatchId parse(String text) {
    int colon = text.indexOf(':');
    try {
      return new BatchId(
          Long.parseLong(text, 0, colon, 10), Long.parseLong(text, colon + 1, text.length(), 10));
    } catch (IndexOutOfBoundsException | NumberFormatException e) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a batch id: expected <tick id>:<attempt>", e);
    }
  }

  @Override
  public int compareTo(BatchId other) {
    int byTick = Long.compare(tickId, other.tickId);
    return byTick != 0 ? byTick : Long.compare(attempt, other.attempt);
  }

  @Override
  public String toString() {
    return tickId + ":" + attempt;
  }
}
