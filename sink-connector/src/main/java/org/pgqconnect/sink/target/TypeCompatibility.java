/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.pgqconnect.sink.target.ValueType.Array;
import org.pgqconnect.sink.target.ValueType.Range;
import org.pgqconnect.sink.target.ValueType.Row;
import org.pgqconnect.sink.target.ValueType.Scalar;

/**
 * Whether a subscriber's column can hold every value of a provider's column. Values travel as text
 * and pass through the input function of the subscriber's type, which may round or cut in silence:
 * that is what this class keeps out. A type that it does not know, as of an extension, is held by
 * the type of the same name, in whatever schema, and by text; an enum refuses what is no label of
 * its.
 */
public final class TypeCompatibility {
  /** What each type may become without loss, besides itself and text; modifiers come later. */
  private static final Map<String, Set<String>> WIDER =
      Map.ofEntries(
          Map.entry("smallint", Set.of("integer", "bigint", "numeric", "real", "double precision")),
          Map.entry("integer", Set.of("bigint", "numeric", "double precision")),
          Map.entry("bigint", Set.of("numeric")),
          Map.entry("oid", Set.of("bigint", "numeric")),
          Map.entry("xid8", Set.of("numeric")),
          Map.entry("real", Set.of("double precision")),
          Map.entry("date", Set.of("timestamp without time zone")),
          Map.entry("character", Set.of("character varying")),
          Map.entry("name", Set.of("character varying")),
          Map.entry("uuid", Set.of("character varying")),
          Map.entry("jsonb", Set.of("json")),
          Map.entry("bit", Set.of("bit varying")),
          Map.entry("cidr", Set.of("inet")),
          Map.entry("macaddr", Set.of("macaddr8")));

  /** Types of the same name of which one may hold less than the other. */
  private static final Set<String> MODIFIED =
      Set.of(
          "numeric",
          "character",
          "character varying",
          "bit",
          "bit varying",
          "interval",
          "time without time zone",
          "time with time zone",
          "timestamp without time zone",
          "timestamp with time zone");

  private static final Set<String> TEXTS = Set.of("text", "character varying", "name");

  /** Types of PostGIS whose arrays have colons between their elements. */
  private static final Set<String> POSTGIS = Set.of("geometry", "geography");

  private static final Pattern SCHEMA = Pattern.compile("(\"([^\"]|\"\")*\"|[^\".]*)\\.");

  private TypeCompatibility() {}

  /**
   * Why a type does not hold the values of another.
   *
   * @param path the members of composite types, on the subscriber, that lead to it
   * @param owner the subscriber's composite type that the last of them is of; null without
   * @param from the provider's type there: two composite types that have other members, or what the
   *     last member of the path is
   * @param to the subscriber's, likewise
   */
  record Difference(List<String> path, Row owner, ValueType from, ValueType to) {
    boolean isOfMembers() {
      return from instanceof Row && to instanceof Row;
    }

    private Difference in(Row composite, ValueType.Member there, ValueType.Member here) {
      List<String> longer = new ArrayList<>(List.of(here.name()));
      longer.addAll(path);
      return owner != null || isOfMembers()
          ? new Difference(longer, owner == null ? composite : owner, from, to)
          : new Difference(longer, composite, there.type(), here.type());
    }
  }

  /** The first difference by which values are lost, or nothing. */
  public static Optional<Difference> difference(ValueType from, ValueType to) {
    if (isText(to)) {
      return Optional.empty();
    }
    if (from instanceof Row there && to instanceof Row here) {
      return members(there, here);
    }
    if (from instanceof Array there && to instanceof Array here) {
      return splitsAlike(there.element(), here.element())
          ? difference(there.element(), here.element())
          : different(there, here);
    }
    boolean holds =
        from instanceof Range there && to instanceof Range here && holds(there, here)
            || from instanceof Scalar one && to instanceof Scalar other && holds(one, other);
    return holds ? Optional.empty() : different(from, to);
  }

  private static Optional<Difference> different(ValueType from, ValueType to) {
    return Optional.of(new Difference(List.of(), null, from, to));
  }

  /** The text of a row has its members in order, without their names. */
  private static Optional<Difference> members(Row from, Row to) {
    if (from.members().size() != to.members().size() || isReordered(from, to)) {
      return different(from, to);
    }
    for (int i = 0; i < to.members().size(); i++) {
      ValueType.Member here = to.members().get(i);
      ValueType.Member there = from.members().get(i);
      Optional<Difference> found = difference(there.type(), here.type());
      if (found.isPresent()) {
        return found.map(difference -> difference.in(to, there, here));
      }
    }
    return Optional.empty();
  }

