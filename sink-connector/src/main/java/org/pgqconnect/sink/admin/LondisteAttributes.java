/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.admin;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What Londiste is configured to do with a table's rows ({@code londiste.table_info.table_attrs}).
 * A sink writes rows as they are on the provider; where Londiste does otherwise, such as hashing
 * columns or keeping one shard only, a table must not be taken over without a word.
 */
final class LondisteAttributes {
  /** They write each row as it is. */
  private static final Set<String> HARMLESS_HANDLERS = Set.of("londiste", "bulk");

  /** They say where a copy comes from or how it is made, and nothing of rows that are there. */
  private static final Set<String> HARMLESS = Set.of("copy_node", "local_only", "skip_truncate");

  private static final Pattern NAME = Pattern.compile("\\w+");

  private LondisteAttributes() {}

  /**
   * Why a table cannot be taken over as it is.
   *
   * @param encoded as Londiste stores them, or null
   * @return null when it can
   */
  static String problem(String encoded) {
    for (Map.Entry<String, String> attribute : decoded(encoded).entrySet()) {
      String name = attribute.getKey();
      if (name.equals("handler")) {
        Matcher handler = NAME.matcher(attribute.getValue());
        String called = handler.find() ? handler.group().toLowerCase(Locale.ROOT) : "";
        if (!HARMLESS_HANDLERS.contains(called)) {
          return ("Londiste writes it through the handler \"%s\", which may change rows,"
                  + " leave some out or write them elsewhere; the sink would write every row as"
                  + " it is on the provider")
              .formatted(attribute.getValue());
        }
      } else if (!HARMLESS.contains(name)) {
        return ("Londiste has it with %s=%s, so that it may hold other rows than the"
                + " provider's table; the sink would write every row")
            .formatted(name, attribute.getValue());
      }
    }
    return null;
  }

  private static Map<String, String> decoded(String encoded) {
    Map<String, String> attributes = new TreeMap<>();
    if (encoded != null) {
      for (String part : encoded.split("&")) {
        int equals = part.indexOf('=');
        if (!part.isBlank()) {
          attributes.put(
              decode(equals < 0 ? part : part.substring(0, equals)),
              equals < 0 ? "" : decode(part.substring(equals + 1)));
        }
      }
    }
    return attributes;
  }

  private static String decode(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }
}
