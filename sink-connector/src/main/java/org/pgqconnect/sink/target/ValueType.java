/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import static java.util.stream.Collectors.joining;
import static org.pgqconnect.postgres.Identifiers.quote;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the values of a type are, down to the types that are not made of others. Domains are the
 * types under them: their checks refuse loudly what they do not take.
 */
public sealed interface ValueType {
  /** Types whose equal values are written alike; of others, as numeric, 1.0 may become 1.00. */
  Set<String> ONE_SPELLING =
      Set.of(
          "int2",
          "int4",
          "int8",
          "oid",
          "uuid",
          "bool",
          "text",
          "varchar",
          "name",
          "bytea",
          "date",
          "timestamp",
          "timestamptz");

  /** Whether equal values of a type, by its name in the catalog, are always written alike. */
  static boolean hasOneSpelling(String typeName) {
    return ONE_SPELLING.contains(typeName);
  }

  /** As the provider sends it, for messages. */
  String text();

  /** The type's name for a statement; nothing where the subscriber has to be asked for it. */
  Optional<String> sql();

  /**
   * A type that is not made of others.
   *
   * @param text as {@code format_type} writes it
   * @param name with its schema unless that is pg_catalog, and its time zone clause
   * @param modifier what stands in parentheses; empty without
   * @param fields of an interval; empty for all of them
   * @param labels only the subscriber knows: an enum
   */
  record Scalar(String text, String name, String modifier, String fields, boolean labels)
      implements ValueType {
    private static final Pattern FORM =
        Pattern.compile(
            "(?<name>.+?)\\s*(?:\\((?<mod>[^()]*)\\))?(?<tail> with(?:out)? time zone)?");
    private static final Pattern INTERVAL =
        Pattern.compile("interval(?<fields>[a-z ]*?)\\s*(?:\\((?<mod>\\d+)\\))?");

    /** Names that stand for types without modifiers, where others mean a length of 1. */
    private static final Map<String, String> UNLIMITED =
        Map.of("bpchar", "character", "\"bit\"", "bit");

    static Scalar of(String text, boolean labels) {
      Matcher interval = INTERVAL.matcher(text);
      if (interval.matches()) {
        return new Scalar(
            text, "interval", nonNull(interval.group("mod")), interval.group("fields"), labels);
      }
      Matcher form = FORM.matcher(text);
      if (!form.matches()) {
        return new Scalar(text, text, "", "", labels);
      }
      String name = form.group("name");
      return new Scalar(
          text,
          UNLIMITED.getOrDefault(name, name) + nonNull(form.group("tail")),
          nonNull(form.group("mod")),
          "",
          labels);
    }

    private static String nonNull(String group) {
      return group == null ? "" : group;
    }

    /** Length or precision, and scale; only of types whose modifiers are numbers. */
    List<Integer> numbers() {
      return modifier.isEmpty()
          ? List.of()
          : Stream.of(modifier.split(",")).map(number -> Integer.valueOf(number.trim())).toList();
    }

    @Override
    public Optional<String> sql() {
      return Optional.of(text);
    }
  }

  /** One dimension or more. */
  record Array(ValueType element) implements ValueType {
    @Override
    public String text() {
      return element.text() + "[]";
    }

    @Override
    public Optional<String> sql() {
      // An array of arrays is one of a domain.
      return element instanceof Array ? Optional.empty() : element.sql().map(of -> of + "[]");
    }
  }

  /**
   * A composite type, or the type of a table's rows.
   *
   * @param type the subscriber's quoted name of a composite type; null for others
   */
  record Row(List<Member> members, String type) implements ValueType {
    List<String> names() {
      return members.stream().map(Member::name).toList();
    }

    @Override
    public String text() {
      return members.stream()
          .map(member -> quote(member.name()) + " " + member.type().text())
          .collect(joining(", ", "row(", ")"));
    }

    @Override
    public Optional<String> sql() {
      return Optional.empty();
    }
  }

  /** One of a composite type's. */
  record Member(String name, ValueType type) {}

  /**
   * A range or multirange.
   *
   * @param name of one that the server comes with; null for others
   * @param discrete equal ranges have one form
   */
  record Range(String name, ValueType bound, boolean discrete, boolean multi) implements ValueType {
    @Override
    public String text() {
      return name == null ? (multi ? "multirange(" : "range(") + bound.text() + ")" : name;
    }

    @Override
    public Optional<String> sql() {
      return Optional.ofNullable(name);
    }
  }

  /**
   * Reads what the provider sends of a column.
   *
   * @param text a type as {@code format_type} writes it, or one that is expanded
   */
  static ValueType of(String text) {
    if (text.endsWith("[]")) {
      return new Array(of(text.substring(0, text.length() - 2)));
    }
    Optional<String> parts = inside(text, "row");
    if (parts.isPresent()) {
      return new Row(split(parts.get()).stream().map(ValueType::member).toList(), null);
    }
    Optional<String> bound = inside(text, "range");
    if (bound.isPresent()) {
      return new Range(null, of(bound.get()), false, false);
    }
    Optional<String> multi = inside(text, "multirange");
    if (multi.isPresent()) {
      return new Range(null, of(multi.get()), false, true);
    }
    return builtIn(text);
  }

  private static Optional<String> inside(String text, String word) {
    return text.startsWith(word + "(") && text.endsWith(")")
        ? Optional.of(text.substring(word.length() + 1, text.length() - 1))
        : Optional.empty();
  }

  private static Member member(String text) {
    int end = 0;
    for (boolean quoted = false; quoted || text.charAt(end) != ' '; end++) {
      quoted ^= text.charAt(end) == '"';
    }
    String name = text.substring(0, end);
    return new Member(
        name.startsWith("\"") ? name.substring(1, end - 1).replace("\"\"", "\"") : name,
        of(text.substring(end + 1)));
  }

  /** At the commas that are neither in quotes nor in parentheses. */
  private static List<String> split(String text) {
    List<String> parts = new ArrayList<>();
    int depth = 0;
    int begin = 0;
    boolean quoted = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      quoted ^= c == '"';
      if (quoted) {
        continue;
      }
      if (c == '(') {
        depth++;
      } else if (c == ')') {
        depth--;
      } else if (c == ',' && depth == 0) {
        parts.add(text.substring(begin, i).trim());
        begin = i + 1;
      }
    }
    if (begin < text.length()) {
      parts.add(text.substring(begin).trim());
    }
    return parts;
  }

  private static ValueType builtIn(String text) {
    boolean multi = text.endsWith("multirange");
    switch (multi ? text.replace("multirange", "range") : text) {
      case "int4range":
        return new Range(text, Scalar.of("integer", false), true, multi);
      case "int8range":
        return new Range(text, Scalar.of("bigint", false), true, multi);
      case "daterange":
        return new Range(text, Scalar.of("date", false), true, multi);
      case "numrange":
        return new Range(text, Scalar.of("numeric", false), false, multi);
      case "tsrange":
        return new Range(text, Scalar.of("timestamp without time zone", false), false, multi);
      case "tstzrange":
        return new Range(text, Scalar.of("timestamp with time zone", false), false, multi);
      default:
        return Scalar.of(text, false);
    }
  }
}
