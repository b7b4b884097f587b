/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.position;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.Optional;

/** When a tick was made, in the provider's text. */
public final class TickTime {
  private static final DateTimeFormatter LONG_OFFSET = format("+HH:mm");
  private static final DateTimeFormatter SHORT_OFFSET = format("+HH");

  private TickTime() {}

  private static DateTimeFormatter format(String offset) {
    return new DateTimeFormatterBuilder()
        .appendPattern("yyyy-MM-dd HH:mm:ss")
        .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
        .appendOffset(offset, "Z")
        .toFormatter();
  }

  /** The instant; empty when the text is no time. */
  public static Optional<Instant> parse(String text) {
    for (DateTimeFormatter format : new DateTimeFormatter[] {SHORT_OFFSET, LONG_OFFSET}) {
      try {
        return Optional.of(OffsetDateTime.parse(text, format).toInstant());
      } catch (DateTimeException e) {
        continue;
      }
    }
    return Optional.empty();
  }

  /** True when both are times and the first is later. */
  static boolean isAfter(String one, String other) {
    Optional<Instant> first = parse(one);
    Optional<Instant> second = parse(other);
    return first.isPresent() && second.isPresent() && first.get().isAfter(second.get());
  }
}
