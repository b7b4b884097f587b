/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.session;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.source.copy.TableCopies;
import org.pgqconnect.source.queue.Queue;
import org.pgqconnect.source.queue.Tick;

/** Puts a queue's consumer at a tick, and the copies of tables with it. */
public final class ConsumerPlace {
  private ConsumerPlace() {}

  /**
   * Registers or moves a consumer that no session reads for. Backward, or where it was not
   * registered, batches after the tick are published again, so copies go back with it; those of a
   * queue whose tables another consumer publishes stay.
   *
   * @param connection in autocommit mode, which queue and copies use, too
   */
  public static void register(Connection connection, Queue queue, TableCopies copies, Tick tick)
      throws SQLException {
    Optional<Tick> now = queue.subscription();
    boolean forward = now.isPresent() && now.get().id() <= tick.id();
    if (forward || queue.otherPublisher().isPresent()) {
      queue.registerAt(tick.id());
    } else {
      goBack(connection, queue, copies, tick);
    }
  }

  /** Batches after the tick are published again, without what they carried of copies. */
  static void goBack(Connection connection, Queue queue, TableCopies copies, Tick tick)
      throws SQLException {
    new Session(connection)
        .inTransaction(
            () -> {
              copies.goBack(tick);
              queue.registerAt(tick.id());
            });
  }
}
