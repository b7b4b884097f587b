/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.statements;

import static org.pgqconnect.postgres.Identifiers.quote;

import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.sink.assemble.Image;
import org.pgqconnect.sink.target.ApplyException;
import org.pgqconnect.sink.target.Catalog;
import org.pgqconnect.sink.target.Clash;
import org.pgqconnect.sink.target.Constraint;
import org.pgqconnect.sink.target.DatabaseEncoding;
import org.pgqconnect.sink.target.ObjectNames;
import org.pgqconnect.sink.target.ServerTable;
import org.pgqconnect.sink.target.TableAccess;
import org.pgqconnect.sink.target.TableCheck;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * What the server refused, for an operator: table, key, column, constraint and batch. Values other
 * than keys are left out.
 *
 * @param context the batch that the row came with
 * @param catalog asked for the constraint that refused, where the transaction still takes questions
 */
public record Failure(TableWriter writer, MessageContext context, Catalog catalog) {
  private static final Pattern ENUM_LABEL =
      Pattern.compile(
          "invalid input value for enum (?<type>(?:\"(?:[^\"]|\"\")*\"|[^\":])+): \"(?<label>.*)\"",
          Pattern.DOTALL);
  private static final Pattern DENIED =
      Pattern.compile("permission denied for (?<kind>schema|table|sequence|function) (?<name>.+)");
  private static final String RESTART = "then restart the connector.";

  /**
   * @param row the row that was refused, or null when it is one of several
   */
  public ApplyException of(Image row, SQLException refused) {
    TableId table = writer.target().id();
    ServerErrorMessage server =
        refused instanceof PSQLException postgres ? postgres.getServerErrorMessage() : null;
    StringBuilder message =
        new StringBuilder("The subscriber rejects a row of table ").append(table);
    if (row != null) {
      message.append(", key (").append(writer.describeKey(row)).append(')');
    }
    message.append(", ").append(context).append(": ");
    message.append(
        ObjectNames.isMissing(refused, writer.target())
            ? ObjectNames.problem(writer.target())
            : withoutValue(server == null ? refused.getMessage() : server.getMessage()));
    append(message, ", column ", server == null ? null : server.getColumn());
    append(message, ", constraint ", server == null ? null : server.getConstraint());
    if (namesOnlyKeys(refused)) {
      append(message, ". ", server == null ? null : server.getDetail());
    }
    message.append(" (SQLSTATE ").append(SqlState.of(refused).orElse("unknown")).append("). ");
    message.append(remedy(refused, server));
    message.append(" Nothing of the batch was applied.");
    // Without the cause: its message may hold values.
    return new ApplyException(message.toString(), Clash.of(refused));
  }

  /** A statement that cannot work, whatever the rows. */
  public ApplyException ofStatement(SQLException refused) {
    TableId table = writer.target().id();
    if (ObjectNames.isMissing(refused, writer.target())) {
      return of(null, refused);
    }
    ServerErrorMessage server =
        refused instanceof PSQLException postgres ? postgres.getServerErrorMessage() : null;
    StringBuilder message =
        new StringBuilder("The subscriber rejects writes to table ")
            .append(table)
            .append(", ")
            .append(context)
            .append(": ")
            .append(server == null ? refused.getMessage() : server.getMessage());
    append(message, ", constraint ", server == null ? null : server.getConstraint());
    message.append(" (SQLSTATE ").append(SqlState.of(refused).orElse("unknown")).append(").");
    append(message, " ", server == null ? null : server.getHint());
    String where = server == null ? null : server.getWhere();
    if (where != null && where.contains("function")) {
      message
          .append(" It comes from ")
          .append(where.lines().findFirst().orElse(""))
          .append(
              ", which a trigger, constraint, default or generated column of the table calls. It"
                  + " runs with the sink's rights, and with search_path pg_catalog: let it name its"
                  + " objects with their schema (ALTER FUNCTION .. SET search_path = ..), grant it"
                  + " what it needs, or disable the trigger: ")
          .append(withoutTriggers(table))
          .append(" Then restart the connector.");
    } else if (SqlState.is(refused, SqlState.INSUFFICIENT_PRIVILEGE)) {
      message.append(' ').append(grant(table, server)).append(' ').append(RESTART);
    } else {
      message.append(" Remove the cause, ").append(RESTART);
    }
    message.append(" Nothing of the batch was applied.");
    return new ApplyException(message.toString());
  }

