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
package org.pgqconnect.sink.apply;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Whether a subscriber's column can hold every value of a provider's column. Values travel as text
 * and pass through the input function of the subscriber's type, which may round or cut in silence:
 * that is what this class keeps out. Types that it does not know (enums, composites, domains,
 * extensions) are left to the input function.
 */
final class TypeCompatibility {
  private static final Pattern FORM =
      Pattern.compile(
          "(?<name>[^(]+?)\\s*(?:\\((?<mod>[0-9, -]+)\\))?(?<tail> with(?:out)? time zone)?");

  /** What each type may become without loss, besides itself and text; modifiers come later. */
  private static final Map<String, Set<String>> WIDER =
      Map.ofEntries(
          Map.entry("smallint", Set.of("integer", "bigint", "numeric", "real", "double precision")),
          Map.entry("integer", Set.of("bigint", "numeric", "double precision")),
          Map.entry("bigint", Set.of("numeric")),
          Map.entry("oid", Set.of("bigint", "numeric")),
          Map.entry("real", Set.of("double precision")),
          Map.entry("date", Set.of("timestamp without time zone")),
          Map.entry("character", Set.of("character varying")),
          Map.entry("name", Set.of("character varying")),
          Map.entry("uuid", Set.of("character varying")),
          Map.entry("json", Set.of("jsonb")),
          Map.entry("jsonb", Set.of("json")),
          Map.entry("xml", Set.of()),
          Map.entry("bit", Set.of("bit varying")),
          Map.entry("cidr", Set.of("inet")),
          Map.entry("macaddr", Set.of("macaddr8")),
          Map.entry("numeric", Set.of()),
          Map.entry("double precision", Set.of()),
          Map.entry("boolean", Set.of()),
          Map.entry("bytea", Set.of()),
          Map.entry("money", Set.of()),
          Map.entry("inet", Set.of()),
          Map.entry("interval", Set.of()),
          Map.entry("text", Set.of("citext", "character varying")),
          Map.entry("character varying", Set.of("citext")),
          Map.entry("timestamp without time zone", Set.of()),
          Map.entry("timestamp with time zone", Set.of()),
          Map.entry("time without time zone", Set.of()),
          Map.entry("time with time zone", Set.of()),
          Map.entry("bit varying", Set.of()));

  private TypeCompatibility() {}

  /**
   * @param provider the provider's type as {@code format_type} writes it
   * @param subscriber the subscriber's, likewise
   */
  static boolean holds(String provider, String subscriber) {
    if (provider.equals(subscriber) || subscriber.equals("text")) {
      return true;
    }
    boolean providerArray = provider.endsWith("[]");
    if (providerArray || subscriber.endsWith("[]")) {
      return providerArray && subscriber.endsWith("[]")
          ? holds(element(provider), element(subscriber))
          : !isKnown(element(provider)) || !isKnown(element(subscriber));
    }
    Type from = Type.of(provider);
    Type to = Type.of(subscriber);
    if (!WIDER.containsKey(from.name) || !WIDER.containsKey(to.name)) {
      return true;
    }
    if (from.name.equals(to.name)) {
      return to.isAsWideAs(from);
    }
    return WIDER.get(from.name).contains(to.name) && to.takes(from);
  }

  private static String element(String type) {
    return type.endsWith("[]") ? type.substring(0, type.indexOf("[]")) : type;
  }

  private static boolean isKnown(String type) {
    return WIDER.containsKey(Type.of(type).name);
  }

  /** A type's name, its time zone clause included, and its modifiers. */
  private record Type(String name, List<Integer> modifiers) {
    static Type of(String text) {
      Matcher form = FORM.matcher(text);
      if (!form.matches()) {
        return new Type(text, List.of());
      }
      String tail = form.group("tail") == null ? "" : form.group("tail");
      String mod = form.group("mod");
      List<Integer> modifiers =
          mod == null
              ? List.of()
              : Pattern.compile(",")
                  .splitAsStream(mod)
                  .map(m -> Integer.valueOf(m.trim()))
                  .toList();
      return new Type(form.group("name") + tail, modifiers);
    }

    boolean isAsWideAs(Type from) {
      if (modifiers.isEmpty()) {
        return true;
      }
      if (name.equals("bit")) {
        return modifiers.equals(from.modifiers);
      }
      if (from.modifiers.isEmpty()) {
        return isTime() && modifiers.get(0) >= 6;
      }
      if (name.equals("numeric")) {
        return scale() >= from.scale()
            && modifiers.get(0) - scale() >= from.modifiers.get(0) - from.scale();
      }
      return modifiers.get(0) >= from.modifiers.get(0);
    }

    /** Whether a type of another name fits into this one's modifiers. */
    boolean takes(Type from) {
      if (modifiers.isEmpty()) {
        return true;
      }
      switch (from.name) {
        case "smallint":
          return modifiers.get(0) - scale() >= 5;
        case "integer":
          return modifiers.get(0) - scale() >= 10;
        case "bigint":
          return modifiers.get(0) - scale() >= 19;
        case "uuid":
          return modifiers.get(0) >= 36;
        case "name":
          return modifiers.get(0) >= 63;
        case "character":
        case "bit":
          return modifiers.get(0) >= (from.modifiers.isEmpty() ? 1 : from.modifiers.get(0));
        case "date":
          return true;
        default:
          return false;
      }
    }

    private boolean isTime() {
      return name.startsWith("time") || name.equals("interval");
    }

    private int scale() {
      return modifiers.size() > 1 ? modifiers.get(1) : 0;
    }
  }
}
