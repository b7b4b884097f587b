/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.write;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.pgqconnect.batch.DefinitionChange;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.sink.intake.Ownership;
import org.pgqconnect.sink.plan.OlderRows;
import org.pgqconnect.sink.statements.MissingRows;
import org.pgqconnect.sink.statements.TableWriter;
import org.pgqconnect.sink.target.ApplyException;
import org.pgqconnect.sink.target.Catalog;
import org.pgqconnect.sink.target.GeneratedColumns;
import org.pgqconnect.sink.target.HeldRows;
import org.pgqconnect.sink.target.PartRows;
import org.pgqconnect.sink.target.ServerTable;
import org.pgqconnect.sink.target.TableAccess;
import org.pgqconnect.sink.target.TableCheck;
import org.pgqconnect.sink.target.TargetTable;
import org.pgqconnect.sink.target.TargetTable.Cascade;
import org.pgqconnect.sink.target.TargetTable.TargetColumn;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The writers of the tables. One is made, and its table held against the provider's, when it is
 * first needed, when the provider describes the table otherwise, and after it was forgotten.
 */
final class TableWriters {
  private static final Logger LOG = LoggerFactory.getLogger(TableWriters.class);

  private final Session session;
  private final String subscription;
  private final Catalog catalog;
  private final ForeignKeys foreignKeys;
  private final MissingRows missing;
  private final boolean replica;
  private final Ownership ownership;
  private final AlteredBeside alteredBeside;
  private final Map<TableId, OlderRows> older = new HashMap<>();
  private final Map<TableId, TableWriter> writers = new HashMap<>();
  private final Map<TableId, String> warned = new HashMap<>();
  private final Map<TableId, TableAccess> accesses = new HashMap<>();
  private Set<TableId> copiedAgain = Set.of();

  /**
   * @param foreignKeys are forgotten along with a table
   * @param missing counts rows that are not there and must be
   * @param replica see {@link BatchWriter}, as for what follows
   */
  TableWriters(
      Session session,
      String subscription,
      ForeignKeys foreignKeys,
      MissingRows missing,
      boolean replica,
      Ownership ownership) {
    this.session = session;
    this.subscription = subscription;
    this.catalog = new Catalog(session);
    this.foreignKeys = foreignKeys;
    this.missing = missing;
    this.replica = replica;
    this.ownership = ownership;
    this.alteredBeside = new AlteredBeside(session);
  }

  /** Did other sessions alter one of the tables after its definition was read? */
  boolean isAlteredBeside(Set<TableId> written) throws SQLException {
    return alteredBeside.isAny(written);
  }

  /** The writer of a table as it was made last; null when there is none. */
  TableWriter get(TableId table) {
    return writers.get(table);
  }

  /** That of the table that the server names, or of any of some. */
  TableWriter atFault(SQLException failure, Set<TableId> tables) {
    return ServerTable.of(failure)
        .map(writers::get)
        .orElseGet(() -> writers.get(tables.iterator().next()));
  }

  /**
   * The writer of a table by a definition.
   *
   * @param definition the provider's, or null when it is not known
   * @throws ApplyException when the table cannot be written exactly
   */
  TableWriter of(TableId table, TableDefinition definition) throws SQLException {
    TableWriter writer = writers.get(table);
    if (writer != null && Objects.equals(writer.definition(), definition)) {
      return writer;
    }
    forget(table);
    alteredBeside.reads(table);
    requireAccess(table, definition);
    Optional<TargetTable> target = catalog.table(table, definition, subscription);
    if (target.isEmpty()) {
      throw new ApplyException(
          TableCheck.missingTable(table, definition, catalog.schemaExists(table.schema())));
    }
    new GeneratedColumns(session).require(target.get(), definition);
    TableWriter created =
        new TableWriter(session, target.get(), definition, missing, catalog.tellsNewRows(table));
    created.copiedAgain(copiedAgain.contains(table));
    created.older(older.getOrDefault(table, OlderRows.NONE));
    if (!replica) {
      refuse(created, TableCheck.harmful(target.get(), created.key(), ownership::owns), List.of());
      Optional<String> immovable =
          TableCheck.immovable(target.get(), created.key(), session.role());
      if (immovable.isPresent()) {
        throw new ApplyException(immovable.get());
      }
    }
    writers.put(table, created);
    return created;
  }

  private void refuse(TableWriter table, List<Cascade> harmful, List<PartRows> unread)
      throws SQLException {
    if (!harmful.isEmpty()) {
      throw new ApplyException(
          TableCheck.cascades(table.target(), harmful, session.role(), unread));
    }
  }