  /**
   * The statement that gives the role what it lacks. By the wording, without the schema, which the
   * server does not name: most are in that of the table.
   */
  private String grant(TableId table, ServerErrorMessage server) {
    Matcher denied = DENIED.matcher(server == null ? "" : String.valueOf(server.getMessage()));
    String role = find(() -> Optional.of(quote(catalog.role()))).orElse("<role>");
    if (!denied.matches()) {
      return "Grant role %s what it lacks; for the table itself: GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %1$s;"
          .formatted(role, quote(table));
    }
    String name = denied.group("name");
    TableId object = new TableId(table.schema(), name);
    String right =
        switch (denied.group("kind")) {
          case "schema" -> "USAGE ON SCHEMA " + quote(name);
          case "sequence" -> "USAGE ON SEQUENCE " + quote(object);
          case "function" -> "EXECUTE ON FUNCTION " + quote(object);
          default ->
              (name.equals(table.table()) ? "SELECT, INSERT, UPDATE, DELETE" : "SELECT")
                  + " ON "
                  + quote(object);
        };
    return "As its owner run, with the schema%s: GRANT %s TO %s;"
        .formatted(
            denied.group("kind").equals("function")
                ? " that it is in, and with its arguments where several have the name (psql: \\df %s)"
                    .formatted(name)
                : " that it is in",
            right,
            role);
  }

  /** {@code invalid input syntax for type integer: "x"} names a value that need not be a key. */
  private static String withoutValue(String message) {
    int value = String.valueOf(message).indexOf(": \"");
    return value < 0 ? message : message.substring(0, value);
  }

  private static boolean namesOnlyKeys(SQLException refused) {
    return SqlState.is(refused, SqlState.UNIQUE_VIOLATION)
        || SqlState.of(refused).filter(SqlState::isForeignKey).isPresent();
  }

  private static void append(StringBuilder message, String label, String value) {
    if (value != null) {
      message.append(label).append(value);
    }
  }

  private String remedy(SQLException refused, ServerErrorMessage server) {
    TableId table = writer.target().id();
    if (ObjectNames.isMissing(refused, writer.target())) {
      return ObjectNames.remedy(writer.target());
    }
    String constraint = server == null ? null : server.getConstraint();
    return switch (SqlState.of(refused).orElse("")) {
      case SqlState.NOT_NULL_VIOLATION -> notNull(table, server);
      case SqlState.FOREIGN_KEY_VIOLATION, SqlState.RESTRICT_VIOLATION ->
          foreignKey(table, constraint, server);
      case SqlState.EXCLUSION_VIOLATION, SqlState.UNIQUE_VIOLATION ->
          ("Another row is in its place. If the provider does not have that row, delete it; if the"
               + " provider has it, leave it, for it would not come back: let the sink's role"
               + " switch foreign keys off for its own session, so that rows may exchange such"
               + " values (PostgreSQL 15 and later): %s or drop the constraint: %s then restart the"
               + " connector.")
              .formatted(switchOff(), droppedUnique(server, constraint));
      case SqlState.CHECK_VIOLATION -> check(table, constraint, server);
      case SqlState.RAISED ->
          ("A trigger or function of the subscriber raised this. Let it accept what the provider"
                  + " accepted, or switch the table's triggers off: %s %s")
              .formatted(withoutTriggers(table), RESTART);
      case SqlState.UNTRANSLATABLE_CHARACTER, SqlState.CHARACTER_NOT_IN_REPERTOIRE ->
          encoding().flatMap(encoding -> encoding.lacksCharacter(table)).orElse(type(table));
      case SqlState.STRING_TOO_LONG ->
          encoding()
              .filter(encoding -> otherTypes().isEmpty())
              .flatMap(encoding -> encoding.countsBytes(writer.target()))
              .orElse(type(table));
      case SqlState.INVALID_TEXT ->
          missingLabel(server)
              .orElseGet(() -> type(table) + encoding().map(DatabaseEncoding::hint).orElse(""));
      default -> type(table);
    };
  }

