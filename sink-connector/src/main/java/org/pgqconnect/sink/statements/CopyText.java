/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.statements;

import java.nio.charset.StandardCharsets;
import org.pgqconnect.wire.ValueText;

/** Builds rows in the text format of COPY. */
public final class CopyText {
  private final StringBuilder text = new StringBuilder();
  private boolean first = true;

  /**
   * Adds a column value.
   *
   * @param value null is SQL NULL
   * @param binary see {@link ValueText#of}
   */
  public void add(Object value, boolean binary) {
    if (!first) {
      text.append('\t');
    }
    first = false;
    if (value == null) {
      text.append("\\N");
    } else if (value instanceof Long || value instanceof Integer || value instanceof Short) {
      text.append(((Number) value).longValue());
    } else {
      escape(ValueText.of(value, binary));
    }
  }

  public void endRow() {
    text.append('\n');
    first = true;
  }

  private void escape(String value) {
    int copied = 0;
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '\\' || c == '\n' || c == '\r' || c == '\t') {
        text.append(value, copied, i).append('\\').append(escaped(c));
        copied = i + 1;
      }
    }
    text.append(value, copied, value.length());
  }

  private static char escaped(char c) {
    switch (c) {
      case '\n':
        return 'n';
      case '\r':
        return 'r';
      case '\t':
        return 't';
      default:
        return c;
    }
  }

  int length() {
    return text.length();
  }

  /** What was built; this object is empty again afterwards. */
  public byte[] drain() {
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    text.setLength(0);
    return bytes;
  }
}