  /** A table that refers to this one may be the subscriber's own, though its name would fit. */
  void refuseUnknownReferrers(TableWriter table, TablesInCopy inCopy) throws SQLException {
    List<Cascade> harmful = new ArrayList<>();
    List<PartRows> unread = new ArrayList<>();
    for (Cascade cascade : TableCheck.harmful(table.target(), table.key(), inCopy::isHeardOf)) {
      PartRows rows = PartRows.of(session, cascade.child());
      if (new HeldRows(session).maybeAny(rows)) {
        harmful.add(cascade);
        rows.unreadable().ifPresent(remedy -> unread.add(rows));
      }
    }
    refuse(table, harmful, unread);
  }

  private void requireAccess(TableId table, TableDefinition definition) throws SQLException {
    Optional<TableAccess> access =
        TableAccess.of(
            session,
            table,
            definition == null
                ? null
                : definition.columns().stream().map(TableDefinition.Column::name).toList());
    if (access.isEmpty()) {
      return;
    }
    List<String> problems = access.get().problems();
    if (!problems.isEmpty()) {
      throw new ApplyException(String.join(" ", problems) + TableCheck.RESTART);
    }
    accesses.put(table, access.get());
    access
        .get()
        .warning()
        .filter(warning -> !warning.equals(warned.put(table, warning)))
        .ifPresent(LOG::warn);
  }

  /** What is known of the tables that were written: what fires there. */
  Map<TableId, TableAccess> accesses() {
    return Collections.unmodifiableMap(accesses);
  }

  /**
   * Holds the rows of a table against what ALTER TABLE made of the provider's, once it is known.
   * Rows that this transaction has written, or will write as they were before, are made equal.
   *
   * @param changes of one table, in their order; those of the transaction's earlier parts are known
   * @param isWritten the transaction has written rows of the table
   * @return why only a copy makes them equal, or nothing
   * @throws ApplyException when they differ, with the statement that makes them equal
   */
  Optional<String> requireSameRows(List<DefinitionChange> changes, boolean isWritten)
      throws SQLException {
    TableId table = changes.get(0).after().table();
    OlderRows known = older.getOrDefault(table, OlderRows.NONE);
    List<TableDefinition> definitions = known.definitions();
    for (DefinitionChange next : changes) {
      definitions = OlderRows.then(definitions, next);
    }
    DefinitionChange change = OlderRows.net(definitions);
    forget(table);
    Optional<TargetTable> target = catalog.table(table, change.after(), subscription);
    if (target.isEmpty()) {
      return Optional.empty();
    }
    if (isWritten) {
      requireTypes(target.get(), changes);
    }
    EarlierRows earlier = new EarlierRows(session, subscription);
    Optional<String> copyNeeded = OlderRows.copyNeeded(definitions);
    if (copyNeeded.isEmpty()) {
      copyNeeded = earlier.copyNeeded(target.get(), change);
    }
    if (copyNeeded.isEmpty()) {
      // Columns first: what is computed is made of them.
      Map<String, String> added = earlier.require(target.get(), change, known.added());
      new GeneratedColumns(session).require(target.get(), change.after());
      older.put(table, new OlderRows(definitions, added));
    }
    return copyNeeded;
  }

  /** Rows that came before their column's type was known may have been written with a loss. */
  private static void requireTypes(TargetTable target, List<DefinitionChange> changes) {
    for (DefinitionChange change : changes) {
      for (TableDefinition.Column column : change.after().columns()) {
        TargetColumn here = target.columns().get(column.name());
        if (here != null
            && change.before(column).filter(old -> !old.type().equals(column.type())).isPresent()) {
          TableCheck.lossyType(target.id(), here, change.after())
              .ifPresent(
                  problem -> {
                    throw new ApplyException(problem);
                  });
        }
      }
    }
  }

  /** Reads the table's definition again before its next use. */
  void forget(TableId table) {
    TableWriter old = writers.remove(table);
    if (old != null) {
      old.close();
    }
    foreignKeys.forget();
  }

  /** Reads all definitions again before their next use. */
  void forgetAll() {
    List.copyOf(writers.keySet()).forEach(this::forget);
  }

  /** A transaction begins, which has written no rows by older definitions. */
  void begin() {
    List.copyOf(older.keySet()).forEach(this::forget);
    older.clear();
  }

  /** Says which tables are copied again while their rows stay. */
  void copiedAgain(Set<TableId> tables) {
    copiedAgain = Set.copyOf(tables);
    writers.forEach((table, writer) -> writer.copiedAgain(tables.contains(table)));
  }
}