  private String notNull(TableId table, ServerErrorMessage server) {
    if (server != null && server.getDatatype() != null) {
      return ("The provider's type allows NULL, or holds some from before it forbade them."
              + " Run: ALTER DOMAIN %s DROP NOT NULL; %s")
          .formatted(quote(new TableId(server.getSchema(), server.getDatatype())), RESTART);
    }
    String column = server == null ? null : server.getColumn();
    if (column == null) {
      return "";
    }
    Optional<Constraint> filled =
        find(() -> catalog.constraint(ServerTable.of(server).orElse(table), null, column));
    return ("If the provider does not send the column, allows NULL in it or holds some from before"
                + " it forbade them: ALTER TABLE %1$s ALTER COLUMN %2$s DROP NOT NULL; or ALTER"
                + " TABLE %1$s ALTER COLUMN %2$s SET DEFAULT ..; then restart the connector.")
            .formatted(quote(filled.map(Constraint::owner).orElse(table)), quote(column))
        + addAgain(filled);
  }

  /**
   * The server names the table that holds the constraint; a row refused for being still referenced
   * is of the other one.
   */
  private String foreignKey(TableId table, String constraint, ServerErrorMessage server) {
    TableId child = ServerTable.of(server).orElse(table);
    if (isStillReferenced(server) || !child.equals(table) && !isMissingParent(server)) {
      return stillReferenced(table, child, constraint);
    }
    Optional<Constraint> declared = find(() -> catalog.constraint(child, constraint, null));
    return ("Replicate the table it refers to as well, through the same queue and this connector,"
                + " unless it is; or let the sink's role switch foreign keys off for its own"
                + " session (PostgreSQL 15 and later): %s then restart the connector. If the"
                + " provider holds rows without the row that they refer to, as beside a foreign key"
                + " that was added NOT VALID, and the role is to have no such right: %s then"
                + " restart the connector.")
            .formatted(switchOff(), dropped(declared, child, constraint))
        + addAgain(declared);
  }

  private Optional<DatabaseEncoding> encoding() {
    return find(() -> Optional.ofNullable(catalog.encoding()));
  }

  private List<String> otherTypes() {
    return TableCheck.otherTypes(writer.target(), writer.definition());
  }

  private String check(TableId table, String constraint, ServerErrorMessage server) {
    if (constraint == null) {
      Optional<TableId> whole =
          find(() -> Optional.ofNullable(catalog.wholes(List.of(table)).get(table)));
      if (whole.isPresent()) {
        return ("On the subscriber the table is a partition of %1$s, whose bounds the row is"
                + " outside of. Detach it: ALTER TABLE %1$s DETACH PARTITION %2$s; %3$s")
            .formatted(quote(whole.get()), quote(table), RESTART);
      }
      return ("No partition of the subscriber's table takes the row. Create the one that the"
              + " provider has, or one for all other rows: CREATE TABLE %s PARTITION OF %s"
              + " DEFAULT; %s")
          .formatted(
              quote(new TableId(table.schema(), Identifiers.withEnding(table.table(), "_default"))),
              quote(table),
              RESTART);
    }
    if (server.getDatatype() != null) {
      TableId domain = new TableId(server.getSchema(), server.getDatatype());
      return ("The provider's type has no such constraint, or another one, or holds values from"
                  + " before it had it. Run: ALTER DOMAIN %s DROP CONSTRAINT %s; %s")
              .formatted(quote(domain), quote(constraint), RESTART)
          + find(() -> catalog.domainConstraint(domain, constraint))
              .flatMap(Constraint::addedToDomain)
              .map(
                  (" If the provider has it NOT VALID, such values come again whenever their rows"
                          + " change: add it here when it is valid there: %s")
                      ::formatted)
              .orElse("");
    }
    TableId holder = ServerTable.of(server).orElse(table);
    Optional<Constraint> declared = find(() -> catalog.constraint(holder, constraint, null));
    return ("The provider's table has no such constraint, or another one, or it holds rows from"
                + " before it had it, as beside one that was added NOT VALID, or the constraint"
                + " calls a function that decides otherwise here. Run: %s %s")
            .formatted(dropped(declared, holder, constraint), RESTART)
        + addAgain(declared);
  }

  private String switchOff() {
    return TableCheck.switchOffFor(
        find(() -> Optional.of(catalog.role())).map(Identifiers::quote).orElse("<role>"));
  }

  private String withoutTriggers(TableId table) {
    return find(() -> Optional.of(catalog.withoutTriggers(table)))
        .orElseGet(() -> TableAccess.withoutUserTriggers(table));
  }

