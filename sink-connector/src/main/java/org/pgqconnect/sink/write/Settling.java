/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.write;

import java.sql.SQLException;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.postgres.SqlState.Verdict;
import org.pgqconnect.sink.statements.Failure;
import org.pgqconnect.sink.statements.MessageContext;
import org.pgqconnect.sink.statements.MissingRows;
import org.pgqconnect.sink.statements.NetRows;
import org.pgqconnect.sink.statements.TableWriter;
import org.pgqconnect.sink.target.ApplyException;
import org.pgqconnect.sink.target.Catalog;
import org.pgqconnect.sink.target.Clash;
import org.pgqconnect.sink.write.RowsInTheWay.Blocked;
import org.pgqconnect.sink.write.RowsInTheWay.Blocking;

/**
 * Writes several tables at once, those that refer to each other by one statement, and what must go
 * before or along with it.
 */
final class Settling {
  private final Session session;
  private final String subscription;
  private final boolean replica;
  private final TableWriters writers;
  private final ForeignKeys foreignKeys;
  private final Settlement settlement;
  private final RowsInTheWay inTheWay;
  private final ReferrersInTheWay referrersInTheWay;
  private final StaleReferrers staleReferrers;
  private final MissingRows missing;
  private final Set<TableId> setAside = new HashSet<>();

  Settling(
      Session session,
      String subscription,
      boolean replica,
      TableWriters writers,
      ForeignKeys foreignKeys,
      MissingRows missing) {
    this.session = session;
    this.subscription = subscription;
    this.replica = replica;
    this.writers = writers;
    this.foreignKeys = foreignKeys;
    this.missing = missing;
    this.settlement = new Settlement(session, replica);
    this.inTheWay = new RowsInTheWay(session, subscription, replica);
    this.referrersInTheWay = new ReferrersInTheWay(session, foreignKeys, inTheWay);
    this.staleReferrers = new StaleReferrers(session);
  }

  /**
   * Writes all tables at once.
   *
   * @param clash what came of writing one after the other, or null
   */
  void write(
      Map<TableId, ? extends NetRows> tables,
      TablesInCopy inCopy,
      MessageContext context,
      ApplyException clash)
      throws SQLException {
    Attempt first = attempt(tables, inCopy, context, false);
    Attempt last =
        !replica && first.isForeignKey() && !inCopy.clearable().isEmpty()
            ? attempt(tables, inCopy, context, true)
            : first;
    if (last.refused().isPresent()) { // It is undone, so that the catalog can be asked.
      SQLException refused = last.refused().get();
      Clash still = Clash.of(refused);
      Optional<Blocked> blocks = last.blocking().first();
      if (last.isForeignKey() && blocks.isPresent()) {
        throw blocks
            .get()
            .isHeld(still, replicated(still, inCopy).map(context.remedy()::resync), session);
      }
      throw clash != null && still != null && still.equals(clash.clash())
          ? clash
          : new Failure(writers.atFault(refused, tables.keySet()), context, new Catalog(session))
              .of(null, refused);
    }
  }

  /** The table of a foreign key, as the provider calls it, where its rows are the provider's. */
  private Optional<TableId> replicated(Clash clash, TablesInCopy inCopy) throws SQLException {
    if (clash.table() == null) {
      return Optional.empty();
    }
    TableId whole =
        new Catalog(session)
            .wholes(List.of(clash.table()))
            .getOrDefault(clash.table(), clash.table());
    return Stream.of(clash.table(), whole).filter(inCopy::isReplicated).findFirst();
  }

  /** What came of writing all tables, and the old rows that were in the way. */
  private record Attempt(Optional<SQLException> refused, Blocking blocking) {
    boolean isForeignKey() {
      return refused.flatMap(SqlState::of).filter(SqlState::isForeignKey).isPresent();
    }
  }

  private Attempt attempt(
      Map<TableId, ? extends NetRows> tables,
      TablesInCopy inCopy,
      MessageContext context,
      boolean withReferrers)
      throws SQLException {
    Blocking blocking = new Blocking();
    Map<TableId, MissingRows.Count> counted = missing.byTable();
    Optional<SQLException> refused =
        session.attempt(
            e -> SqlState.verdict(e) == Verdict.DATA,
            () -> writeAll(tables, inCopy, context, blocking, withReferrers));
    if (refused.isPresent()) {
      missing.resetTo(counted);
    }
    return new Attempt(refused, blocking);
  }

  private void writeAll(
      Map<TableId, ? extends NetRows> tables,
      TablesInCopy inCopy,
      MessageContext context,
      Blocking blocking,
      boolean withReferrers)
      throws SQLException {
    OldRows oldRows = new OldRows(session, this, inCopy, writers);
    for (TableId table : tables.keySet()) {
      if (oldRows.tables().contains(table)) {
        inTheWay.makePlace(tables.get(table), writers.get(table), oldRows, blocking);
      }
    }
    if (!replica) {
      for (NetRows rows : tables.values()) {
        staleReferrers.require(rows, tables, inCopy::isStale, context);
      }
    }
    Map<TableId, RowsAside> aside =
        withReferrers
            ? referrersInTheWay.find(tables, oldRows, blocking.keys())
            : inTheWay.aside(oldRows, blocking.keys());
    setAside.addAll(aside.keySet());
    Set<TableId> all = new LinkedHashSet<>(tables.keySet());
    all.addAll(aside.keySet());
    for (List<TableId> together : together(all)) {
      settlement.write(
          together.stream().filter(tables::containsKey).map(t -> (NetRows) tables.get(t)).toList(),
          together.stream().filter(aside::containsKey).map(aside::get).toList(),
          actions(together.stream().map(writers::get).toList(), inCopy, context));
    }
    checkDeferred();
  }

  /** What deleting and updating rows of some tables brings about. */
  ForeignKeyActions actions(
      List<TableWriter> written, TablesInCopy inCopy, MessageContext context) {
    return new ForeignKeyActions(session, context, replica ? List.of() : written, inCopy);
  }

  /** A transaction begins. */
  void begin() {
    setAside.clear();
  }

  /** The tables of which the transaction has set old rows aside. */
  Set<TableId> setAside() {
    return setAside;
  }

  /** Would deleting what the table's copy did not bring reach rows that are not the provider's? */
  boolean reachesStale(TableWriter writer, TablesInCopy inCopy) throws SQLException {
    return !replica && staleReferrers.holdUnswept(writer, inCopy::isStale, subscription);
  }

  /** Rows that were set aside and have come get back what only the subscriber has of them. */
  void restoreOwnColumns(TableWriter writer) throws SQLException {
    inTheWay.restore(writer);
  }

  /** Tables of one group refer to each other, and to no table of another group. */
  private List<List<TableId>> together(Set<TableId> tables) throws SQLException {
    return replica ? tables.stream().map(List::of).toList() : foreignKeys.connected(tables);
  }

  /** Here, where what is refused can be named, and not at COMMIT. */
  void checkDeferred() throws SQLException {
    if (!replica) {
      session.execute("SET CONSTRAINTS ALL IMMEDIATE");
    }
  }
}
