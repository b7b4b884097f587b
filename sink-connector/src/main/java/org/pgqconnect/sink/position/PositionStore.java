/*
 * Copyright pgq-connect contributors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package org.pgqconnect.sink.position;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.HashMap;
import java.util.Map;
import org.pgqconnect.batch.BatchEnd;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.sink.assemble.PartitionId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The rows of one subscription in schema {@code pgq_connect}, on one session. */
public final class PositionStore {
  private static final Logger LOG = LoggerFactory.getLogger(PositionStore.class);
  private static final int PREDECESSOR_POLLS = 100;
  private static final int PREDECESSOR_POLL_MS = 50;

  private final Connection connection;
  private final String subscription;
  private PreparedStatement lock;
  private PreparedStatement save;

  public PositionStore(Connection connection, String subscription) {
    this.connection = connection;
    this.subscription = subscription;
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
        String prefix = row.getString(1);
        if (!prefix.equals(topicPrefix)) {
          throw new StopException(
              ("Subscription %s follows topic prefix %s, but this connector's topic.prefix is %s. Positions of two queues cannot be"
                      + " mixed: give the connector another subscription.name, or remove the old one: DELETE FROM pgq_connect.subscription"
                      + " WHERE name = '%s';")
                  .formatted(subscription, prefix, topicPrefix, subscription));
        }
        return new Position(row.getString(2), nullableLong(row, 3), row.getString(4));
      }
    }
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
      if (!row.getBoolean(4)) {
        throw new StopException(
            "Another session has taken subscription %s over. Two connectors share one subscription.name, or this task outlived its successor"
                .formatted(subscription));
      }
      return new Position(row.getString(1), nullableLong(row, 2), row.getString(3));
    }
  }

  /** Moves the position, in the transaction that locked it. */
  public void save(BatchEnd end, Map<PartitionId, Long> offsets, TableStates states)
      throws SQLException {
    if (save == null) {
      save = connection.prepareStatement(PositionSql.SAVE);
    }
    save.setString(1, end.queue());
    save.setString(2, end.provider());
    save.setLong(3, end.bounds().tickId());
    save.setString(4, end.tickTime());
    save.setObject(5, OffsetText.json(offsets), Types.OTHER);
    save.setString(6, subscription);
    save.executeUpdate();
    if (!states.changed().isEmpty()) {
      saveTables(states.changed());
    }
  }

  private void saveTables(Map<TableId, TableState> states) throws SQLException {
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
        upsert.addBatch();
      }
      upsert.executeBatch();
    }
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

  /** The states of the subscription's tables. */
  public TableStates tables() throws SQLException {
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
    return new TableStates(states);
  }

  private static Long nullableLong(ResultSet row, int column) throws SQLException {
    long value = row.getLong(column);
    return row.wasNull() ? null : value;
  }
}
