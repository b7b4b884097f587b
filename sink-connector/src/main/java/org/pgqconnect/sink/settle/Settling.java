/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.settle;

import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.postgres.SqlState.Verdict;
import org.pgqconnect.sink.settle.RowsInTheWay.Blocking;
import org.pgqconnect.sink.target.ApplyException;
import org.pgqconnect.sink.target.Catalog;
import org.pgqconnect.sink.target.Clash;
import org.pgqconnect.sink.write.Failure;
import org.pgqconnect.sink.write.MessageContext;
import org.pgqconnect.sink.write.NetRows;
import org.pgqconnect.sink.write.TableWriter;

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

  Settling(
      Session session,
      String subscription,
      boolean replica,
      TableWriters writers,
      ForeignKeys foreignKeys) {
    this.session = session;
    this.subscription = subscription;
    this.replica = replica;
    this.writers = writers;
    this.foreignKeys = foreignKeys;
    this.settlement = new Settlement(session, replica);
    this.inTheWay = new RowsInTheWay(session, subscription, replica);
    this.referrersInTheWay = new ReferrersInTheWay(session, inTheWay);
    this.staleReferrers = new StaleReferrers(session);
  }

  /**
   * Writes all tables at once.
   *
   * @param clash what came of writing one after the other, or null
   */
  void write(
      Map<TableId, ? extends NetRows> tables,
      TablesOutOfStep outOfStep,
      MessageContext context,
      ApplyException clash)
      throws SQLException {
    Blocking blocking = new Blocking();
    Optional<SQLException> refused =
        session.attempt(
            e -> SqlState.verdict(e) == Verdict.DATA,
            () -> writeAll(tables, outOfStep, context, blocking));
    if (refused.isPresent()) { // It is undone, so that the catalog can be asked.
      Clash still = Clash.of(refused.get());
      if (still != null && blocking.first().isPresent()) {
        throw new ApplyException(blocking.first().get(), still);
      }
      throw clash != null && still != null && still.equals(clash.clash())
          ? clash
          : new Failure(
                  writers.atFault(refused.get(), tables.keySet()), context, new Catalog(session))
              .of(null, refused.get());
    }
  }

  private void writeAll(
      Map<TableId, ? extends NetRows> tables,
      TablesOutOfStep outOfStep,
      MessageContext context,
      Blocking blocking)
      throws SQLException {
    Map<TableId, TableWriter> mayLose = replica ? Map.of() : mayLoseRows(outOfStep);
    for (TableId table : tables.keySet()) {
      if (outOfStep.clearable().contains(table)) {
        inTheWay.makePlace(
            tables.get(table), writers.get(table), mayLose.containsKey(table), blocking);
      }
    }
    if (!replica) {
      for (NetRows rows : tables.values()) {
        staleReferrers.require(rows, tables, outOfStep.stale(), context);
      }
    }
    Map<TableId, RowsAside> aside = referrersInTheWay.find(tables, mayLose, blocking.keys());
    Set<TableId> all = new LinkedHashSet<>(tables.keySet());
    all.addAll(aside.keySet());
    for (List<TableId> together : together(all)) {
      settlement.write(
          together.stream().filter(tables::containsKey).map(t -> (NetRows) tables.get(t)).toList(),
          together.stream().filter(aside::containsKey).map(aside::get).toList(),
          actions(together.stream().map(writers::get).toList(), outOfStep, context));
    }
    checkDeferred();
  }

  /** What deleting and updating rows of some tables brings about. */
  ForeignKeyActions actions(
      List<TableWriter> written, TablesOutOfStep outOfStep, MessageContext context) {
    return new ForeignKeyActions(
        session, context, replica ? List.of() : written, outOfStep.definitions(), outOfStep.all());
  }

  /**
   * Tables whose rows that the copy has not brought can go without those of others going along that
   * the provider may have.
   */
  private Map<TableId, TableWriter> mayLoseRows(TablesOutOfStep outOfStep) throws SQLException {
    Map<TableId, TableWriter> may = new LinkedHashMap<>();
    for (TableId table : outOfStep.clearable()) {
      TableWriter known = writers.get(table);
      TableWriter writer =
          known == null ? writers.of(table, outOfStep.definitions().get(table)) : known;
      if (!writer.target().deletesReachOthers()
          || !outOfStep.stale().contains(table) && !reachesStale(writer, outOfStep)) {
        may.put(table, writer);
      }
    }
    return may;
  }

  /** Would deleting what the table's copy did not bring reach rows that are not the provider's? */
  boolean reachesStale(TableWriter writer, TablesOutOfStep outOfStep) throws SQLException {
    return !replica && staleReferrers.holdUnswept(writer, outOfStep.stale(), subscription);
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
