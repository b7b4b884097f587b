/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import static org.pgqconnect.postgres.Identifiers.quote;

import java.sql.Array;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.Values;

/**
 * What stands between the sink's role and the rows of a table: the kind of relation, row security,
 * rights, and rules and triggers that fire in the sink's session.
 *
 * @param kind {@code pg_class.relkind}
 * @param rowSecurity policies apply to the role
 * @param schemaUsage the role may use the table's schema
 * @param missing rights that the role lacks, as GRANT names them
 * @param rules rules for changes that fire in this session
 * @param triggers triggers that fire in this session, those of partitions as well
 * @param unlogged the table or partitions of it, quoted, that a crash of the server empties
 */
public record TableAccess(
    TableId table,
    char kind,
    boolean rowSecurity,
    String owner,
    String role,
    boolean schemaUsage,
    List<String> missing,
    List<String> rules,
    List<Trigger> triggers,
    List<String> unlogged) {

  /**
   * A trigger that is not the server's own.
   *
   * @param table the table, or the partition, that has it
   * @param always it fires for replicas as well
   */
  public record Trigger(TableId table, String name, boolean always) {}

  public TableAccess {
    missing = List.copyOf(missing);
    rules = List.copyOf(rules);
    triggers = List.copyOf(triggers);
    unlogged = List.copyOf(unlogged);
  }

  /**
   * Asks the catalog, for the session's own role.
   *
   * @param columns what will be written; null for all columns
   * @return nothing when there is no such relation
   */
  public static Optional<TableAccess> of(Session session, TableId table, Collection<String> columns)
      throws SQLException {
    return session.first(
        CatalogSql.ACCESS,
        row ->
            new TableAccess(
                table,
                row.getString(1).charAt(0),
                row.getBoolean(2),
                row.getString(3),
                row.getString(4),
                row.getBoolean(5),
                texts(row.getArray(6)),
                texts(row.getArray(7)),
                triggers(row.getArray(8)),
                texts(row.getArray(9))),
        Values.texts(columns),
        Values.texts(columns),
        table.schema(),
        table.table());
  }

  private static List<String> texts(Array array) throws SQLException {
    return List.of((String[]) array.getArray());
  }

  private static List<Trigger> triggers(Array array) throws SQLException {
    List<Trigger> triggers = new ArrayList<>();
    for (Object trigger : (Object[]) array.getArray()) {
      String[] names = (String[]) trigger;
      triggers.add(new Trigger(new TableId(names[0], names[1]), names[2], !names[3].equals("O")));
    }
    return triggers;
  }

  /** Why the sink cannot write the table exactly, each with the statement that changes it. */
  public List<String> problems() {
    List<String> problems = new ArrayList<>();
    if (kind != 'r' && kind != 'p') {
      problems.add(
          ("%s on the subscriber is %s %s, but rows are written to tables. Rename or drop it, and"
                  + " create the table that the provider has: ALTER %s %s RENAME TO %s;")
              .formatted(
                  table,
                  kindName().startsWith("I") ? "an" : "a",
                  kindName().toLowerCase(java.util.Locale.ROOT),
                  kindName(),
                  quote(table),
                  quote(Identifiers.withEnding(table.table(), "_other"))));
      return problems;
    }
    if (!schemaUsage || !missing.isEmpty()) {
      problems.add(missingRights());
    }
    if (rowSecurity) {
      problems.add(
          ("Row security of table %s on the subscriber applies to the sink's role \"%s\", so"
                  + " changes would miss the rows that its policies hide. As a superuser run: ALTER"
                  + " ROLE %s BYPASSRLS; or as the table's owner \"%s\": ALTER TABLE %s DISABLE ROW"
                  + " LEVEL SECURITY;")
              .formatted(table, role, quote(role), owner, quote(table)));
    }
    if (!unlogged.isEmpty()) {
      problems.add(
          ("Table %s on the subscriber is unlogged: a crash of the server empties it, and its rows"
                  + " are not sent again. As its owner \"%s\" run: %s")
              .formatted(
                  table,
                  owner,
                  unlogged.stream()
                      .map("ALTER TABLE %s SET LOGGED;"::formatted)
                      .collect(Collectors.joining(" "))));
    }
    for (String rule : rules) {
      problems.add(
          ("Rule \"%s\" on table %s of the subscriber changes what is written there, so the table"
               + " would differ from the provider's. As the table's owner \"%s\" run: ALTER TABLE"
               + " %s DISABLE RULE %s;")
              .formatted(rule, table, owner, quote(table), quote(rule)));
    }
    return problems;
  }

  private String missingRights() {
    List<String> grants = new ArrayList<>();
    if (!schemaUsage) {
      grants.add("GRANT USAGE ON SCHEMA %s TO %s;".formatted(quote(table.schema()), quote(role)));
    }
    if (!missing.isEmpty()) {
      grants.add(
          "GRANT %s ON %s TO %s;".formatted(String.join(", ", missing), quote(table), quote(role)));
    }
    return "Role \"%s\" cannot write table %s on the subscriber. Run as its owner \"%s\": %s"
        .formatted(role, table, owner, String.join(" ", grants));
  }

  private String kindName() {
    switch (kind) {
      case 'v':
        return "VIEW";
      case 'm':
        return "MATERIALIZED VIEW";
      case 'f':
        return "FOREIGN TABLE";
      case 'c':
        return "TYPE";
      case 'S':
        return "SEQUENCE";
      case 'i':
      case 'I':
        return "INDEX";
      default:
        return "TABLE";
    }
  }

  /** Triggers that may change what the sink writes, or nothing; no more is known of them. */
  public Optional<String> warning() {
    if (triggers.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        ("Triggers %s on table %s of the subscriber fire when the sink writes it: they may change"
             + " or skip what is written, or write rows that the provider sends as well. To be sure"
             + " that the tables equal the provider's: %s%s")
            .formatted(
                String.join(", ", triggerNames()),
                table,
                withoutTriggers(),
                triggers.stream().anyMatch(Trigger::always)
                    ? ""
                    : " or let the sink's role switch triggers off for its own session (PostgreSQL"
                        + " 15 and later): "
                        + TableCheck.switchOffFor(quote(role))));
  }

  /** The names of the triggers that fire. */
  public List<String> triggerNames() {
    return triggers.stream().map(Trigger::name).distinct().sorted().toList();
  }

  /** The statements that switch off what fires; for all triggers where none is known. */
  String withoutTriggers() {
    if (triggers.isEmpty()) {
      return withoutUserTriggers(table);
    }
    Map<TableId, List<String>> byTable = new LinkedHashMap<>();
    for (Trigger trigger : triggers) {
      byTable
          .computeIfAbsent(trigger.table(), t -> new ArrayList<>())
          .add("DISABLE TRIGGER " + quote(trigger.name()));
    }
    return byTable.entrySet().stream()
        .map(
            entry ->
                "ALTER TABLE %s %s;"
                    .formatted(quote(entry.getKey()), String.join(", ", entry.getValue())))
        .collect(Collectors.joining(" "));
  }

  /** The statement that switches off all triggers of a table, but not those of partitions alone. */
  public static String withoutUserTriggers(TableId table) {
    return "ALTER TABLE %s DISABLE TRIGGER USER;".formatted(quote(table));
  }

  /** Whether something of the subscriber's can make the server leave out a row. */
  public boolean mayLeaveOutRows() {
    return rowSecurity || !rules.isEmpty() || !triggers.isEmpty();
  }
}
