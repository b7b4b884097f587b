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

/**
 * The texts that a Java file writes: its literals and text blocks, those that are concatenated as
 * one text. What is put into a text at run time is {@link #HOLE}.
 */
final class JavaTexts {
  /** Stands for {@code %s}, <code>{}</code> or an expression between two literals. */
  static final String HOLE = "\u0000";

  private static final String BLOCK = "\"\"\"";

  private final String source;
  private final List<String> texts = new ArrayList<>();
  private int at;

  private JavaTexts(String source) {
    this.source = source;
  }

  static List<String> of(Path file) throws IOException {
    return of(Files.readString(file));
  }

  static List<String> of(String source) {
    JavaTexts reader = new JavaTexts(source);
    while (reader.at < source.length()) {
      if (reader.isLiteral()) {
        reader.concatenation();
      } else {
        reader.skip();
      }
    }
    return reader.texts;
  }

  private void concatenation() {
    StringBuilder text = new StringBuilder();
    boolean goesOn = true;
    while (goesOn) {
      if (isLiteral()) {
        text.append(literal());
      } else {
        text.append(HOLE);
        expression();
      }
      space();
      goesOn = source.startsWith("+", at);
      at += goesOn ? 1 : 0;
      space();
    }
    texts.add(
        text.toString()
            .replaceAll("%([0-9]+\\$)?[sd]|\\{}", HOLE)
            .replace("%%", "%")
            .replaceAll("\\s+", " ")
            .strip());
  }

  /** Goes to the end of an operand, whose own texts are read as well. */
  private void expression() {
    int from = at;
    int depth = 0;
    while (at < source.length() && (depth > 0 || "+,;)?:".indexOf(source.charAt(at)) < 0)) {
      char c = source.charAt(at);
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (isLiteral()) {
        literal();
      } else {
        skip();
      }
    }
    texts.addAll(of(source.substring(from, at)));
  }

  private boolean isLiteral() {
    return at < source.length() && source.charAt(at) == '"';
  }

  private String literal() {
    boolean block = source.startsWith(BLOCK, at);
    String quote = block ? BLOCK : "\"";
    int from = at + quote.length();
    at = from;
    while (!source.startsWith(quote, at)) {
      at += source.charAt(at) == '\\' ? 2 : 1;
    }
    String text = source.substring(from, at);
    at += quote.length();
    return (block ? text.stripIndent() : text).translateEscapes();
  }

  private void space() {
    while (at < source.length()
        && (Character.isWhitespace(source.charAt(at)) || source.startsWith("//", at))) {
      skip();
    }
  }

  /** Over one character, comment or character literal. */
  private void skip() {
    if (source.startsWith("//", at)) {
      at = end("\n", at);
    } else if (source.startsWith("/*", at)) {
      at = end("*/", at);
    } else if (source.charAt(at) == '\'') {
      at = end("'", source.charAt(at + 1) == '\\' ? at + 3 : at + 2);
    } else {
      at++;
    }
  }

  private int end(String mark, int from) {
    int found = source.indexOf(mark, from);
    return found < 0 ? source.length() : found + mark.length();
  }
}
