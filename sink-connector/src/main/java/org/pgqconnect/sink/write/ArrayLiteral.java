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
package org.pgqconnect.sink.write;

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
