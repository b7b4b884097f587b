/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.tables;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.pgqconnect.batch.BatchEnd;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.sink.offsets.OffsetText;
import org.pgqconnect.sink.offsets.PartitionId;
import org.pgqconnect.sink.offsets.TopicOrigin;
import org.pgqconnect.sink.position.Position;
import org.pgqconnect.sink.tables.FileChange.Verdict;
import org.pgqconnect.sink.tables.TableState.Stage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The rows of one subscription in schema {@code pgq_connect}, on one session. */
public final class PositionStore {
  private static final Logger LOG = LoggerFactory.getLogger(PositionStore.class);
  private static final int PREDECESSOR_POLLS = 100;
  private static final int PREDECESSOR_POLL_MS = 50;

  private final Connection connection;
  private final String subscription;
  private final TableFiles files;
  private final TableColumns columns;
  private PreparedStatement lock;
  private PreparedStatement save;

  public PositionStore(Connection connection, String subscription) {
    this.connection = connection;
    this.subscription = subscription;
    this.files = new TableFiles(connection, subscription);
    this.columns = new TableColumns(connection, subscription);
  }

  /**
   * Ends the session of a predecessor that may still hold locks, and makes this one the
   * subscription's own. To be called in autocommit mode.
   *
   * @throws StopException when the subscription belongs to another queue
   */
  public Position takeOver(String topicPrefix) throws SQLException {
    try (PreparedStatement register = connection.prepareStatement(PositionSql.REGISTER)) {
      register.setString(1, subscription);
      register.setString(2, topicPrefix);
      register.executeUpdate();
    }
    endPredecessor();
    try (PreparedStatement take = connection.prepareStatement(PositionSql.TAKE_OVER)) {
      take.setString(1, subscription);
      try (ResultSet row = take.executeQuery()) {
        row.next();
        String prefix = row.getString(7);
        if (!prefix.equals(topicPrefix)) {
          throw new StopException(
              ("Subscription %s follows topic prefix %s, but this connector's topic.prefix is %s. Positions of two queues cannot be"
                      + " mixed: give the connector another subscription.name, or remove the old one: DELETE FROM pgq_connect.subscription"
                      + " WHERE name = %s;")
                  .formatted(subscription, prefix, topicPrefix, Identifiers.literal(subscription)));
        }
        return position(row);
      }
    }
  }

  /** The uuid that this database has as a provider; empty when it is none. */
  public Optional<String> ownIdentity() throws SQLException {
    Session session = new Session(connection);
    return session.test(PositionSql.IS_PROVIDER)
        ? session.first(PositionSql.OWN_IDENTITY, row -> row.getString(1))
        : Optional.empty();
  }

