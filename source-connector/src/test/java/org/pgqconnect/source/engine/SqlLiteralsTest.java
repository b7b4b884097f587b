/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * A function's body is read under the settings of whoever calls it: with {@code
 * standard_conforming_strings = off}, a backslash in a plain literal means something else. In
 * {@code E''} it means the same everywhere.
 */
class SqlLiteralsTest {

  private static final Pattern TOKEN =
      Pattern.compile(
          "--[^\n]*|/\\*.*?\\*/|\"[^\"]*\""
              + "|(?<tag>\\$(?:[A-Za-z_]\\w*)?\\$)(?<body>.*?)\\k<tag>"
              + "|[eE]'(?:[^'\\\\]|\\\\.|''|'\\s*\n\\s*')*+'"
              + "|(?<plain>'(?:[^']|''|'\\s*\n\\s*')*+')"
              + "|[A-Za-z_][\\w$]*",
          Pattern.DOTALL);

  @Test
  void noPlainLiteralHoldsABackslash() throws IOException {
    List<String> found = new ArrayList<>();
    try (Stream<Path> files = Files.walk(Path.of("src/main/resources"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".sql")).toList()) {
        for (String literal : plainWithBackslash(Files.readString(file))) {
          found.add(file.getFileName() + ": " + literal);
        }
      }
    }
    assertThat(found).isEmpty();
  }

  @Test
  void readsLiteralsAsTheServerDoes() {
    assertThat(
            plainWithBackslash(
                """
                -- '\\a'
                select '\\b', E'\\c''\\'\\d'
                       '\\e', name'\\f', "'\\g'" /* '\\h' */, 'i'
                       '\\j' as $q$ '\\k' $$ $$ '\\l' $q$ $$x$$ ''\
                """))
        .containsExactly("'\\b'", "'\\f'", "'i'\n       '\\j'", "'\\k'", "'\\l'");
  }

  private static List<String> plainWithBackslash(String sql) {
    List<String> found = new ArrayList<>();
    Matcher token = TOKEN.matcher(sql);
    while (token.find()) {
      if (token.group("body") != null) {
        found.addAll(plainWithBackslash(token.group("body")));
      } else if (token.group("plain") != null && token.group("plain").contains("\\")) {
        found.add(token.group("plain"));
      }
    }
    return found;
  }
}
