/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.statements;

import org.pgqconnect.wire.ValueText;

/** Builds the text form of a one-dimensional PostgreSQL array. */
public final class ArrayLiteral {
  private final StringBuilder text = new StringBuilder("{");

  /**
   * Adds an element.
   *
   * @param value null is SQL NULL
   * @param binary see {@link ValueText#of}
   */
  public void add(Object value, boolean binary) {
    if (text.length() > 1) {
      text.append(',');
    }
    if (value == null) {
      text.append("NULL");
    } else if (value instanceof Long || value instanceof Integer || value instanceof Short) {
      text.append(((Number) value).longValue());
    } else {
      quote(ValueText.of(value, binary));
    }
  }

  private void quote(String value) {
    text.append('"');
    int copied = 0;
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '"' || c == '\\') {
        text.append(value, copied, i).append('\\');
        copied = i;
      }
    }
    text.append(value, copied, value.length()).append('"');
  }

  public int length() {
    return text.length();
  }

  /** The array; this object is empty again afterwards. */
  public String finish() {
    String result = text.append('}').toString();
    text.setLength(1);
    return result;
  }
}
