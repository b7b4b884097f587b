/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.wire;

import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What becomes of names that a serializer forbids. The modes and their names are those of
 * Debezium's {@code field.name.adjustment.mode}. Avro 1.12, section "Names": a name begins with a
 * letter of ASCII or an underscore, which letters, digits and underscores follow; a full name is
 * made of such names with dots between.
 */
public enum NameAdjustment {
  /** Names stay as they are. */
  NONE,
  /** Characters that Avro forbids become underscores, so that two names may become one. */
  AVRO,
  /**
   * Characters that Avro forbids, and underscores, become {@code _u} and four hexadecimal digits,
   * so that the name can be read back.
   */
  AVRO_UNICODE;

  private static final Pattern ESCAPE = Pattern.compile("_u([0-9a-f]{4})");

  /** The modes as configuration has them. */
  public static List<String> names() {
    return Stream.of(values()).map(NameAdjustment::label).toList();
  }

  /**
   * @param label as in {@link #names}
   * @throws IllegalArgumentException when there is none of this name
   */
  public static NameAdjustment of(String label) {
    return valueOf(label.toUpperCase(Locale.ROOT));
  }

  /** The mode's name in configuration and records. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether Avro accepts a name, without dots, as it is. */
  public static boolean isLegal(String name) {
    return !name.isEmpty()
        && !isDigit(name.charAt(0))
        && name.chars().allMatch(NameAdjustment::isLegal);
  }

  /** What a name without dots becomes. */
  public String adjust(String name) {
    if (this == NONE || this == AVRO && isLegal(name)) {
      return name;
    }
    StringBuilder adjusted = new StringBuilder(name.length() + 8);
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean legal = isLegal(c) && !(i == 0 && isDigit(c));
      if (legal && !(this == AVRO_UNICODE && c == '_')) {
        adjusted.append(c);
      } else if (this == AVRO_UNICODE) {
        adjusted.append("_u%04x".formatted((int) c));
      } else {
        adjusted.append(i == 0 && isDigit(c) ? "_" + c : "_");
      }
    }
    return adjusted.toString();
  }

  /** What a full name becomes; its dots stay. */
  public String adjustFull(String name) {
    return this == NONE
        ? name
        : Stream.of(name.split("\\.", -1)).map(this::adjust).collect(Collectors.joining("."));
  }

  /** Reads back what {@link #AVRO_UNICODE} made of a name without dots. */
  static String readBack(String adjusted) {
    return adjusted.indexOf('_') < 0
        ? adjusted
        : ESCAPE.matcher(adjusted).replaceAll(NameAdjustment::character);
  }

  private static String character(MatchResult escape) {
    return Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(escape.group(1), 16)));
  }

  private static boolean isLegal(int c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || isDigit(c);
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }
}
