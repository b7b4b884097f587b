/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.setup;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.source.capture.CaptureInstaller;
import org.pgqconnect.source.external.ExternalTables;

/** Whether the tables that the configuration names can be published. */
final class TableChecks {
  /** States of a copy for which the table has yet to be read. */
  private static final Set<String> COPIED = Set.of("requested", "copying");

  private final Provisioning.Settings wanted;
  private final List<String> problems = new ArrayList<>();
  private final Set<TableId> published = new LinkedHashSet<>();

  TableChecks(Provisioning.Settings wanted) {
    this.wanted = requireNonNull(wanted, "wanted");
  }

  /** What is wrong with the tables that were checked, in words. */
  List<String> problems() {
    return problems;
  }

  /** The tables that were met which the configuration publishes. */
  Set<TableId> published() {
    return published;
  }

  /** Tables are named or not: some trigger has to fill the queue. */
  void checkForeign(Connection connection, Collection<TableId> captured) throws SQLException {
    Set<TableId> tables = new LinkedHashSet<>(captured);
    tables.addAll(new ExternalTables(connection, wanted.queue()).published());
    tables.stream().filter(wanted.tables()).forEach(published::add);
    if (published.isEmpty()) {
      problems.add(
          ("No trigger writes changes of a table that matches %s into queue \"%s\". Tables with"
               + " such triggers: %s. The patterns are matched against the whole of schema.table;"
               + " for Londiste: londiste <root's .ini> add-table <table>")
              .formatted(
                  wanted.tables().namesTables() ? wanted.tables() : "anything",
                  wanted.queue(),
                  tables.isEmpty() ? "none" : tables));
    }
  }

  /** Of those that the configuration names: whether each can be captured, read and copied. */
  void checkNamed(Session session, Collection<TableId> captured) throws SQLException {
    Map<TableId, String> copies =
        captured.isEmpty()
            ? Map.of()
            : new CaptureInstaller().copies(session.connection(), wanted.queue());
    List<TableId> foreign = new ArrayList<>();
    session.each(
        ValidationSql.TABLES,
        row -> {
          TableId table = new TableId(row.getString(1), row.getString(2));
          if (!wanted.tables().test(table)) {
            return;
          }
          if (row.getBoolean(9) && !captured.contains(table)) {
            foreign.add(table); // The connector does not add such a table automatically.
            return;
          }
          published.add(table);
          checkTable(
              table,
              captured.contains(table),
              COPIED.contains(copies.getOrDefault(table, "")),
              row);
        });
    if (published.isEmpty() && !foreign.isEmpty()) {
      problems.add(
          ("%s is a foreign table, which a source connector does not add"
                  + " automatically, as nothing says which columns identify its rows. Add it"
                  + " with --key: %s")
              .formatted(foreign.get(0), Remedy.addHelp()));
    } else if (published.isEmpty()) {
      problems.add(
          ("No table of database \"%s\" matches %s. The patterns are matched against"
                  + " the whole of schema.table, e.g. public.accounts")
              .formatted(wanted.connection().database(), wanted.tables()));
    }
  }

  /**
   * @param copied whether a captured table is to be copied
   */
  private void checkTable(TableId table, boolean captured, boolean copied, ResultSet rows)
      throws SQLException {
    if (table.schema().contains(".")) {
      problems.add(ambiguous(table));
      return;
    }
    String quoted = Identifiers.quote(table);
    String role = Identifiers.quote(wanted.connection().user());
    if (!captured && !wanted.provisions()) {
      problems.add(
          "Table %s is not captured by queue \"%s\". Add it: %s"
              .formatted(table, wanted.queue(), wanted.remedy().add(table)));
    }
    if (!captured && wanted.provisions() && rows.getString(3) != null) {
      problems.add(
          ("Role %s cannot create triggers on table %s. Grant it: GRANT TRIGGER ON %s"
                  + " TO %s, or add the table with its owner: %s")
              .formatted(
                  role,
                  table,
                  rows.getString(3),
                  role,
                  wanted.remedy().addAs(rows.getString(7), table)));
    }
    if (!captured && !rows.getBoolean(5)) {
      problems.add(noKey(table, List.of((String[]) rows.getArray(8).getArray())));
    }
    if (!rows.getBoolean(6)) {
      problems.add(
          "Role %s cannot use schema %s of table %s. Grant it: GRANT USAGE ON SCHEMA %s TO %s"
              .formatted(
                  role,
                  Identifiers.quote(table.schema()),
                  table,
                  Identifiers.quote(table.schema()),
                  role));
    }
    if (!rows.getBoolean(4) && (copied || !captured && wanted.copiesAddedTables())) {
      problems.add(
          "Role %s cannot read table %s, which its copy needs. Grant it: GRANT SELECT ON %s TO %s"
              .formatted(role, table, quoted, role));
    }
  }

  private static String ambiguous(TableId table) {
    String schema = Identifiers.quote(table.schema());
    return ("Table %s lies in schema %s, whose name holds a dot: schema.table would be"
            + " ambiguous. Rename it: ALTER SCHEMA %s RENAME TO %s; or leave the table out")
        .formatted(
            Identifiers.quote(table),
            schema,
            schema,
            Identifiers.quote(table.schema().replace('.', '_')));
  }

  private String noKey(TableId table, List<String> unique) {
    String what =
        "Table %s has no primary key, so its changes cannot be distinguished. ".formatted(table);
    return unique.isEmpty()
        ? what
            + ("No unique key of columns that are NOT NULL exists either. Add one, for"
                    + " instance: ALTER TABLE %s ADD COLUMN row_id bigint GENERATED ALWAYS AS"
                    + " IDENTITY PRIMARY KEY; or leave the table out")
                .formatted(Identifiers.quote(table))
        : what
            + "Take its unique key (%s): %s; or make that its primary key: ALTER TABLE %s ADD PRIMARY KEY (%s)"
                .formatted(
                    String.join(", ", unique),
                    wanted.remedy().addKeyed(table, unique),
                    Identifiers.quote(table),
                    Identifiers.list(unique));
  }
}
