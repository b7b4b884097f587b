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
package org.pgqconnect.source.queue;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * A batch's events, a bounded number at a time, so that the size of a batch never matters to
 * memory. Holds a transaction open until it is closed.
 */
public final class EventCursor implements AutoCloseable {
  private final Connection connection;
  private final FetchSize size;
  private final EventTime time = new EventTime();
  private List<Event> first;
  private boolean exhausted;

  private EventCursor(Connection connection, FetchSize size) {
    this.connection = connection;
    this.size = size;
  }

  static EventCursor open(Connection connection, long batchId, long afterEventId, FetchSize size)
      throws SQLException {
    EventCursor cursor = new EventCursor(connection, size);
    connection.setAutoCommit(false);
    try {
      cursor.declare(batchId, afterEventId);
      return cursor;
    } catch (SQLException e) {
      cursor.close();
      throw e;
    }
  }

  private void declare(long batchId, long afterEventId) throws SQLException {
    String sql = afterEventId == 0 ? QueueSql.EVENTS : QueueSql.EVENTS_AFTER;
    int rows = size.rows();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setLong(1, batchId);
      statement.setInt(2, rows);
      if (afterEventId != 0) {
        statement.setLong(3, afterEventId);
      }
      first = read(statement, rows);
    }
  }

  /** The next events; an empty list when there are no more. */
  public List<Event> next() throws SQLException {
    if (first != null) {
      List<Event> events = first;
      first = null;
      return events;
    }
    if (exhausted) {
      return List.of();
    }
    int rows = size.rows();
    try (PreparedStatement statement =
        connection.prepareStatement(QueueSql.FETCH.formatted(rows))) {
      return read(statement, rows);
    }
  }

  /** True when {@link #next} has returned the last events. */
  public boolean exhausted() {
    return first == null && exhausted;
  }

  private List<Event> read(PreparedStatement statement, int wanted) throws SQLException {
    List<Event> events = new ArrayList<>(Math.min(wanted, 1000));
    long chars = 0;
    try (ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        Event event = event(rows);
        events.add(event);
        chars += event.chars();
      }
    }
    size.read(events.size(), chars);
    exhausted = events.size() < wanted;
    return events;
  }

  private Event event(ResultSet rows) throws SQLException {
    return new Event(
        rows.getLong(1),
        time.micros(rows.getString(2)),
        rows.getLong(3),
        rows.getString(5),
        rows.getString(6),
        rows.getString(7),
        rows.getString(8),
        rows.getString(9),
        rows.getString(10));
  }

  /** Closes the cursor and ends its transaction. */
  @Override
  public void close() throws SQLException {
    try {
      connection.rollback();
    } finally {
      connection.setAutoCommit(true);
    }
  }
}