  private static boolean isReordered(Row from, Row to) {
    return !from.names().equals(to.names())
        && new HashSet<>(from.names()).equals(new HashSet<>(to.names()));
  }

  /** Elements of an array are set apart by the delimiter of their own type, mostly a comma. */
  private static boolean splitsAlike(ValueType from, ValueType to) {
    if (!(from instanceof Scalar there)) {
      return true;
    }
    boolean comma =
        isForeign(there.name())
            ? !POSTGIS.contains(unqualified(there.name()))
            : !there.name().equals("box");
    return comma || to instanceof Scalar here && (here.labels() || isSame(there, here));
  }

  private static boolean holds(Range from, Range to) {
    // Bounds of text are in another order than others.
    return from.multi() == to.multi()
        && (from.discrete() || !to.discrete())
        && (!isText(to.bound()) || from.bound() instanceof Scalar s && TEXTS.contains(s.name()))
        && difference(from.bound(), to.bound()).isEmpty();
  }

  /** Holds the text of any value. */
  private static boolean isText(ValueType type) {
    return type instanceof Scalar scalar
        && !scalar.labels()
        && scalar.modifier().isEmpty()
        && (Set.of("text", "character varying").contains(scalar.name())
            || isForeign(scalar.name()) && unqualified(scalar.name()).equals("citext"));
  }

  private static boolean holds(Scalar from, Scalar to) {
    if (to.labels()) {
      return true;
    }
    if (!isSame(from, to)) {
      return WIDER.getOrDefault(from.name(), Set.of()).contains(to.name()) && takes(to, from);
    }
    return to.modifier().isEmpty() && (to.fields().isEmpty() || to.fields().equals(from.fields()))
        || to.modifier().equals(from.modifier()) && to.fields().equals(from.fields())
        || MODIFIED.contains(to.name()) && isAsWideAs(to, from);
  }

  private static boolean isSame(Scalar from, Scalar to) {
    return isForeign(from.name()) && isForeign(to.name())
        ? unqualified(from.name()).equals(unqualified(to.name()))
        : from.name().equals(to.name());
  }

  /** Whether a type is in a schema of its own, so that the subscriber possibly lacks it. */
  static boolean isForeign(String name) {
    return SCHEMA.matcher(name).lookingAt();
  }

  private static String unqualified(String name) {
    return SCHEMA.matcher(name).replaceFirst("");
  }

  /** Whether a column's type has the same name on both sides, but maybe not the same schema. */
  static boolean isSameName(String provider, String subscriber) {
    return unqualified(provider).equals(unqualified(subscriber));
  }

  private static boolean isAsWideAs(Scalar to, Scalar from) {
    List<Integer> wide = to.numbers();
    List<Integer> narrow = from.numbers();
    if (to.name().equals("bit")) {
      return wide.equals(narrow);
    }
    if (isTime(to)) {
      return (to.fields().isEmpty() || to.fields().equals(from.fields()))
          && wide.get(0) >= (narrow.isEmpty() ? 6 : narrow.get(0));
    }
    if (narrow.isEmpty()) {
      return false;
    }
    return to.name().equals("numeric")
        ? scale(to) >= scale(from) && wide.get(0) - scale(to) >= narrow.get(0) - scale(from)
        : wide.get(0) >= narrow.get(0);
  }

  /** Whether a type of another name fits into a type's modifiers. */
  private static boolean takes(Scalar to, Scalar from) {
    if (to.modifier().isEmpty()) {
      return true;
    }
    int size = to.numbers().get(0);
    switch (from.name()) {
      case "smallint":
        return scale(to) >= 0 && size - scale(to) >= 5;
      case "integer":
        return scale(to) >= 0 && size - scale(to) >= 10;
      case "bigint":
        return scale(to) >= 0 && size - scale(to) >= 19;
      case "uuid":
        return size >= 36;
      case "name":
        return size >= 63;
      case "character":
      case "bit":
        return !from.modifier().isEmpty() && size >= from.numbers().get(0);
      case "date":
        return true;
      default:
        return false;
    }
  }

  private static boolean isTime(Scalar type) {
    return type.name().startsWith("time") || type.name().equals("interval");
  }

  private static int scale(Scalar type) {
    return type.numbers().size() > 1 ? type.numbers().get(1) : 0;
  }
}
