/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The texts that an SQL file writes: its literals, also those in the bodies of functions, and those
 * on following lines as the one literal that they are. What {@code format} or {@code RAISE} puts
 * into a text is {@link JavaTexts#HOLE}.
 */
final class SqlTexts {
  private static final Pattern LITERAL_OR_COMMENT =
      Pattern.compile(
          "--[^\\n]*|/\\*.*?\\*/|\"[^\"]*\"|\\b[eE]'((?:[^'\\\\]|''|\\\\.)*+)'|'((?:[^']|'')*+)'",
          Pattern.DOTALL);

  private static final Pattern HOLES = Pattern.compile("%(?:[0-9]+\\$)?[sIL]|%(?!%)");

  private SqlTexts() {}

  static List<String> of(Path file) throws IOException {
    return of(Files.readString(file));
  }

  static List<String> of(String source) {
    List<String> texts = new ArrayList<>();
    Matcher matcher = LITERAL_OR_COMMENT.matcher(source);
    int end = -1;
    while (matcher.find()) {
      String written = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
      if (written == null) {
        continue;
      }
      String text = written.replace("''", "'").replace("\\'", "'");
      boolean continues = end >= 0 && source.substring(end, matcher.start()).matches("\\s*\\n\\s*");
      if (continues) {
        text = texts.remove(texts.size() - 1) + text;
      }
      texts.add(text);
      end = matcher.end();
    }
    return texts.stream()
        .map(text -> HOLES.matcher(text).replaceAll(JavaTexts.HOLE).replace("%%", "%"))
        .map(text -> text.replaceAll("\\s+", " ").strip())
        .toList();
  }
}