  private void endPredecessor() throws SQLException {
    int pid;
    try (PreparedStatement end = connection.prepareStatement(PositionSql.END_PREDECESSOR)) {
      end.setString(1, subscription);
      try (ResultSet row = end.executeQuery()) {
        if (!row.next()) {
          return;
        }
        pid = row.getInt(1);
      }
    }
    LOG.warn(
        "Ended the session of this subscription's predecessor [subscription={}, pid={}]. If it comes back, two connectors share one"
            + " subscription.name",
        subscription,
        pid);
    for (int i = 0; i < PREDECESSOR_POLLS && isRunning(pid); i++) {
      try {
        Thread.sleep(PREDECESSOR_POLL_MS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private boolean isRunning(int pid) throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(PositionSql.IS_RUNNING)) {
      query.setInt(1, pid);
      try (ResultSet row = query.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    }
  }

  /**
   * Locks the position for the rest of the transaction and reads it.
   *
   * @throws StopException when the subscription is gone or another session has taken it over
   */
  public Position lock() throws SQLException {
    if (lock == null) {
      lock = connection.prepareStatement(PositionSql.LOCK);
      lock.setString(1, subscription);
    }
    try (ResultSet row = lock.executeQuery()) {
      if (!row.next()) {
        throw new StopException(
            "Subscription %s was removed from pgq_connect.subscription while its connector ran. Delete the connector, or restart it to subscribe anew"
                .formatted(subscription));
      }
      if (!row.getBoolean(7)) {
        throw new StopException(
            "Another session has taken subscription %s over. Two connectors share one subscription.name, or this task outlived its successor"
                .formatted(subscription));
      }
      return position(row);
    }
  }

  /** Has an operator said of all these triggers of a table that they do no harm? */
  public boolean areConfirmed(TableId table, Collection<String> triggers) throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(PositionSql.ARE_CONFIRMED)) {
      query.setArray(1, connection.createArrayOf("text", triggers.toArray()));
      query.setString(2, subscription);
      query.setString(3, table.schema());
      query.setString(4, table.table());
      try (ResultSet row = query.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    }
  }

  /**
   * Moves the position, in the transaction that locked it.
   *
   * @param written the tables that the transaction wrote
   * @param emptied those of them that it may have emptied
   * @throws StopException when one of them is not the one that was copied, was emptied by others,
   *     or another subscription writes it, too; the transaction is undone then
   */
  public boolean save(
      BatchEnd end,
      Map<PartitionId, Long> offsets,
      TableStates states,
      Collection<TableId> written,
      Collection<TableId> emptied)
      throws SQLException {
    files.refresh(emptied);
    if (!states.changed().isEmpty()) {
      saveTables(states.changed());
    }
    if (save == null) {
      save = connection.prepareStatement(PositionSql.SAVE);
    }
    HeldTables.bind(save, 1, written);
    save.setString(3, subscription);
    save.setString(4, subscription);
    save.setString(5, subscription);
    save.setString(6, subscription);
    save.setString(7, end.queue());
    save.setString(8, end.provider());
    save.setString(9, end.queueIdentity());
    save.setLong(10, end.id().attempt());
    save.setLong(11, end.bounds().tickId());
    save.setString(12, end.tickTime());
    save.setObject(13, OffsetText.json(offsets), Types.OTHER);
    save.setString(14, subscription);
    HeldTables.Problems problems;
    try (ResultSet row = save.executeQuery()) {
      row.next();
      problems = HeldTables.read(row, 1);
    }
    if (!problems.taken().isEmpty()) {
      connection.rollback();
      throw new StopException(taken(problems));
    }
    if (!problems.replaced().isEmpty()) {
      connection.rollback();
      throw new StopException(lose(problems.replaced(), states, TableStates.REPLACED));
    }
    if (!states.changed().isEmpty()) {
      requireNotShared(written);
    }
    if (problems.otherColumns() && !problems.rewritten()) {
      takeColumnChanges(states, written::contains, true);
      saveTables(states.changed());
    }
    if (!problems.filled().isEmpty() || !states.changed().isEmpty() || !emptied.isEmpty()) {
      files.noteRows(problems.filled());
    }
    return !problems.rewritten();
  }

  /** A name is not all of a table: on the subscriber it may be a partition of another one. */
  private void requireNotShared(Collection<TableId> tables) throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(PositionSql.SHARED)) {
      HeldTables.bind(query, 1, tables);
      query.setString(3, subscription);
      try (ResultSet row = query.executeQuery()) {
        if (!row.next()) {
          return;
        }
        TableId ours = new TableId(row.getString(1), row.getString(2));
        TableId theirs = new TableId(row.getString(4), row.getString(5));
        String holder = row.getString(3);
        rollback();
        throw new StopException(
            ("Subscription %1$s would write %2$s, which has its rows in common with %3$s, for one is a partition of the other on the subscriber, and subscription %4$s of"
                    + " this database holds %3$s: each would overwrite or delete rows of the other. Nothing was written. Detach the partition (ALTER TABLE .. DETACH"
                    + " PARTITION ..); or leave %2$s out of this connector's table.include.list or topics; or let one replicate into another database. If the"
                    + " connector of %4$s is gone for good: DELETE FROM pgq_connect.subscription WHERE name = %5$s; then restart this one")
                .formatted(subscription, ours, theirs, holder, Identifiers.literal(holder)));
      }
    }
  }

  private String taken(HeldTables.Problems problems) {
    String tables =
        problems.taken().stream().map(TableId::toString).collect(Collectors.joining(", "));
    String holder = Identifiers.literal(problems.holder());
    String letGo = Identifiers.literals(problems.taken());
    return ("Subscription %1$s would write %2$s, which subscription %3$s of this database holds: each would overwrite or delete rows of"
            + " the other. Nothing was written. Keep the tables apart: leave them out of this connector's table.include.list or"
            + " topics; or let one replicate into another database. If they have moved here, and the connector of %3$s replicates them no more (removed from its"
            + " queue, or left out of its table.include.list): DELETE FROM pgq_connect.subscribed_table WHERE subscription = %4$s AND (table_schema,"
            + " table_name) IN (%5$s); then restart both. If the connector of %3$s is gone for good: DELETE FROM"
            + " pgq_connect.subscription WHERE name = %4$s; then restart this one")
        .formatted(subscription, tables, problems.holder(), holder, letGo);
  }

