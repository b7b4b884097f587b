/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.write;

import static org.pgqconnect.postgres.Identifiers.quote;

import java.util.ArrayList;
import java.util.List;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.sink.target.TargetTable;
import org.pgqconnect.sink.target.TargetTable.Rule;
import org.pgqconnect.sink.target.TargetTable.TargetColumn;

/**
 * A value that a row may have for a moment without being in another one's way.
 *
 * @param value an expression over the row {@code t}
 */
record ParkingPlace(TargetColumn column, String value) {
  /** 32 hexadecimal digits; not of md5(), which servers in FIPS mode refuse. */
  private static final String HASH = "replace(gen_random_uuid()::text, '-', '')";

  /**
   * The values worth a try, best first. Other constraints may refuse one: a check, a foreign key, a
   * domain, or a rule for which two NULLs are equal.
   *
   * @param changing columns of the rule whose values will change, and may be others meanwhile
   */
  static List<ParkingPlace> of(Rule rule, List<String> changing, TargetTable target) {
    List<ParkingPlace> places = new ArrayList<>();
    List<String> free = changing.stream().filter(c -> !rule.referred().contains(c)).toList();
    for (String name : free) {
      if (rule.nullable().contains(name)) {
        places.add(new ParkingPlace(target.columns().get(name), "NULL"));
      }
    }
    for (String name : free) {
      TargetColumn column = target.columns().get(name);
      textValues(column).forEach(value -> places.add(new ParkingPlace(column, value)));
      for (String value : values(column, target)) {
        places.add(new ParkingPlace(column, "(" + value + ")::" + column.type()));
      }
    }
    return places;
  }

  /**
   * Texts that hold the row's own one have no cast: it would cut a longer one off silently, back to
   * the row's own, while an assignment refuses it.
   */
  private static List<String> textValues(TargetColumn column) {
    String own = "t." + quote(column.name()) + "::text";
    switch (simpleType(column)) {
      case "text":
      case "varchar":
      case "bpchar":
      case "name":
      case "citext":
        return List.of(
            "(" + HASH + ")::" + column.type(),
            own + " || " + HASH,
            HASH + " || " + own,
            "left(" + own + ", -4) || left(" + HASH + ", 4)",
            "left(" + own + ", -2) || left(translate(" + HASH + ", 'abcdef', '012345'), 2)",
            "upper(" + HASH + ")::" + column.type(),
            "translate(" + HASH + ", 'abcdef', '012345')::" + column.type());
      default:
        return List.of();
    }
  }

  private static String simpleType(TargetColumn column) {
    return column.typeName().substring(column.typeName().lastIndexOf('.') + 1);
  }

  private static List<String> values(TargetColumn column, TargetTable target) {
    String type = simpleType(column);
    return switch (type) {
      case "int2", "int4", "int8", "numeric", "float4", "float8" -> numbers(type, column, target);
      case "date", "timestamp", "timestamptz", "time", "timetz", "interval" -> times(type);
      case "money" -> List.of("(9000000000 * random())::pg_catalog.numeric");
      case "oid" -> List.of("(4000000000 * random())::int8");
      case "text", "varchar", "bpchar", "name", "citext" -> List.of(); // See textValues.
      case "uuid" -> List.of("gen_random_uuid()");
      case "bytea" -> List.of("decode(" + HASH + ", 'hex')");
      case "jsonb" -> List.of("to_jsonb(" + HASH + ")");
      case "bool" -> List.of("false", "true");
      case "inet", "cidr" -> List.of("'0.0.0.0'::inet + (4294967295 * random())::int8");
      case "macaddr" -> List.of("left(" + HASH + ", 12)");
      case "macaddr8" -> List.of("left(" + HASH + ", 16)");
      default -> List.of(type.endsWith("range") ? "'empty'" : unusedLabel(column, target));
    };
  }

  private static List<String> numbers(String type, TargetColumn column, TargetTable target) {
    List<String> anywhere =
        switch (type) {
          case "int2" -> List.of("(-32767 * random())::int2", "(32767 * random())::int2");
          case "int4" -> List.of("(-2147483647 * random())::int4", "(2147483647 * random())::int4");
          case "int8" ->
              List.of(
                  "(-9000000000000000000 * random())::int8",
                  "(9000000000000000000 * random())::int8");
          default ->
              List.of(
                  "-9000000000 * random()",
                  "9000000000 * random()",
                  "-9 * random()",
                  "9 * random()");
        };
    List<String> values = new ArrayList<>(anywhere);
    values.add(beyond(column, target));
    values.add(next(column, target));
    return values;
  }

  private static List<String> times(String type) {
    return switch (type) {
      case "date" -> List.of("'0001-01-01'::date + (random() * 600000)::int4");
      case "timestamp", "timestamptz" ->
          List.of(
              "'0001-01-01'::timestamp + random() * interval '600000 days'",
              "now() + random() * interval '600000 days'");
      case "interval" -> List.of("random() * interval '600000 days'");
      default -> List.of("('00:00'::time + random() * interval '24 hours')::time");
    };
  }

  /** For checks that allow what is next to the values in use. */
  private static String beyond(TargetColumn column, TargetTable target) {
    return "(SELECT max(x.%1$s) FROM %2$s AS x) + 1 + (10000 * random())::int4"
        .formatted(quote(column.name()), target.onlyItself());
  }

  /** For checks that leave hardly a value free. */
  private static String next(TargetColumn column, TargetTable target) {
    return "(SELECT max(x.%1$s) FROM %2$s AS x) + 1"
        .formatted(quote(column.name()), target.onlyItself());
  }

  /** Of an enumeration; NULL for types that are none. */
  private static String unusedLabel(TargetColumn column, TargetTable target) {
    return ("(SELECT l.enumlabel::text FROM pg_catalog.pg_enum l WHERE l.enumtypid = %1$s::regtype"
            + " AND NOT EXISTS (SELECT FROM %2$s AS x WHERE x.%3$s::text = l.enumlabel) ORDER"
            + " BY random() LIMIT 1)")
        .formatted(
            Identifiers.literal(column.baseType()), target.onlyItself(), quote(column.name()));
  }
}
