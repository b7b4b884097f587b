/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.queue;

/**
 * One event of a batch as the queue holds it.
 *
 * @param id {@code ev_id}: the order of events within a batch
 * @param timeMicros {@code ev_time}, microseconds since 1970 UTC
 * @param txId the transaction that wrote the event
 * @param type {@code ev_type}
 * @param data {@code ev_data}, or null
 * @param extra1 {@code ev_extra1}, or null
 * @param extra2 {@code ev_extra2}, or null
 * @param extra3 {@code ev_extra3}, or null
 * @param extra4 {@code ev_extra4}, or null
 */
public record Event(
    long id,
    long timeMicros,
    long txId,
    String type,
    String data,
    String extra1,
    String extra2,
    String extra3,
    String extra4) {

  /** An event whose {@code ev_extra4} is null. */
  public Event(
      long id,
      long timeMicros,
      long txId,
      String type,
      String data,
      String extra1,
      String extra2,
      String extra3) {
    this(id, timeMicros, txId, type, data, extra1, extra2, extra3, null);
  }

  /** How long its texts are that may be long. */
  public long chars() {
    return chars(data) + chars(extra1) + chars(extra2) + chars(extra3) + chars(extra4);
  }

  private static long chars(String text) {
    return text == null ? 0 : text.length();
  }
}
