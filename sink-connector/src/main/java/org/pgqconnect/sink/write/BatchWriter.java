/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.write;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.pgqconnect.batch.DefinitionChange;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.postgres.SqlState.Verdict;
import org.pgqconnect.sink.intake.Ownership;
import org.pgqconnect.sink.plan.Effects;
import org.pgqconnect.sink.plan.KeyReader;
import org.pgqconnect.sink.plan.NetEffect;
import org.pgqconnect.sink.statements.ArrayRows;
import org.pgqconnect.sink.statements.CopyGate;
import org.pgqconnect.sink.statements.Failure;
import org.pgqconnect.sink.statements.MessageContext;
import org.pgqconnect.sink.statements.MissingRows;
import org.pgqconnect.sink.statements.NetRows;
import org.pgqconnect.sink.statements.RowWriter;
import org.pgqconnect.sink.statements.StagedRows;
import org.pgqconnect.sink.statements.TableEmptier;
import org.pgqconnect.sink.statements.TableWriter;
import org.pgqconnect.sink.target.ApplyException;
import org.pgqconnect.sink.target.Catalog;
import org.pgqconnect.sink.target.Clash;
import org.pgqconnect.sink.target.DatabaseEncoding;
import org.pgqconnect.sink.target.HeldRows;
import org.pgqconnect.sink.target.TableAccess;

/**
 * Writes net effects into the open transaction of one session: tables are emptied, rows deleted,
 * rows written.
 */
public final class BatchWriter {
  private final Session session;
  private final String subscription;
  private final Catalog catalog;
  private final ForeignKeys foreignKeys;
  private final TableWriters writers;
  private final TableEmptier emptier;
  private final boolean replica;
  private final Map<TableId, CopyGate> gates = new HashMap<>();
  private final CopiedKeys copiedKeys;
  private final Settling settling;
  private final GeneratedValues generated;
  private final MissingRows missing = new MissingRows();
  private Staging staging;
  private TablesInCopy inCopy;
  private TableId writing;

  /**
   * @param subscription whose repeated copies these are
   * @param replica the session's replication role is {@code replica}: foreign keys and ordinary
   *     triggers do not fire
   * @param ownership the tables whose rows are written when the provider sends them
   */
  public BatchWriter(Session session, String subscription, boolean replica, Ownership ownership) {
    this.session = session;
    this.subscription = subscription;
    this.catalog = new Catalog(session);
    this.emptier = new TableEmptier(session);
    this.copiedKeys = new CopiedKeys(session, subscription);
    this.replica = replica;
    this.foreignKeys = new ForeignKeys(catalog);
    this.writers =
        new TableWriters(session, subscription, foreignKeys, missing, replica, ownership);
    this.generated = new GeneratedValues(session, writers);
    this.settling = new Settling(session, subscription, replica, writers, foreignKeys, missing);
    this.inCopy = TablesInCopy.none(ownership);
  }

  /**
   * Starts an empty set of effects.
   *
   * @param definitions the tables that will be written, as the provider describes them; null values
   *     where it has not
   * @throws ApplyException when the subscriber lacks one of the tables or its key, or a delete
   *     would reach rows of other tables
   */
  public Effects effects(Map<TableId, TableDefinition> definitions) throws SQLException {
    Map<TableId, KeyReader> keys = new HashMap<>();
    for (Map.Entry<TableId, TableDefinition> entry : definitions.entrySet()) {
      keys.put(entry.getKey(), writers.of(entry.getKey(), entry.getValue()).keyReader());
    }
    return new Effects(keys);
  }

