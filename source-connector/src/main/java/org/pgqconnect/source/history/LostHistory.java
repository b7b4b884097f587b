/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.history;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.source.queue.Snapshot;
import org.pgqconnect.source.queue.Tick;

/**
 * Notices a queue whose ticks lie in the future of the server's transaction ids: the database was
 * restored from a dump into another cluster. Which events a tick sees is decided by transaction
 * ids, so no batch of such a queue can be determined any more.
 */
public final class LostHistory {
  private LostHistory() {}

  /** Whether a tick of this snapshot can have been made on a server that is at {@code now}. */
  static boolean isFuture(String tickSnapshot, String now) {
    return Snapshot.parse(tickSnapshot).xmax() > Snapshot.parse(now).xmax();
  }

  /**
   * Makes sure that the newest tick is of this server's history.
   *
   * @param now the server's present snapshot
   * @throws StopException when it is not; the message says how to fix it
   */
  public static void check(String queue, Optional<Tick> newest, String now) {
    if (newest.isPresent() && isFuture(newest.get().snapshot(), now)) {
      throw error(
          queue,
          "tick %d (%s) was made at transaction id %d, and the server is at %d only"
              .formatted(
                  newest.get().id(),
                  newest.get().time(),
                  Snapshot.parse(newest.get().snapshot()).xmax(),
                  Snapshot.parse(now).xmax()));
    }
  }

  /**
   * Makes sure that the queue's ticks were made by this server. One that has caught up with the
   * transaction ids of the server that the queue was restored from has used them for other
   * transactions.
   */
  public static void checkTicks(Connection connection, String queue) throws SQLException {
    Optional<String> evidence = restoredTick(new Session(connection), queue);
    if (evidence.isPresent()) {
      throw error(queue, evidence.get());
    }
  }

  /** What shows that a tick was made by another server, with greater transaction ids. */
  static Optional<String> restoredTick(Session session, String queue) throws SQLException {
    return session.first(
        RepairSql.RESTORED_TICK,
        row ->
            "tick %d (%s) was made at transaction id %d or later, and transaction %d of this server wrote its row"
                .formatted(row.getLong(1), row.getString(2), row.getLong(3), row.getLong(4)),
        queue);
  }

  /**
   * The failure.
   *
   * @param evidence what showed it
   */
  public static StopException error(String queue, String evidence) {
    return new StopException(
        ("Queue \"%s\" was restored into a server with smaller transaction ids: %s. Which events a"
             + " tick sees is decided by transaction ids, so changes would be lost or published at"
             + " the wrong time, and no tick can be made. Fix it: %s, and restart the connector."
             + " That drops the queue's old events and has every captured table copied again."
             + " Tables that were added after the restored state was saved are not captured any"
             + " more, and subscribers keep them as they were: %s (with the files of source and"
             + " sinks) names them")
            .formatted(
                queue, evidence, Remedy.ofQueue(queue).repairTicksConfirmed(), Remedy.compare()));
  }
}
