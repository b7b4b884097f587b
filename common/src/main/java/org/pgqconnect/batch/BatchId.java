/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
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
