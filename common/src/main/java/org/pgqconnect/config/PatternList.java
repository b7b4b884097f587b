/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.config;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;

/**
 * A list of regular expressions as a configuration's value. Commas separate them, except where a
 * comma belongs to an expression: within {@code {}}, {@code []} and {@code ()}, between {@code \Q}
 * and {@code \E}, and after a backslash. Upper and lower case differ, as PostgreSQL does with the
 * names that it stores.
 */
public final class PatternList {
  /** The help of every key that holds such a list. */
  public static final String SYNTAX =
      "Regular expressions, separated by commas; a comma within (), [] or {}, or after a backslash,"
          + " belongs to its expression. Upper and lower case differ.";

  private final String text;
  private final List<Part> parts = new ArrayList<>();

  /** An expression and where it begins in the value. */
  private record Part(int start, String regex) {}

  private PatternList(String text) {
    this.text = text;
    split();
  }

  /**
   * The expressions of a value; none when it is blank.
   *
   * @throws ConfigException when one is not a regular expression; the message names it and the
   *     place
   */
  public static List<Pattern> parse(String key, String value) {
    PatternList list = new PatternList(value == null ? "" : value);
    if (list.parts.isEmpty() && !list.text.isBlank()) {
      throw new ConfigException(key, value, "it holds commas but no regular expression");
    }
    List<Pattern> patterns = new ArrayList<>(list.parts.size());
    for (int i = 0; i < list.parts.size(); i++) {
      patterns.add(list.compile(key, i));
    }
    return patterns;
  }

  /** A validator of keys that hold such a list. */
  public static ConfigDef.Validator validator() {
    return ConfigDef.LambdaValidator.with(
        (key, value) -> parse(key, value == null ? null : value.toString()),
        () -> "regular expressions");
  }

  private Pattern compile(String key, int index) {
    Part part = parts.get(index);
    try {
      return Pattern.compile(part.regex);
    } catch (PatternSyntaxException e) {
      String place =
          e.getIndex() < 0
              ? ""
              : " at character %d of the value"
                  .formatted(part.start + Math.min(e.getIndex(), part.regex.length()) + 1);
      throw new ConfigException(
          key,
          text,
          ("\"%s\", expression %d of %d, is not a regular expression: %s%s. A comma"
                  + " separates expressions, unless it is within (), [] or {} or after a"
                  + " backslash")
              .formatted(part.regex, index + 1, parts.size(), e.getDescription(), place));
    }
  }

  private void split() {
    Deque<Character> open = new ArrayDeque<>();
    int start = 0;
    int classStart = -1;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean inClass = !open.isEmpty() && open.peek() == ']';
      if (c == '\\') {
        i = afterEscape(i);
      } else if (c == '[') {
        open.push(']');
        classStart = i;
      } else if (!inClass && (c == '(' || c == '{')) {
        open.push(c == '(' ? ')' : '}');
      } else if (c == ']' && inClass && isFirstOfClass(classStart, i)) {
        continue;
      } else if (!open.isEmpty() && c == open.peek()) {
        open.pop();
      } else if (c == ',' && open.isEmpty()) {
        add(start, i);
        start = i + 1;
      }
    }
    add(start, text.length());
  }

  /** The last index of what begins with a backslash. */
  private int afterEscape(int backslash) {
    if (text.startsWith("\\Q", backslash)) {
      int end = text.indexOf("\\E", backslash + 2);
      return end < 0 ? text.length() : end + 1;
    }
    return backslash + 1;
  }

  /** A bracket that comes first in a class is one of its characters. */
  private boolean isFirstOfClass(int classStart, int index) {
    return index == classStart + 1 || index == classStart + 2 && text.charAt(classStart + 1) == '^';
  }

  private void add(int from, int to) {
    String regex = text.substring(from, to);
    if (!regex.isBlank()) {
      int leading = regex.indexOf(regex.strip());
      parts.add(new Part(from + leading, regex.strip()));
    }
  }
}