  private static String dropped(Optional<Constraint> declared, TableId table, String name) {
    return declared
        .or(() -> Optional.ofNullable(name).map(known -> new Constraint(table, known, null)))
        .map(Constraint::dropped)
        .orElse("ALTER TABLE %s DROP CONSTRAINT <name>;".formatted(quote(table)));
  }

  private String droppedUnique(ServerErrorMessage server, String name) {
    TableId holder = ServerTable.of(server).orElse(writer.target().id());
    return find(() -> catalog.droppedUnique(holder, name))
        .orElseGet(() -> dropped(Optional.empty(), holder, name));
  }

  /** In this order, for it would refuse the rest of the copy as well. */
  private static String addAgain(Optional<Constraint> constraint) {
    return constraint
        .flatMap(Constraint::addedAgain)
        .map(
            (" If the provider has it, add it again only when the copy of the table is done (its"
                 + " state in pgq_connect.subscribed_table is ok), without a check of the rows that"
                 + " are there: %s")
                ::formatted)
        .orElse("");
  }

  /** Nothing where the failure has left the transaction to be rolled back. */
  private static <T> Optional<T> find(Question<T> question) {
    try {
      return question.ask();
    } catch (SQLException e) {
      return Optional.empty();
    }
  }

  private interface Question<T> {
    Optional<T> ask() throws SQLException;
  }

  /** A value that the subscriber's type does not take: which one it is the server seldom says. */
  private String type(TableId table) {
    List<String> changes = otherTypes();
    if (changes.isEmpty()) {
      return ("All columns are declared as on the provider, so their types themselves differ: a"
              + " label that an enum lacks here, another domain or composite type, another"
              + " version of an extension. Compare the types of %s with the provider's (\\dT+"
              + " in psql) and alter those of the subscriber, %s")
          .formatted(table, RESTART);
    }
    return "Give the subscriber's columns the provider's types: %s %s"
        .formatted(String.join(" ", changes), RESTART);
  }

  /**
   * A label that an enum of the subscriber lacks. By the wording; where the server speaks another
   * language, or the provider's column is no enum so that the text is a value, not at all.
   */
  private Optional<String> missingLabel(ServerErrorMessage server) {
    Matcher lacking = ENUM_LABEL.matcher(server == null ? "" : String.valueOf(server.getMessage()));
    if (!lacking.matches() || !otherTypes().isEmpty()) {
      return Optional.empty();
    }
    String type = lacking.group("type");
    String label = lacking.group("label");
    return Optional.of(
        ("Type %1$s of the subscriber has no label %2$s. If the provider added it: ALTER TYPE %1$s"
             + " ADD VALUE %2$s; %3$s If the provider had it once and has renamed it, rows that"
             + " were written before are still on their way: add it here as well, and when the sink"
             + " has continued, run this, which brings the rows with the label that they have now:"
             + " %4$s")
            .formatted(
                type,
                Identifiers.literal(label),
                RESTART,
                context.remedy().resync(writer.target().id())));
  }

  /** The constraint may be that of a partition. By the wording, too. */
  private static boolean isMissingParent(ServerErrorMessage server) {
    return server != null
        && server.getMessage() != null
        && server.getMessage().startsWith("insert or update on table");
  }

  /** A table that refers to itself. By the wording, since nothing else of the error shows it. */
  private static boolean isStillReferenced(ServerErrorMessage server) {
    return server != null
        && server.getMessage() != null
        && server.getMessage().startsWith("update or delete on table");
  }

  /** A row was to be deleted while rows of another table refer to it. */
  private String stillReferenced(TableId table, TableId child, String constraint) {
    return ("Rows of table %s on the subscriber still refer to it. If %s is replicated, let it come"
            + " through the same queue and this connector, so that its rows are deleted with"
            + " those of %s; if it is the subscriber's own, delete the rows that refer to the"
            + " key above. Where a row condition leaves out rows that it refers to, the"
            + " subscriber cannot check this foreign key. Or let the sink's role switch foreign"
            + " keys off for its own session (PostgreSQL 15 and later): %s or drop the"
            + " constraint: %s then restart the connector.")
        .formatted(
            child,
            child,
            table,
            switchOff(),
            dropped(find(() -> catalog.constraint(child, constraint, null)), child, constraint));
  }
}
