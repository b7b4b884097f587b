/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.postgres;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * Reads SQL that another program wrote, before any of it becomes part of a statement of ours.
 * Lexical rules: PostgreSQL manual, "Lexical Structure", with {@code standard_conforming_strings}
 * on.
 */
public final class SqlText {
  private SqlText() {}

  /**
   * The text of a literal that begins the SQL, as {@code format('%L')} writes it: {@code 'it''s'}
   * or {@code E'a\\b'}. Empty when it begins with something else.
   */
  public static Optional<String> literal(String sql) {
    int at = 0;
    while (at < sql.length() && sql.charAt(at) == ' ') {
      at++;
    }
    boolean escapes = sql.startsWith("E'", at);
    if (!escapes && !sql.startsWith("'", at)) {
      return Optional.empty();
    }
    StringBuilder text = new StringBuilder();
    for (int i = at + (escapes ? 2 : 1); i < sql.length(); i++) {
      char c = sql.charAt(i);
      boolean doubled = i + 1 < sql.length() && sql.charAt(i + 1) == c;
      if (c == '\'' && !doubled) {
        return Optional.of(text.toString());
      } else if (c == '\'' || c == '\\' && escapes) {
        if (!doubled) {
          return Optional.empty(); // An escape that %L does not write.
        }
        i++;
      }
      text.append(c);
    }
    return Optional.empty();
  }

  /**
   * Whether the SQL, put into parentheses, is one expression and nothing beyond: it closes no
   * parenthesis that it has not opened, leaves no quote open, ends no statement and holds no
   * comment. What the server never writes into an expression is refused, because versions read it
   * differently, or because it changes how what follows is read: texts between dollars, backslashes
   * outside of literals, a quote right behind a word, and a literal that continues in another one.
   */
  public static boolean isOneExpression(String sql) {
    Deque<Character> open = new ArrayDeque<>();
    int at = 0;
    while (at < sql.length()) {
      char c = sql.charAt(at);
      switch (c) {
        case '\'', '"' -> {
          boolean isText = c == '\'';
          boolean prefixed =
              at > 0 && (isPartOfWord(sql.charAt(at - 1)) || sql.charAt(at - 1) == '&');
          if (prefixed && !(isText && hasPrefix(sql, at, "EBX"))) {
            return false;
          }
          at = end(sql, at, isText && hasPrefix(sql, at, "E"));
          if (at < 0 || isText && sql.substring(at + 1).stripLeading().startsWith("'")) {
            return false;
          }
        }
        case '(' -> open.push(')');
        case '[' -> open.push(']');
        case ')', ']' -> {
          if (open.isEmpty() || open.pop() != c) {
            return false;
          }
        }
        case ';', '$', '\\', '\0' -> {
          return false;
        }
        case '-', '/' -> {
          if (sql.startsWith("--", at) || sql.startsWith("/*", at)) {
            return false;
          }
        }
        default -> {}
      }
      at++;
    }
    return open.isEmpty() && !sql.isBlank();
  }

  /**
   * An expression as the JDBC driver passes it on: question marks of operators, as those of jsonb,
   * are no parameters of ours. Those in quotes the driver leaves alone.
   */
  public static String withoutParameters(String sql) {
    StringBuilder text = new StringBuilder();
    for (int at = 0; at < sql.length(); at++) {
      char c = sql.charAt(at);
      int last = c == '\'' || c == '"' ? end(sql, at, c == '\'' && hasPrefix(sql, at, "E")) : at;
      text.append(sql, at, last < 0 ? sql.length() : last + 1);
      if (c == '?') {
        text.append(c);
      }
      at = last < 0 ? sql.length() : last;
    }
    return text.toString();
  }

  /** One of these letters that begins a literal, and is not the end of a word. */
  private static boolean hasPrefix(String sql, int quote, String letters) {
    return quote > 0
        && letters.indexOf(Character.toUpperCase(sql.charAt(quote - 1))) >= 0
        && (quote == 1 || !isPartOfWord(sql.charAt(quote - 2)));
  }

  private static boolean isPartOfWord(char c) {
    return Character.isLetterOrDigit(c) || c == '_' || c == '$' || c >= 0x80;
  }

  /** Where the quoted text ends that begins there; -1 when it does not end. */
  private static int end(String sql, int begin, boolean escapes) {
    char quote = sql.charAt(begin);
    for (int i = begin + 1; i < sql.length(); i++) {
      if (escapes && sql.charAt(i) == '\\') {
        i++;
      } else if (sql.charAt(i) == quote) {
        if (i + 1 == sql.length() || sql.charAt(i + 1) != quote) {
          return i;
        }
        i++;
      }
    }
    return -1;
  }
}
