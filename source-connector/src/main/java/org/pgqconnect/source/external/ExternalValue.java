/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.external;

import static java.util.Objects.requireNonNull;

import java.util.HexFormat;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.source.decode.Layout;
import org.pgqconnect.wire.ColumnType;

/**
 * Values as a writer's session spelt them. PgQ's triggers write what the session's settings make of
 * a value; what can be recognized in the text is brought into the one form that our own capture
 * writes, and what cannot is not guessed.
 */
final class ExternalValue {
  private static final Set<String> DATES = Set.of("date", "timestamp", "timestamptz");

  private static final Set<String> OF_DATES =
      Set.of(
          "_date",
          "_timestamp",
          "_timestamptz",
          "daterange",
          "tsrange",
          "tstzrange",
          "datemultirange",
          "tsmultirange",
          "tstzmultirange",
          "_daterange",
          "_tsrange",
          "_tstzrange",
          "_datemultirange",
          "_tsmultirange",
          "_tstzmultirange");

  /** What stands between the dates of an array, a range or both in one another. */
  private static final Pattern BETWEEN_DATES = Pattern.compile("[\\[\\](){},\"\\\\]+");

  private static final Pattern ARRAY_BOUNDS = Pattern.compile("^(?:\\[-?\\d+:-?\\d+\\])+=");

  /** What an array or a range has in the place of a date. */
  private static final Set<String> NO_DATES = Set.of("", "infinity", "-infinity", "NULL", "empty");

  /**
   * A negative interval as {@code IntervalStyle=sql_standard} alone writes it: the sign is meant
   * for the time, too. In every other style it would be the days' alone.
   */
  private static final Pattern ONE_SIGN =
      Pattern.compile("(?<=^|[{,\"])-(\\d+) (\\d+:\\d{2}:\\d{2}(?:\\.\\d+)?)(?=$|[},\"])");

  private static final Pattern ISO =
      Pattern.compile(
          "(?<date>[0-9]{4,}-[0-9]{2}-[0-9]{2})"
              + "(?:[ T](?<time>[0-9:.]+)(?<zone>[+-][0-9]{2}(?::[0-9]{2}){0,2})?)?(?<era> BC)?");

  private final String database;
  private final boolean checkDates;

  /**
   * @param database the provider's name, for messages
   * @param checkDates whether a date in a form other than ISO is refused
   */
  ExternalValue(String database, boolean checkDates) {
    this.database = requireNonNull(database, "database");
    this.checkDates = checkDates;
  }

  /**
   * The value of a text that is not null.
   *
   * @throws StopException when the text is no value of the column's type; the message names the
   *     column and holds no value
   */
  Object of(Layout.Column column, String text) {
    ColumnType type = ColumnType.of(column.base());
    try {
      switch (type) {
        case BOOLEAN:
          return bool(text);
        case BYTEA:
          return text.startsWith("\\x") ? type.value(text) : escapedBytes(text);
        default:
          return type.value(plain(column, text));
      }
    } catch (IllegalArgumentException e) {
      throw new StopException(
          ("column \"%s\" holds a text that is no %s. PgQ's triggers write what the writer's"
               + " session settings make of a value; if the column's type was changed instead, let"
               + " the program that reads the queue now read on until it is past this event, and"
               + " take over there")
              .formatted(column.name(), column.type()),
          e);
    }
  }

  private String plain(Layout.Column column, String text) {
    String base = column.base();
    if (DATES.contains(base)) {
      return date(column, text);
    }
    if (checkDates && OF_DATES.contains(base)) {
      checkEach(column, text);
    } else if (base.equals("interval") || base.equals("_interval")) {
      return ONE_SIGN.matcher(text).replaceAll("-$1 days -$2");
    }
    return text;
  }

  private void checkEach(Layout.Column column, String text) {
    String dates = ARRAY_BOUNDS.matcher(text).replaceFirst("");
    for (String date : BETWEEN_DATES.split(dates)) {
      if (!NO_DATES.contains(date) && !ISO.matcher(date).matches()) {
        throw notIso(column);
      }
    }
  }

  private static Boolean bool(String text) {
    switch (text) {
      case "t":
      case "true":
        return Boolean.TRUE;
      case "f":
      case "false":
        return Boolean.FALSE;
      default:
        throw new IllegalArgumentException("no boolean");
    }
  }

  /** {@code bytea_output=escape}: a backslash before three octal digits or another backslash. */
  private static byte[] escapedBytes(String text) {
    StringBuilder hex = new StringBuilder(2 * text.length());
    HexFormat format = HexFormat.of();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c > 126) {
        throw new IllegalArgumentException("no byte");
      }
      if (c != '\\') {
        format.toHexDigits(hex, (byte) c);
      } else if (text.startsWith("\\", i + 1)) {
        format.toHexDigits(hex, (byte) c);
        i++;
      } else {
        format.toHexDigits(hex, octal(text, i + 1));
        i += 3;
      }
    }
    return format.parseHex(hex);
  }

  private static byte octal(String text, int from) {
    int value = 0;
    for (int i = from; i < from + 3; i++) {
      int digit = i < text.length() ? Character.digit(text.charAt(i), 8) : -1;
      if (digit < 0) {
        throw new IllegalArgumentException("no octal digit");
      }
      value = value * 8 + digit;
    }
    if (value > 255) {
      throw new IllegalArgumentException("no byte");
    }
    return (byte) value;
  }

  private String date(Layout.Column column, String text) {
    Matcher iso = ISO.matcher(text);
    if (!iso.matches()) {
      if (checkDates && !text.equals("infinity") && !text.equals("-infinity")) {
        throw notIso(column);
      }
      return text;
    }
    return plain(iso, text);
  }

  private StopException notIso(Layout.Column column) {
    return new StopException(
        ("column \"%s\" (%s) holds a date that is not in ISO form, because the writer's session had"
             + " another DateStyle. A subscriber may read its day and month the other way round."
             + " Give the writers that setting: ALTER DATABASE %s SET DateStyle = 'ISO'. For events"
             + " that are written already: let the program that reads the queue now read on until"
             + " it is past them, and take over there; or, if the subscribers' default DateStyle"
             + " has the same order of day and month, set external.dates=pass")
            .formatted(column.name(), column.type(), Identifiers.quote(database)));
  }

  /** {@code jsontriga} writes a T between date and time, and minutes of every zone. */
  private static String plain(Matcher iso, String text) {
    if (iso.group("time") == null || text.charAt(iso.end("date")) == ' ') {
      return text;
    }
    String zone = iso.group("zone") == null ? "" : iso.group("zone");
    String era = iso.group("era") == null ? "" : iso.group("era");
    return iso.group("date")
        + " "
        + iso.group("time")
        + (zone.endsWith(":00") ? zone.substring(0, 3) : zone)
        + era;
  }
}
