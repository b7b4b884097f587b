/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.sink.target.TargetTable.TargetColumn;

/**
 * Whether two keys are equal on the subscriber exactly when they are on the provider. If two keys
 * of the provider were one on the subscriber, a row would be lost; if one key were two, as of a row
 * that is spelled anew, a row would stay that the provider has no more.
 */
public final class KeyEquality {
  /** Types whose values are equal only when their texts are. */
  private static final Set<String> EXACT =
      Set.of(
          "bool",
          "int2",
          "int4",
          "int8",
          "oid",
          "xid8",
          "uuid",
          "name",
          "char",
          "text",
          "varchar",
          "bytea",
          "date",
          "time",
          "timestamp",
          "timestamptz",
          "inet",
          "cidr",
          "macaddr",
          "macaddr8",
          "bit",
          "varbit",
          "pg_lsn");

  /** Types that hold any text, and those of them whose texts are spelled in one way only. */
  private static final Set<String> TEXTS = Set.of("text", "varchar");

  private static final Set<String> ONE_CASE =
      Set.of(
          "bool",
          "int2",
          "int4",
          "int8",
          "oid",
          "xid8",
          "uuid",
          "bytea",
          "date",
          "time",
          "timestamp",
          "timestamptz",
          "bit",
          "varbit",
          "macaddr",
          "macaddr8");

  /** Into which types of another equality a type goes without two of its values becoming one. */
  private static final Map<String, Set<String>> DISTINCT =
      Map.of(
          "int2", Set.of("numeric", "float4", "float8"),
          "int4", Set.of("numeric", "float8"),
          "int8", Set.of("numeric"),
          "oid", Set.of("numeric"),
          "float4", Set.of("float8"));

  private static final Pattern FIXED = Pattern.compile("(character|numeric)\\(.*\\)");

  private KeyEquality() {}

  /**
   * The first key column whose equality differs, with the statement that changes it, or nothing.
   */
  public static Optional<String> problem(
      TargetTable target, TableDefinition definition, List<String> key) {
    if (definition == null) {
      return Optional.empty();
    }
    for (String name : key) {
      TargetColumn here = target.columns().get(name);
      Optional<TableDefinition.Column> there =
          TableCheck.columnOf(definition, name).filter(column -> column.base() != null);
      if (there.isPresent() && !isSame(there.get(), here)) {
        return Optional.of(message(target.id(), there.get(), here));
      }
    }
    return Optional.empty();
  }

  static boolean isSame(TableDefinition.Column there, TargetColumn here) {
    String from = element(there.base());
    String to = element(here.typeName());
    boolean loose = !here.deterministic();
    if (there.collation() != null) {
      return loose
          && from.equals(to)
          && unqualified(there.collation()).equals(unqualified(here.collation()));
    }
    if (loose) {
      return ONE_CASE.contains(from);
    }
    if (unqualified(from).equals(unqualified(to))) {
      return true;
    }
    if (DISTINCT.getOrDefault(from, Set.of()).contains(to)) {
      return true;
    }
    // Texts of one length or scale are spelled in one way only.
    boolean exact = EXACT.contains(from) || FIXED.matcher(there.type()).matches();
    if (TEXTS.contains(to) || EXACT.contains(to)) {
      return exact;
    }
    return ONE_CASE.contains(from) && (unqualified(to).equals("citext") || to.equals("bpchar"));
  }

  private static String element(String type) {
    return type.startsWith("_") ? type.substring(1) : type;
  }

  private static String unqualified(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  private static String message(TableId table, TableDefinition.Column there, TargetColumn here) {
    String collate = there.collation() == null ? "" : " COLLATE " + there.collation();
    return ("Key column \"%s\" of table %s is %s on the provider but %s on the subscriber: keys"
            + " that are different on one side are equal on the other, so rows would be lost or"
            + " stay. Run: %s%s%s")
        .formatted(
            here.name(),
            table,
            there.type() + collate,
            here.type() + (here.collation() == null ? "" : " COLLATE " + here.collation()),
            here.alterType(table, there.type() + collate, "::" + there.type()),
            there.collation() == null
                ? ""
                : " The collation has to be created first, as the provider has it.",
            TableCheck.RESTART);
  }
}
