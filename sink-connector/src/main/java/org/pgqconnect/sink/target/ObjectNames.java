/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.sink.target.TargetTable.TargetColumn;
import org.pgqconnect.sink.target.ValueType.Array;
import org.pgqconnect.sink.target.ValueType.Range;
import org.pgqconnect.sink.target.ValueType.Row;
import org.pgqconnect.sink.target.ValueType.Scalar;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * Values that are names of objects of the database, which the subscriber need not have. The server
 * refuses such a name as it refuses that of a table in a statement.
 */
public final class ObjectNames {
  private static final Set<String> TYPES =
      Set.of(
          "regclass",
          "regcollation",
          "regconfig",
          "regdictionary",
          "regnamespace",
          "regoper",
          "regoperator",
          "regproc",
          "regprocedure",
          "regrole",
          "regtype",
          "aclitem");

  private static final Set<String> MISSING =
      Set.of(
          SqlState.UNDEFINED_TABLE,
          SqlState.UNDEFINED_FUNCTION,
          SqlState.INVALID_SCHEMA_NAME,
          SqlState.UNDEFINED_OBJECT, // a type, role, collation or configuration
          SqlState.AMBIGUOUS_FUNCTION); // several functions or operators

  /** What the server says of a failure in a trigger, default or generated column. */
  private static final Pattern IN_A_FUNCTION = Pattern.compile("(?m)^(SQL|PL/\\w+) function ");

  private ObjectNames() {}

  /** Whether it is a value of the table that names what the subscriber does not have. */
  public static boolean isMissing(SQLException refused, TargetTable target) {
    return SqlState.of(refused).filter(MISSING::contains).isPresent()
        && !columns(target).isEmpty()
        && refused instanceof PSQLException postgres
        && isOfAValue(postgres.getServerErrorMessage());
  }

  /** What a statement names is refused with the place in its text. */
  private static boolean isOfAValue(ServerErrorMessage server) {
    return server != null
        && server.getPosition() == 0
        && server.getInternalPosition() == 0
        && (server.getWhere() == null || !IN_A_FUNCTION.matcher(server.getWhere()).find());
  }

  /** What is refused, without the name: it is a value of the row. */
  public static String problem(TargetTable target) {
    List<TargetColumn> columns = columns(target);
    return "a value names an object that the subscriber's database does not have, %s %s"
        .formatted(
            columns.size() == 1 ? "column" : "one of the columns",
            columns.stream()
                .map(column -> "%s (%s)".formatted(column.name(), column.type()))
                .collect(Collectors.joining(", ")));
  }

  /** Such names are written out where the search path does not find them, as in what comes. */
  public static String remedy(TargetTable target) {
    String texts =
        columns(target).stream()
            .filter(column -> !target.primaryKey().contains(column.name()))
            .map(column -> asText(target, column))
            .filter(statement -> !statement.isEmpty())
            .collect(Collectors.joining(" "));
    return "Values of such a type stand for tables, functions, types, roles and the like of the"
        + " database that they are in. Create the object that the provider's row names"
        + (texts.isEmpty()
            ? ""
            : "; or keep the names as text, which needs no object: SET search_path = pg_catalog; %s RESET search_path;"
                .formatted(texts))
        + (texts.isEmpty() ? ", then" : " Then")
        + " restart the connector.";
  }

  private static String asText(TargetTable target, TargetColumn column) {
    String type = column.valueType() instanceof Array ? "text[]" : "text";
    return column.valueType() instanceof Scalar
            || column.valueType() instanceof Array array && array.element() instanceof Scalar
        ? column.alterType(target.id(), type, "::" + type)
        : "";
  }

  private static List<TargetColumn> columns(TargetTable target) {
    return target.columns().values().stream()
        .filter(column -> !column.generated() && holdsNames(column.valueType()))
        .toList();
  }

  private static boolean holdsNames(ValueType type) {
    if (type instanceof Array array) {
      return holdsNames(array.element());
    }
    if (type instanceof Range range) {
      return holdsNames(range.bound());
    }
    if (type instanceof Row row) {
      return row.members().stream().anyMatch(member -> holdsNames(member.type()));
    }
    return type instanceof Scalar scalar && TYPES.contains(scalar.name());
  }
}
