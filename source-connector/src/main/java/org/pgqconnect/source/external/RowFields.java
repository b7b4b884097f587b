/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.external;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.pgqconnect.failure.StopException;

/**
 * A row by its columns' names, as PgQ's own triggers write it.
 *
 * @param names the columns in the order of the event
 * @param texts a text a column; null for NULL
 */
record RowFields(List<String> names, List<String> texts) {
  /** A column may hold a gigabyte. */
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build())
          .build();

  RowFields {
    requireNonNull(names, "names");
    requireNonNull(texts, "texts");
  }

  /**
   * Reads {@code name=value&other}: both sides encoded as in an URL's query, a name without an
   * equals sign is NULL.
   *
   * @throws StopException when an escape is broken; the message holds no values
   */
  static RowFields urlEncoded(String data) {
    List<String> names = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    for (int at = 0; at < data.length(); ) {
      int ampersand = data.indexOf('&', at);
      int end = ampersand < 0 ? data.length() : ampersand;
      int equals = data.indexOf('=', at);
      boolean isNull = equals < 0 || equals > end;
      names.add(decoded(data, at, isNull ? end : equals));
      texts.add(isNull ? null : decoded(data, equals + 1, end));
      at = end + 1;
    }
    return new RowFields(names, texts);
  }

  private static String decoded(String data, int from, int end) {
    int special = from;
    while (special < end && data.charAt(special) != '%' && data.charAt(special) != '+') {
      special++;
    }
    return special == end ? data.substring(from, end) : unescaped(data, from, end);
  }

  /** Escapes are bytes of UTF-8, so the text is put together as bytes. */
  private static String unescaped(String data, int from, int end) {
    byte[] in = data.substring(from, end).getBytes(StandardCharsets.UTF_8);
    int length = 0;
    for (int i = 0; i < in.length; i++) {
      byte b = in[i];
      if (b == '+') {
        b = ' ';
      } else if (b == '%') {
        b = (byte) (hexDigit(in, i + 1) << 4 | hexDigit(in, i + 2));
        i += 2;
      }
      in[length++] = b;
    }
    return new String(in, 0, length, StandardCharsets.UTF_8);
  }

  private static int hexDigit(byte[] in, int at) {
    int digit = at < in.length ? Character.digit(in[at], 16) : -1;
    if (digit < 0) {
      throw new StopException("its data is not URL-encoded: a percent sign begins no escape");
    }
    return digit;
  }

  /**
   * Reads a JSON object of numbers, booleans, texts and nulls.
   *
   * @throws StopException when it is anything else; the message holds no values
   */
  static RowFields json(String data) {
    List<String> names = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    try (JsonParser in = JSON.createParser(data)) {
      if (in.nextToken() != JsonToken.START_OBJECT) {
        throw new StopException("its data is no JSON object");
      }
      for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
        JsonToken token = in.nextToken();
        if (token == null || !token.isScalarValue()) {
          throw new StopException("its data has an object or array in column " + name);
        }
        names.add(name);
        texts.add(token == JsonToken.VALUE_NULL ? null : in.getText());
      }
      return new RowFields(names, texts);
    } catch (IOException e) {
      throw new StopException("its data is no JSON object", e);
    }
  }

  /** The text of a column; null when it is NULL or the row lacks it. */
  String text(String name) {
    int at = names.indexOf(name);
    return at < 0 ? null : texts.get(at);
  }
}
