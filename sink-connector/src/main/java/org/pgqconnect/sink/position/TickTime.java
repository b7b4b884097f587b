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
