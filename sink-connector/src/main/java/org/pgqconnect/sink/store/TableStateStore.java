/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.store;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.Values;
import org.pgqconnect.sink.store.FileChange.Verdict;
import org.pgqconnect.sink.tables.Marked;
import org.pgqconnect.sink.tables.SubscribedTable;
import org.pgqconnect.sink.tables.SubscribedTable.Stage;
import org.pgqconnect.sink.tables.TableStates;

/**
 * The rows of one subscription in {@code pgq_connect.subscribed_table}, on one session: the states
 * of its tables, and whether others have changed these tables since.
 */
public final class TableStateStore {
  private final Session session;
  private final String subscription;
  private final HeldTables held;
  private final TableFiles files;
  private final TableColumns columns;

  public TableStateStore(Session session, String subscription) {
    this.session = session;
    this.subscription = subscription;
    this.held = new HeldTables(session, subscription);
    this.files = new TableFiles(session, subscription);
    this.columns = new TableColumns(session, subscription);
  }

  /**
   * The states of the subscription's tables.
   *
   * @param remedy the commands that their notes name
   */
  public TableStates load(Remedy remedy) throws SQLException {
    Map<TableId, SubscribedTable> states = new HashMap<>();
    session.each(
        TableStateSql.LOAD_TABLES,
        row -> {
          TableId table = new TableId(row.getString(1), row.getString(2));
          states.put(
              table,
              new SubscribedTable(
                  Stage.of(row.getString(3)),
                  row.getLong(4),
                  row.getLong(5),
                  DefinitionJson.read(table, row.getString(6)),
                  row.getString(7)));
        },
        subscription);
    return new TableStates(states, remedy);
  }

  /** Has an operator said of all these triggers of a table that they do no harm? */
  public boolean areConfirmed(TableId table, Collection<String> triggers) throws SQLException {
    return session.test(
        TableStateSql.ARE_CONFIRMED,
        Values.texts(triggers),
        subscription,
        table.schema(),
        table.table());
  }

  /**
   * What is known here of tables that the provider says subscribers hold.
   *
   * @param said when it said so
   */
  public Map<TableId, Marked> marked(List<TableId> tables, String said) throws SQLException {
    Map<TableId, Marked> marked = new HashMap<>();
    for (TableId table : tables) {
      marked.put(
          table,
          session.one(
              TableStateSql.MARKED,
              row -> {
                String itself = row.getString(2);
                // One that the role cannot read is rejected when it is written, with what to grant.
                boolean holdsRows =
                    itself != null && (!row.getBoolean(3) || files.holdsRows(itself));
                return new Marked(subscription, itself != null, holdsRows, row.getBoolean(1));
              },
              said,
              table.schema(),
              table.table(),
              subscription));
    }
    return marked;
  }

  /**
   * Stores the states that changed, before the position is saved.
   *
   * @param emptied the tables that the transaction may have emptied
   */
  void save(TableStates states, Collection<TableId> emptied) throws SQLException {
    files.refresh(emptied);
    if (!states.changed().isEmpty()) {
      store(states.changed());
    }
  }

  /**
   * Takes in what the statement that saved the position found of the written tables.
   *
   * @throws StopException see {@link PositionStore#save}
   */
  void saved(
      HeldTables.Problems problems,
      TableStates states,
      Collection<TableId> written,
      Collection<TableId> emptied)
      throws SQLException {
    if (!problems.taken().isEmpty()) {
      rollback();
      throw new StopException(held.takenProblem(problems));
    }
    if (!problems.replaced().isEmpty()) {
      rollback();
      throw new StopException(lose(problems.replaced(), states, TableStates.REPLACED));
    }
    if (!states.changed().isEmpty()) {
      requireNotShared(written);
    }
    if (problems.otherColumns() && !problems.rewritten()) {
      takeColumnChanges(states, written::contains, true);
      store(states.changed());
    }
    if (!problems.filled().isEmpty() || !states.changed().isEmpty() || !emptied.isEmpty()) {
      files.noteRows(problems.filled());
    }
  }

  private void requireNotShared(Collection<TableId> tables) throws SQLException {
    Optional<String> problem = held.sharedProblem(tables);
    if (problem.isPresent()) {
      rollback();
      throw new StopException(problem.get());
    }
  }

  /**
   * Has tables wait for a copy that are not those that were copied, in a transaction of its own.
   *
   * @return what to say
   */
  private String lose(Collection<TableId> replaced, TableStates states, String how)
      throws SQLException {
    Map<TableId, SubscribedTable> lost = new TreeMap<>();
    for (TableId table : replaced) {
      lost.put(table, states.lost(table, how));
    }
    store(lost);
    if (!session.connection().getAutoCommit()) {
      session.connection().commit();
    }
    return ("%s on the subscriber %s not what subscription %s filled: %s. Rows or values are"
            + " missing there, so nothing more is written to it. After a restart of this task"
            + " the other tables continue, and its changes are skipped (state expecting-copy)"
            + " until it is copied again: %s")
        .formatted(
            replaced.stream().map(t -> "Table " + t).collect(Collectors.joining(", ")),
            replaced.size() == 1 ? "is" : "are",
            subscription,
            how,
            states.remedy().resync(replaced));
  }

