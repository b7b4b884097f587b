/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Puts the types of a table's columns together from what the catalog says of their parts. */
final class TypeParts {
  private static final Type TABLE = new Type(0, -1);

  private final Map<Type, List<Part>> parts = new HashMap<>();

  /**
   * @param oid 0 for the table itself
   */
  record Type(long oid, int modifier) {}

  /**
   * A column, a member of a composite type, or what a domain, array or range is made of.
   *
   * @param name null where it has none
   * @param kind {@code typtype} of types that are made of others and of enums, or {@code array}, or
   *     {@code base}
   * @param text as {@code format_type} writes it
   * @param composite the name of a composite type that is no table's; null for others
   */
  record Part(String name, Type type, String kind, String text, String composite) {}

  /** In the order of the parts. */
  void add(Type whole, Part part) {
    parts.computeIfAbsent(whole, type -> new ArrayList<>()).add(part);
  }

  Map<String, ValueType> ofColumns() {
    Map<String, ValueType> columns = new LinkedHashMap<>();
    of(TABLE).forEach(column -> columns.put(column.name(), valueType(column)));
    return columns;
  }

  private List<Part> of(Type whole) {
    return parts.getOrDefault(whole, List.of());
  }

  private ValueType valueType(Part part) {
    switch (part.kind()) {
      case "d":
        return valueType(only(part));
      case "array":
        return new ValueType.Array(valueType(only(part)));
      case "c":
        return new ValueType.Row(
            of(part.type()).stream()
                .map(member -> new ValueType.Member(member.name(), valueType(member)))
                .toList(),
            part.composite());
      case "r":
      case "m":
        return new ValueType.Range(null, valueType(only(part)), false, part.kind().equals("m"));
      case "e":
        return ValueType.Scalar.of(part.text(), true);
      default:
        return ValueType.of(part.text());
    }
  }

  private Part only(Part whole) {
    return of(whole.type()).get(0);
  }
}