  /** What is known of the tables that were written: what fires there. */
  public Map<TableId, TableAccess> accesses() {
    return writers.accesses();
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
  public Optional<String> requireSameRows(List<DefinitionChange> changes, boolean isWritten)
      throws SQLException {
    return writers.requireSameRows(changes, isWritten);
  }

  /**
   * Did other sessions alter one of the tables after its definition was read, and before it was
   * written? To be asked when the last row is written.
   */
  public boolean isAlteredBeside(Set<TableId> written) throws SQLException {
    Set<TableId> all = new HashSet<>(written);
    all.addAll(settling.setAside());
    return writers.isAlteredBeside(all);
  }

  /** Reads the table's definition again before its next use. */
  public void forget(TableId table) {
    writers.forget(table);
  }

  /** Reads all definitions again before their next use. */
  public void forgetAll() {
    writers.forgetAll();
  }

  /**
   * Can the table be copied again while its rows stay? One without rows need not be.
   *
   * @param definition see {@link #effects}
   */
  public boolean keepsRowsInCopy(TableId table, TableDefinition definition) throws SQLException {
    return new HeldRows(session).any(writers.of(table, definition).target().onlyItself());
  }

  /** Says which tables hold other rows than the provider's. */
  public void inCopy(TablesInCopy tables) {
    inCopy = tables;
    writers.copiedAgain(tables.copiedAgain());
  }

  /**
   * A copy of the table begins, or none is under way any more: forgets what one before has brought.
   *
   * @param again one begins that leaves the table's rows, so that what only the subscriber has of
   *     rows that were set aside still comes back with them
   */
  public void forgetCopied(TableId table, boolean again) throws SQLException {
    if (again) {
      copiedKeys.forgetBrought(table);
    } else {
      copiedKeys.forget(table);
    }
  }

  /**
   * Of tables whose repeated copy has ended, those that lack rows that the copy brought.
   *
   * @param definitions see {@link #effects}
   */
  public Set<TableId> incomplete(Map<TableId, TableDefinition> definitions) throws SQLException {
    Set<TableId> incomplete = new HashSet<>();
    for (Map.Entry<TableId, TableDefinition> entry : definitions.entrySet()) {
      if (!copiedKeys.areHeld(writers.of(entry.getKey(), entry.getValue()))) {
        incomplete.add(entry.getKey());
      }
    }
    return incomplete;
  }

  /**
   * Deletes rows that repeated copies did not bring.
   *
   * @param definitions the tables whose copies have ended; see {@link #effects}
   * @param context the batches that are applied, for messages
   * @return the tables where that was possible; of the others rows are still referred to
   */
  public Set<TableId> sweep(Map<TableId, TableDefinition> definitions, MessageContext context)
      throws SQLException {
    List<TableId> childrenFirst = new ArrayList<>(foreignKeys.parentsFirst(definitions.keySet()));
    Collections.reverse(childrenFirst);
    Set<TableId> swept = new LinkedHashSet<>();
    for (TableId table : childrenFirst) {
      TableWriter writer = writers.of(table, definitions.get(table));
      if (!settling.reachesStale(writer, inCopy) && sweep(writer, context)) {
        swept.add(table);
      }
    }
    return swept;
  }

  /**
   * @return false when rows that stay refer to what should go, or would go along with it
   */
  private boolean sweep(TableWriter writer, MessageContext context) throws SQLException {
    Savepoint before = session.connection().setSavepoint();
    ForeignKeyActions actions = settling.actions(List.of(writer), inCopy, context);
    actions.begin();
    boolean swept = copiedKeys.sweep(writer);
    if (swept && actions.excess(Map.of()).isPresent()) {
      session.connection().rollback(before);
      session.connection().releaseSavepoint(before);
      return false;
    }
    session.connection().releaseSavepoint(before);
    return swept;
  }

  /** To be called first in each transaction. */
  public void begin() throws SQLException {
    staging = null;
    writers.begin();
    settling.begin();
    missing.resetTo(Map.of());
    if (!replica) {
      session.execute("SET CONSTRAINTS ALL DEFERRED");
    }
  }

  /** The encoding of the subscriber's database. */
  public DatabaseEncoding encoding() throws SQLException {
    return catalog.encoding();
  }

  /** The rows that the transaction has found missing so far. */
  public MissingRows missing() {
    return missing;
  }

  /**
   * Writes the effects. What is refused leaves the transaction to be rolled back.
   *
   * @param context the batches that they come from, for messages
   * @param careful use savepoints even for few rows, so that rows that stand in each other's way
   *     are written at once, and what is refused is named
   * @throws ApplyException when a row can never be written
   */
  public void write(Effects effects, MessageContext context, boolean careful) throws SQLException {
    try {
      writeAll(effects, context, careful);
      rememberCopied(effects);
      for (TableId table : inCopy.copiedAgain()) {
        if (writers.get(table) != null) {
          settling.restoreOwnColumns(writers.get(table));
        }
      }
    } catch (SQLException e) {
      throw named(e, effects, context, careful);
    } finally {
      writing = null;
    }
  }

  /**
   * Names the table; where that may help, definitions are read again first, and it is tried once
   * more.
   */
  private SQLException named(
      SQLException failure, Effects effects, MessageContext context, boolean lastTry) {
    if (lastTry && SqlState.verdict(failure) == Verdict.FATAL && !effects.byTable().isEmpty()) {
      TableWriter writer =
          writing == null
              ? writers.atFault(failure, effects.byTable().keySet())
              : writers.get(writing);
      if (writer != null) {
        throw new Failure(writer, context, catalog).ofStatement(failure);
      }
    }
    return failure;
  }

  private void writeAll(Effects effects, MessageContext context, boolean careful)
      throws SQLException {
    if (staging != null) {
      staging.add(effects, writers::get, context);
      Map<TableId, StagedRows> tables = staging.tables(writers::get);
      settling.write(tables, inCopy, context, null);
      generated.require(tables.values(), context);
      return;
    }
    writeInMemory(effects, context, careful);
    generated.require(effects, context);
  }

  private void writeInMemory(Effects effects, MessageContext context, boolean careful)
      throws SQLException {
    if (mustSettle(effects)) {
      settling.write(inMemory(effects), inCopy, context, null);
      return;
    }
    if (!careful) {
      writeByTable(effects, context, false);
      return;
    }
    Optional<ApplyException> clash = attempt(effects, context, true);
    if (clash.isPresent()) {
      settling.write(inMemory(effects), inCopy, context, clash.get());
    }
  }

  /**
   * Writes a part of a batch. What must wait for later parts is kept in temporary tables, together
   * with all that follows, until {@link #write} brings the last one.
   */
  public void writePart(Effects effects, MessageContext context) throws SQLException {
    try {
      stageOrWrite(effects, context);
      rememberCopied(effects);
    } catch (SQLException e) {
      throw named(e, effects, context, true);
    } finally {
      writing = null;
    }
  }

  private void rememberCopied(Effects effects) throws SQLException {
    for (Map.Entry<TableId, NetEffect> entry : effects.byTable().entrySet()) {
      if (inCopy.copiedAgain().contains(entry.getKey())) {
        copiedKeys.add(writers.get(entry.getKey()), entry.getValue());
      }
    }
  }

  private void stageOrWrite(Effects effects, MessageContext context) throws SQLException {
    if (staging == null && (mustSettle(effects) || attempt(effects, context, false).isPresent())) {
      staging = new Staging(session);
    }
    if (staging == null) {
      generated.require(effects, context);
    } else {
      staging.add(effects, writers::get, context);
    }
  }

  /** What refused to have tables written one after the other, if anything did; it is undone. */
  private Optional<ApplyException> attempt(
      Effects effects, MessageContext context, boolean complete) throws SQLException {
    // Not Session.attempt: what ApplyException says is undone as well.
    Connection connection = session.connection();
    Savepoint before = connection.setSavepoint();
    Map<TableId, MissingRows.Count> counted = missing.byTable();
    ApplyException clash = null;
    SQLException refused = null;
    try {
      writeByTable(effects, context, true);
      if (complete) {
        settling.checkDeferred();
      }
      connection.releaseSavepoint(before);
      return Optional.empty();
    } catch (ApplyException e) {
      if (!e.isClash()) {
        throw e;
      }
      clash = e;
    } catch (SQLException e) {
      if (Clash.of(e) == null) {
        throw e;
      }
      refused = e;
    }
    connection.rollback(before);
    missing.resetTo(counted);
    return Optional.of(
        refused == null
            ? clash
            : new Failure(writers.atFault(refused, effects.byTable().keySet()), context, catalog)
                .of(null, refused));
  }

  private Map<TableId, NetRows> inMemory(Effects effects) throws SQLException {
    List<TableId> truncated =
        effects.byTable().keySet().stream()
            .filter(table -> effects.byTable().get(table).truncates())
            .toList();
    boolean emptied =
        emptier.truncate(
            truncated.stream().map(t -> writers.get(t).target().onlyItself()).toList());
    Map<TableId, NetRows> rows = new LinkedHashMap<>();
    effects
        .byTable()
        .forEach(
            (table, effect) ->
                rows.put(
                    table,
                    new ArrayRows(
                        writers.get(table), effect, !emptied && truncated.contains(table))));
    return rows;
  }

  /**
   * Would deletes of a table reach rows that are still to be written, has it no arbiter, or must
   * the batch's rows be checked at its end?
   */
  private boolean mustSettle(Effects effects) throws SQLException {
    boolean must = false;
    for (Map.Entry<TableId, NetEffect> entry : effects.byTable().entrySet()) {
      TableWriter writer = writers.get(entry.getKey());
      NetEffect effect = entry.getValue();
      boolean reaches =
          !replica
              && writer.target().deletesReachOthers()
              && (effect.truncates() || effect.hasDeletes());
      if (reaches) {
        writers.refuseUnknownReferrers(writer, inCopy);
      }
      // Where a value goes to another row, an update's action would follow it to the wrong one.
      boolean follows =
          !replica && writer.target().updatesReachOthers(writer.key()) && effect.hasUpserts();
      boolean checks =
          (replica || inCopy.copiedAgain().contains(entry.getKey()))
              && writer.target().checksLate();
      must |= reaches || follows || checks || !writer.target().arbitrates(writer.key());
    }
    return must;
  }

  private void writeByTable(Effects effects, MessageContext context, boolean careful)
      throws SQLException {
    List<TableId> parentsFirst = ordered(effects);
    List<TableId> childrenFirst = new ArrayList<>(parentsFirst);
    Collections.reverse(childrenFirst);
    Map<TableId, NetEffect> byTable = effects.byTable();
    emptier.empty(
        childrenFirst.stream().filter(t -> byTable.get(t).truncates()).map(writers::get).toList());
    for (TableId table : childrenFirst) {
      rowWriter(table, context).delete(byTable.get(table), careful);
    }
    for (TableId table : parentsFirst) {
      RowWriter rows = rowWriter(table, context);
      rows.upsert(byTable.get(table), careful);
      rows.insert(byTable.get(table).inserts(), careful);
    }
  }

  private RowWriter rowWriter(TableId table, MessageContext context) {
    writing = table;
    return new RowWriter(
        session,
        writers.get(table),
        gates.computeIfAbsent(table, t -> new CopyGate()),
        context,
        missing);
  }

  private List<TableId> ordered(Effects effects) throws SQLException {
    Set<TableId> tables = effects.byTable().keySet();
    return replica || tables.size() < 2 ? List.copyOf(tables) : foreignKeys.parentsFirst(tables);
  }

  /** The tables that a table refers to, and itself. */
  public Set<TableId> withParents(TableId table) throws SQLException {
    return foreignKeys.withParents(table);
  }

  /** The tables that a table refers to, and that refer to it, directly or by others. */
  public Set<TableId> circle(TableId table) throws SQLException {
    return foreignKeys.circle(table);
  }

  /** Those of the tables that are partitions of others. */
  public Set<TableId> partitionsOf(List<TableId> tables) throws SQLException {
    return tables.isEmpty() ? Set.of() : catalog.wholes(tables).keySet();
  }
}
