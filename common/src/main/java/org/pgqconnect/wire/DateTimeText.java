/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.wire;

import java.time.LocalDate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Dates, times and intervals between PostgreSQL's text, with DateStyle ISO, IntervalStyle postgres
 * and TimeZone UTC, and numbers or ISO 8601. Years are proleptic Gregorian on both sides; the year
 * before 1 is 1 BC there and 0000 here.
 */
final class DateTimeText {
  static final long DAY_MICROS = 86_400_000_000L;

  private static final Pattern DATE = Pattern.compile("(\\d{4,})-(\\d\\d)-(\\d\\d)( BC)?");
  private static final Pattern ISO_DATE = Pattern.compile("([+-]?\\d+)-(\\d\\d)-(\\d\\d)");
  private static final Pattern TIME = Pattern.compile("(\\d+):(\\d\\d):(\\d\\d)(?:\\.(\\d{1,6}))?");
  private static final Pattern UNIT = Pattern.compile("([+-]?\\d+) (year|mon|day)s?");
  private static final Pattern INTERVAL =
      Pattern.compile(
          "(?:[+-]?\\d+ (?:year|mon|day)s?(?: |$))*(?:[+-]?\\d+:\\d\\d:\\d\\d(?:\\.\\d+)?)?");
  private static final Pattern CLOCK =
      Pattern.compile("([+-]?)(\\d+):(\\d\\d):(\\d\\d(?:\\.\\d+)?)$");
  private static final Pattern ISO_INTERVAL =
      Pattern.compile("P(-?\\d+)Y(-?\\d+)M(-?\\d+)DT(-?\\d+)H(-?\\d+)M(-?\\d+(?:\\.\\d+)?)S");

  private DateTimeText() {}

  /** Days since 1970 of a date that is not infinite. */
  static long days(String text) {
    Matcher date = matcher(DATE, text);
    int year = Integer.parseInt(date.group(1));
    return LocalDate.of(
            date.group(4) == null ? year : 1 - year,
            Integer.parseInt(date.group(2)),
            Integer.parseInt(date.group(3)))
        .toEpochDay();
  }

  /** The text of a date, without the mark of years before 1. */
  private static String date(LocalDate date) {
    int year = date.getYear() > 0 ? date.getYear() : 1 - date.getYear();
    return "%04d-%02d-%02d".formatted(year, date.getMonthValue(), date.getDayOfMonth());
  }

  private static String era(LocalDate date) {
    return date.getYear() > 0 ? "" : " BC";
  }

  /** The date of days since 1970. */
  static String dateOfDays(long days) {
    LocalDate date = LocalDate.ofEpochDay(days);
    return date(date) + era(date);
  }

  /** Microseconds since midnight; a day's end is one, too. */
  static long timeMicros(String text) {
    Matcher time = matcher(TIME, text);
    String fraction = time.group(4) == null ? "" : time.group(4);
    return Math.addExact(
        (Long.parseLong(time.group(1)) * 60 + Long.parseLong(time.group(2))) * 60_000_000
            + Long.parseLong(time.group(3)) * 1_000_000,
        Long.parseLong((fraction + "000000").substring(0, 6)));
  }

  /** The time of day of microseconds since midnight. */
  static String timeOfMicros(long micros) {
    String time =
        "%02d:%02d:%02d"
            .formatted(micros / 3_600_000_000L, micros / 60_000_000 % 60, micros / 1_000_000 % 60);
    long fraction = micros % 1_000_000;
    return fraction == 0 ? time : time + ".%06d".formatted(fraction).replaceFirst("0+$", "");
  }

  /**
   * Microseconds since 1970 of a timestamp that is not infinite.
   *
   * @throws ArithmeticException when they are more than a long holds
   */
  static long timestampMicros(String text) {
    int space = text.indexOf(' ');
    String era = text.endsWith(" BC") ? " BC" : "";
    String time = text.substring(space + 1, text.length() - era.length());
    return Math.addExact(
        Math.multiplyExact(days(text.substring(0, space) + era), DAY_MICROS), timeMicros(time));
  }

  /** The timestamp of microseconds since 1970. */
  static String timestampOfMicros(long micros) {
    LocalDate date = LocalDate.ofEpochDay(Math.floorDiv(micros, DAY_MICROS));
    return date(date) + " " + timeOfMicros(Math.floorMod(micros, DAY_MICROS)) + era(date);
  }

  /**
   * The timestamp of milliseconds since 1970, which may be more than a long holds in microseconds.
   */
  static String timestampOfMillis(long millis) {
    LocalDate date = LocalDate.ofEpochDay(Math.floorDiv(millis, DAY_MICROS / 1000));
    long micros = Math.floorMod(millis, DAY_MICROS / 1000) * 1000;
    return date(date) + " " + timeOfMicros(micros) + era(date);
  }

  /** ISO 8601 of a date, without a zone. */
  static String isoDate(String text) {
    Matcher date = matcher(DATE, text);
    long year = Long.parseLong(date.group(1));
    long iso = date.group(4) == null ? year : 1 - year;
    String digits = "%04d".formatted(Math.abs(iso));
    return (iso < 0 ? "-" : iso > 9999 ? "+" : "")
        + digits
        + "-"
        + date.group(2)
        + "-"
        + date.group(3);
  }

