/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.wire;

import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.HexFormat;

/**
 * A column value as the text that the input function of its type reads; {@link ColumnType} is the
 * way there.
 */
public final class ValueText {
  private ValueText() {}

  /**
   * The text of a value, whatever a converter made of it on its way.
   *
   * @param value not null
   * @param binary the column is bytea on the provider: a String is base64, unless it is hex already
   */
  public static String of(Object value, boolean binary) {
    if (value instanceof String text) {
      return binary && !text.startsWith("\\x") ? hex(Base64.getDecoder().decode(text)) : text;
    }
    if (value instanceof Boolean flag) {
      return flag ? "t" : "f";
    }
    if (value instanceof byte[] bytes) {
      return hex(bytes);
    }
    if (value instanceof ByteBuffer buffer) {
      byte[] bytes = new byte[buffer.remaining()];
      buffer.duplicate().get(bytes);
      return hex(bytes);
    }
    return value.toString();
  }

  private static String hex(byte[] bytes) {
    return "\\x" + HexFormat.of().formatHex(bytes);
  }
}