  /**
   * Has tables wait for a copy that are not those that were copied, in a transaction of its own.
   *
   * @return what to say
   */
  private String lose(Collection<TableId> replaced, TableStates states, String how)
      throws SQLException {
    Map<TableId, TableState> lost = new TreeMap<>();
    for (TableId table : replaced) {
      lost.put(table, states.lost(table, how));
    }
    saveTables(lost);
    if (!connection.getAutoCommit()) {
      connection.commit();
    }
    return ("%s on the subscriber %s not what subscription %s filled: %s. Rows or values are"
            + " missing there, so nothing more is written to it. After a restart of this task the other tables go on, and its changes are"
            + " skipped (state expecting-copy) until it is copied again: %s")
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
   * @throws StopException when one is not; it waits for a copy then, and the others go on. Also
   *     when another subscription writes its rows
   */
  public void requireHeld(TableStates states, Predicate<TableId> owned) throws SQLException {
    List<TableId> replaced =
        HeldTables.replaced(connection, subscription).stream().filter(owned).toList();
    if (!replaced.isEmpty()) {
      throw new StopException(lose(replaced, states, TableStates.REPLACED));
    }
    requireNotShared(
        states.all().keySet().stream()
            .filter(table -> owned.test(table) && !states.expectsCopy(table))
            .toList());
    checkTables(states, owned, owned.negate(), List.of());
    if (!states.changed().isEmpty()) {
      saveTables(states.changed());
    }
  }

  /**
   * Looks whether others have emptied tables or exchanged their columns, or may have, before
   * anything is written.
   *
   * @param states takes notes of tables of which that is not known
   * @param owned the tables that the subscription takes
   * @param leftOut those that it leaves out now: what they lost must be known when it takes them
   *     again, and then no row tells any more
   * @param written those that were written since this was last called
   * @throws StopException when a table was emptied, or lost values before its copy had ended; it
   *     waits for a copy then, and the others go on
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
    if (connection.getAutoCommit() && !states.changed().isEmpty()) {
      saveTables(states.changed()); // Before the files count as seen.
    }
    files.refresh(changes.keySet());
  }

  private void takeColumnChanges(TableStates states, Predicate<TableId> owned, boolean written)
      throws SQLException {
    Map<TableId, ColumnChange> changes = columns.changes(owned);
    List<TableId> lost = new ArrayList<>();
    List<TableId> decided = new ArrayList<>();
    changes.forEach(
        (table, change) -> {
          switch (change.verdict(written)) {
            case LOST -> lost.add(table);
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
        });
    if (!lost.isEmpty()) {
      rollback();
      throw new StopException(
          lose(
              lost.subList(0, 1),
              states,
              TableStates.otherColumns(changes.get(lost.get(0)).moved())));
    }
    if (connection.getAutoCommit() && !states.changed().isEmpty()) {
      saveTables(states.changed()); // Before the columns count as seen.
    }
    columns.refresh(decided);
  }

  private void rollback() throws SQLException {
    if (!connection.getAutoCommit()) {
      connection.rollback();
    }
  }

  private static List<TableId> tables(Map<TableId, Verdict> changes, Verdict verdict) {
    return changes.keySet().stream().filter(table -> changes.get(table) == verdict).toList();
  }

  private void saveTables(Map<TableId, TableState> states) throws SQLException {
    if (states.values().stream().anyMatch(state -> state.stage() != Stage.EXPECTING_COPY)) {
      try (PreparedStatement lockTaking = connection.prepareStatement(PositionSql.LOCK_TAKING)) {
        lockTaking.execute();
      }
    }
    try (PreparedStatement upsert = connection.prepareStatement(PositionSql.SAVE_TABLE)) {
      for (Map.Entry<TableId, TableState> entry : states.entrySet()) {
        TableState state = entry.getValue();
        upsert.setString(1, subscription);
        upsert.setString(2, entry.getKey().schema());
        upsert.setString(3, entry.getKey().table());
        upsert.setString(4, state.stage().label());
        upsert.setLong(5, state.copyId());
        upsert.setLong(6, state.consistentTick());
        upsert.setObject(7, DefinitionJson.write(state.definition()), Types.OTHER);
        upsert.setString(8, state.note());
        boolean held = state.stage() != Stage.EXPECTING_COPY;
        upsert.setString(9, held ? Identifiers.quote(entry.getKey()) : null);
        upsert.setString(10, held ? Identifiers.quote(entry.getKey()) : null);
        upsert.setString(11, held ? Identifiers.quote(entry.getKey()) : null);
        upsert.setObject(12, DefinitionJson.write(state.definition()), Types.OTHER);
        upsert.addBatch();
      }
      upsert.executeBatch();
    }
  }

  /**
   * What is known here of tables that the provider says subscribers hold.
   *
   * @param said when it said so
   */
  public Map<TableId, Marked> marked(List<TableId> tables, String said) throws SQLException {
    Map<TableId, Marked> marked = new HashMap<>();
    for (TableId table : tables) {
      boolean older;
      String itself;
      boolean readable;
      try (PreparedStatement query = connection.prepareStatement(PositionSql.MARKED)) {
        query.setString(1, said);
        query.setString(2, table.schema());
        query.setString(3, table.table());
        query.setString(4, subscription);
        try (ResultSet row = query.executeQuery()) {
          row.next();
          older = row.getBoolean(1);
          itself = row.getString(2);
          readable = row.getBoolean(3);
        }
      }
      // One that may not be read is refused when it is written, with what to grant.
      boolean holdsRows = itself != null && (!readable || files.holdsRows(itself));
      marked.put(table, new Marked(subscription, itself != null, holdsRows, older));
    }
    return marked;
  }

  /** The next offset of every partition that the subscription ever read. */
  public Map<PartitionId, Long> offsets() throws SQLException {
    Map<PartitionId, Long> offsets = new HashMap<>();
    try (PreparedStatement query = connection.prepareStatement(PositionSql.LOAD_OFFSETS)) {
      query.setString(1, subscription);
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          offsets.put(OffsetText.partition(row.getString(1)), row.getLong(2));
        }
      }
    }
    return offsets;
  }

  /** What the stored offsets belong to. */
  public TopicOrigin origin() throws SQLException {
    String cluster = null;
    Map<String, String> ids = new HashMap<>();
    try (PreparedStatement query = connection.prepareStatement(PositionSql.LOAD_ORIGIN)) {
      query.setString(1, subscription);
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          cluster = row.getString(1);
          if (row.getString(2) != null) {
            ids.put(row.getString(2), row.getString(3));
          }
        }
      }
    }
    return new TopicOrigin(cluster, ids);
  }

  /** Stores from where partitions are read, and what these offsets belong to. */
  public void saveOrigin(Map<PartitionId, Long> offsets, TopicOrigin origin) throws SQLException {
    try (PreparedStatement update = connection.prepareStatement(PositionSql.SAVE_ORIGIN)) {
      update.setObject(1, OffsetText.json(offsets), Types.OTHER);
      update.setString(2, origin.cluster());
      update.setString(3, origin.cluster());
      update.setObject(4, OffsetText.texts(origin.ids()), Types.OTHER);
      update.setString(5, subscription);
      update.executeUpdate();
    }
  }

  /**
   * The states of the subscription's tables.
   *
   * @param remedy the commands that their notes name
   */
  public TableStates tables(Remedy remedy) throws SQLException {
    Map<TableId, TableState> states = new HashMap<>();
    try (PreparedStatement query = connection.prepareStatement(PositionSql.LOAD_TABLES)) {
      query.setString(1, subscription);
      try (ResultSet row = query.executeQuery()) {
        while (row.next()) {
          TableId table = new TableId(row.getString(1), row.getString(2));
          states.put(
              table,
              new TableState(
                  TableState.Stage.of(row.getString(3)),
                  row.getLong(4),
                  row.getLong(5),
                  DefinitionJson.read(table, row.getString(6)),
                  row.getString(7)));
        }
      }
    }
    return new TableStates(states, remedy);
  }

  /**
   * Stores what {@code status} shows.
   *
   * @param waitingFor null when the sink waits for nothing
   */
  public void report(String waitingFor, long waitedMillis, Map<String, Long> notApplied)
      throws SQLException {
    try (PreparedStatement update = connection.prepareStatement(PositionSql.REPORT)) {
      update.setString(1, waitingFor);
      update.setObject(2, waitingFor == null ? null : waitedMillis, Types.BIGINT);
      update.setObject(3, OffsetText.numbers(notApplied), Types.OTHER);
      update.setString(4, subscription);
      update.executeUpdate();
    }
  }

  private static Position position(ResultSet row) throws SQLException {
    return new Position(
        row.getString(1),
        row.getString(2),
        row.getString(3),
        nullableLong(row, 4),
        nullableLong(row, 5),
        row.getString(6));
  }

  private static Long nullableLong(ResultSet row, int column) throws SQLException {
    long value = row.getLong(column);
    return row.wasNull() ? null : value;
  }
}