  /** The date of ISO 8601, with the mark of years before 1 apart. */
  private static String[] dateAndEra(String iso) {
    Matcher date = matcher(ISO_DATE, iso);
    long year = Long.parseLong(date.group(1));
    return new String[] {
      "%04d-%s-%s".formatted(year > 0 ? year : 1 - year, date.group(2), date.group(3)),
      year > 0 ? "" : " BC"
    };
  }

  /** The date of ISO 8601, without a zone. */
  static String dateOfIso(String iso) {
    return String.join("", dateAndEra(iso));
  }

  /** ISO 8601 of a timestamp or timestamptz; the zone stays as it is. */
  static String isoTimestamp(String text) {
    int space = text.indexOf(' ');
    String era = text.endsWith(" BC") ? " BC" : "";
    return isoDate(text.substring(0, space) + era)
        + "T"
        + text.substring(space + 1, text.length() - era.length());
  }

  /** The timestamp of ISO 8601; the zone stays as it is. */
  static String timestampOfIso(String iso) {
    int t = iso.indexOf('T');
    String[] date = dateAndEra(iso.substring(0, t));
    return date[0] + " " + iso.substring(t + 1) + date[1];
  }

  /**
   * The parts of an interval that PostgreSQL keeps apart.
   *
   * @param seconds with its fraction, not negative
   */
  private record Interval(
      long years, long months, long days, String sign, long hours, long minutes, String seconds) {}

  private static Interval interval(String text) {
    matcher(INTERVAL, text); // Another IntervalStyle would be read in part.
    long years = 0;
    long months = 0;
    long days = 0;
    Matcher unit = UNIT.matcher(text);
    while (unit.find()) {
      long count = Long.parseLong(unit.group(1));
      switch (unit.group(2)) {
        case "year" -> years = count;
        case "mon" -> months = count;
        default -> days = count;
      }
    }
    Matcher clock = CLOCK.matcher(text);
    return clock.find()
        ? new Interval(
            years,
            months,
            days,
            clock.group(1).replace("+", ""),
            Long.parseLong(clock.group(2)),
            Long.parseLong(clock.group(3)),
            clock.group(4))
        : new Interval(years, months, days, "", 0, 0, "00");
  }

  /** ISO 8601 with every unit, as Debezium writes it. */
  static String isoInterval(String text) {
    Interval i = interval(text);
    return "P%dY%dM%dDT%sH%sM%sS"
        .formatted(
            i.years,
            i.months,
            i.days,
            signed(i.sign, i.hours + ""),
            signed(i.sign, i.minutes + ""),
            signed(i.sign, i.seconds.replaceFirst("^0(?=\\d)", "")));
  }

  private static String signed(String sign, String number) {
    return number.matches("[0.]+") ? number : sign + number;
  }

  /** The interval of ISO 8601 with every unit, as PostgreSQL writes it. */
  static String intervalOfIso(String iso) {
    Matcher i = matcher(ISO_INTERVAL, iso);
    StringBuilder text = new StringBuilder();
    boolean negative = false;
    String[] units = {"year", "mon", "day"};
    for (int unit = 0; unit < units.length; unit++) {
      long count = Long.parseLong(i.group(unit + 1));
      if (count != 0) {
        text.append(text.isEmpty() ? "" : " ")
            .append(negative && count > 0 ? "+" : "")
            .append(count)
            .append(' ')
            .append(units[unit])
            .append(count == 1 ? "" : "s");
        negative = count < 0;
      }
    }
    String clock = clock(i.group(4), i.group(5), i.group(6));
    if (text.isEmpty()) {
      return clock;
    }
    if (clock.equals("00:00:00")) {
      return text.toString();
    }
    return text + (negative && !clock.startsWith("-") ? " +" : " ") + clock;
  }

  private static String clock(String hours, String minutes, String seconds) {
    boolean negative = (hours + minutes + seconds).contains("-");
    String whole = seconds.replace("-", "");
    int dot = whole.indexOf('.');
    String fraction = dot < 0 ? "" : whole.substring(dot).replaceFirst("\\.?0+$", "");
    return "%s%02d:%02d:%02d%s"
        .formatted(
            negative ? "-" : "",
            Math.abs(Long.parseLong(hours)),
            Math.abs(Long.parseLong(minutes)),
            Long.parseLong(dot < 0 ? whole : whole.substring(0, dot)),
            fraction);
  }

  /** Microseconds with 30.4375 days a month, as Debezium reckons. */
  static long intervalMicros(String text) {
    Interval i = interval(text);
    double days = (i.years * 12 + i.months) * 30.4375 + i.days;
    double seconds = (i.hours * 60 + i.minutes) * 60 + Double.parseDouble(i.seconds);
    return Math.round((days * 86_400 + (i.sign.isEmpty() ? seconds : -seconds)) * 1_000_000);
  }

  private static Matcher matcher(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("\"%s\" is no date, time or interval".formatted(text));
    }
    return matcher;
  }
}