  /**
   * Looks whether the tables are those that were copied. To be called in autocommit mode.
   *
   * @param states takes notes, which are stored
   * @param owned the tables that the subscription takes
   * @throws StopException when one is not; it waits for a copy then, and the others continue. Also
   *     when another subscription writes its rows
   */
  public void requireHeld(TableStates states, Predicate<TableId> owned) throws SQLException {
    List<TableId> replaced = held.replaced().stream().filter(owned).toList();
    if (!replaced.isEmpty()) {
      throw new StopException(lose(replaced, states, TableStates.REPLACED));
    }
    requireNotShared(
        states.all().keySet().stream()
            .filter(table -> owned.test(table) && !states.expectsCopy(table))
            .toList());
    checkTables(states, owned, owned.negate(), List.of());
    if (!states.changed().isEmpty()) {
      store(states.changed());
    }
  }

  /**
   * Looks whether others have emptied tables or exchanged their columns, or may have, before
   * anything is written.
   *
   * @param states takes notes of tables of which that is not known
   * @param owned the tables that the subscription takes
   * @param leftOut those that it leaves out now: what they lost must be known when it takes them
   *     again, and then no row shows it any more
   * @param written those that were written since this was last called
   * @throws StopException when a table was emptied, or lost values before its copy had ended; it
   *     waits for a copy then, and the others continue
   */
  public void checkTables(
      TableStates states,
      Predicate<TableId> owned,
      Predicate<TableId> leftOut,
      Collection<TableId> written)
      throws SQLException {
    TableFiles.Horizon horizon = files.horizon();
    takeFileChanges(states, owned, leftOut);
    takeColumnChanges(states, owned, false);
    files.noteRows(written);
    files.save(horizon);
  }

  private void takeFileChanges(
      TableStates states, Predicate<TableId> owned, Predicate<TableId> leftOut)
      throws SQLException {
    Map<TableId, Verdict> changes = files.changes(owned.or(leftOut));
    List<TableId> emptied = new ArrayList<>(tables(changes, Verdict.EMPTIED));
    emptied.stream()
        .filter(leftOut)
        .forEach(table -> states.leftOutAndLost(table, TableStates.EMPTIED));
    emptied.removeIf(leftOut);
    if (!emptied.isEmpty()) {
      rollback();
      throw new StopException(lose(emptied, states, TableStates.EMPTIED));
    }
    tables(changes, Verdict.UNKNOWN).forEach(table -> states.mayLackRows(table, subscription));
    tables(changes, Verdict.PARTITIONS_GONE)
        .forEach(table -> states.lacksPartitions(table, subscription));
    storeNow(states); // Before the files count as seen.
    files.refresh(changes.keySet());
  }

  private void takeColumnChanges(TableStates states, Predicate<TableId> owned, boolean written)
      throws SQLException {
    Map<TableId, ColumnChange> changes = columns.changes(owned);
    List<TableId> decided = new ArrayList<>();
    for (Map.Entry<TableId, ColumnChange> entry : changes.entrySet()) {
      TableId table = entry.getKey();
      ColumnChange change = entry.getValue();
      switch (change.verdict(written)) {
        case LOST -> {
          rollback();
          String how = TableStates.otherColumns(change.moved());
          throw new StopException(lose(List.of(table), states, how));
        }
        case DOUBTFUL -> {
          // The provider may have dropped it by now.
          change.moved().stream()
              .filter(name -> states.describes(table, name))
              .forEach(name -> states.mayLackValues(table, subscription, name));
          decided.add(table);
        }
        case KEPT -> decided.add(table);
        case OPEN -> {}
      }
    }
    storeNow(states); // Before the columns count as seen.
    columns.refresh(decided);
  }

  /** Outside of a transaction nothing else stores them. */
  private void storeNow(TableStates states) throws SQLException {
    if (session.connection().getAutoCommit() && !states.changed().isEmpty()) {
      store(states.changed());
    }
  }

  private void rollback() throws SQLException {
    if (!session.connection().getAutoCommit()) {
      session.connection().rollback();
    }
  }

  private static List<TableId> tables(Map<TableId, Verdict> changes, Verdict verdict) {
    return changes.keySet().stream().filter(table -> changes.get(table) == verdict).toList();
  }

  private void store(Map<TableId, SubscribedTable> states) throws SQLException {
    if (states.values().stream().anyMatch(state -> state.stage() != Stage.EXPECTING_COPY)) {
      session.execute(TableStateSql.LOCK_TAKING);
    }
    session.updateEach(
        TableStateSql.SAVE_TABLE,
        states.entrySet().stream().map(entry -> values(entry.getKey(), entry.getValue())).toList());
  }

  private Object[] values(TableId table, SubscribedTable state) {
    String held = state.stage() != Stage.EXPECTING_COPY ? Identifiers.quote(table) : null;
    Values.Value definition = Values.untyped(DefinitionJson.write(state.definition()));
    return new Object[] {
      subscription,
      table.schema(),
      table.table(),
      state.stage().label(),
      state.copyId(),
      state.consistentTick(),
      definition,
      state.note(),
      held,
      held,
      held,
      definition
    };
  }
}
