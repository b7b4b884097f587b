/*
 * Copyright pgq-connect contributors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
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
