/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.queue;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pgqconnect.postgres.Session;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;

/**
 * A batch's events, a bounded number at a time, so that neither the size of a batch nor that of its
 * rows matters to memory: the server sends them as COPY does, and each is taken from the network
 * when it is wanted. What is held at most is {@link #MAX_BYTES} and one event.
 *
 * <p>The session serves nothing else until the last event is read or the cursor is closed.
 */
public final class EventCursor implements AutoCloseable {
  /** Bytes of events that are held at once, but for the last of them. */
  static final long MAX_BYTES = 16L << 20;

  private final CopyOut copy;
  private final int maxEvents;
  private final CopiedEvents format = new CopiedEvents();
  private boolean exhausted;

  private EventCursor(CopyOut copy, int maxEvents) {
    this.copy = copy;
    this.maxEvents = maxEvents;
  }

  static EventCursor open(Connection connection, long batchId, long afterEventId, int maxEvents)
      throws SQLException {
    String events =
        new Session(connection).one(QueueSql.BATCH_SQL, row -> row.getString(1), batchId);
    CopyOut copy =
        connection
            .unwrap(PGConnection.class)
            .getCopyAPI()
            .copyOut(QueueSql.copyEvents(events, afterEventId));
    return new EventCursor(copy, maxEvents);
  }

  /** The next events; an empty list when there are no more. */
  public List<Event> next() throws SQLException {
    List<Event> events = new ArrayList<>();
    long bytes = 0;
    while (!exhausted && events.size() < maxEvents && bytes < MAX_BYTES) {
      byte[] message = copy.readFromCopy();
      if (message == null) {
        exhausted = true;
      } else {
        bytes += message.length;
        Optional<Event> event = format.event(message);
        event.ifPresent(events::add);
      }
    }
    return events;
  }

  /** True when {@link #next} has returned the last events. */
  public boolean exhausted() {
    return exhausted;
  }

  /** Ends the reading; what was not read is not sent any more. */
  @Override
  public void close() throws SQLException {
    if (copy.isActive()) {
      copy.cancelCopy();
    }
  }
}
