/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.wire;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * The choices that Debezium leaves for types with several forms; keys and values have the names of
 * its PostgreSQL connector.
 *
 * @param keepsNaN whether the converter is known to keep floating point values that are no number
 */
public record DebeziumModes(Decimals decimals, Times times, Intervals intervals, boolean keepsNaN) {
  /** Of {@code decimal.handling.mode}. */
  public enum Decimals {
    /** Connect's Decimal, or Debezium's for columns without a scale. */
    PRECISE,
    /** PostgreSQL's text. */
    STRING,
    /** A double, which does not hold all digits. */
    DOUBLE
  }

  /** Of {@code time.precision.mode}. */
  public enum Times {
    /** Milliseconds where the column has no more, else microseconds. */
    ADAPTIVE,
    /** The same, but microseconds for all times of day. */
    ADAPTIVE_TIME_MICROSECONDS,
    /** Microseconds. */
    MICROSECONDS,
    /** ISO 8601. */
    ISOSTRING,
    /** Connect's own types, which hold milliseconds. */
    CONNECT
  }

  /** Of {@code interval.handling.mode}. */
  public enum Intervals {
    /** ISO 8601, which keeps months, days and the rest apart. */
    STRING,
    /** Microseconds, with 365.25 days a year. */
    NUMERIC
  }

  /** The modes by their names in configuration. */
  public static DebeziumModes of(
      String decimals, String times, String intervals, boolean keepsNaN) {
    return new DebeziumModes(
        Decimals.valueOf(upper(decimals)),
        Times.valueOf(upper(times)),
        Intervals.valueOf(upper(intervals)),
        keepsNaN);
  }

  private static String upper(String label) {
    return label.toUpperCase(Locale.ROOT);
  }

  /** The names that configuration has for the modes of a kind; the first is the default. */
  public static List<String> labels(Enum<?>... modes) {
    return Stream.of(modes).map(mode -> mode.name().toLowerCase(Locale.ROOT)).toList();
  }

  /** Whether every value that has a form can be read back as it was. */
  public boolean areExact() {
    return decimals != Decimals.DOUBLE && times != Times.CONNECT && intervals != Intervals.NUMERIC;
  }
}
