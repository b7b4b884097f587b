/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.session;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.source.lock.AdvisoryLock;
import org.pgqconnect.source.lock.LockHolder;
import org.pgqconnect.source.lock.LockWait;
import org.pgqconnect.time.NanoClock;

/** The locks of the one session that reads a queue, and publishes it under one prefix. */
final class ReaderLocks {
  private static final Duration WAIT = Duration.ofSeconds(20);

  private ReaderLocks() {}

  /**
   * Takes both, or waits a while for those that hold them: a connector that was just stopped.
   *
   * @throws StopException when another connector publishes the queue into the same topics
   * @throws RetryException when another session reads the queue for the same consumer
   */
  static void take(Connection connection, ProviderSession.Settings settings, NanoClock clock)
      throws SQLException, InterruptedException {
    LockWait waiting = new LockWait(clock, WAIT);
    AdvisoryLock reading = AdvisoryLock.reader(settings.queue(), settings.consumer());
    Optional<LockHolder> reader = waiting.outlast(() -> reading.tryTake(connection));
    if (reader.isPresent()) {
      throw new RetryException(
          ("Queue \"%s\" is read by another session of consumer \"%s\": %s. Two readers would"
                  + " publish everything twice. Stop the other connector, or if it is dead, end its"
                  + " session: select pg_terminate_backend(%d)")
              .formatted(settings.queue(), settings.consumer(), reader.get(), reader.get().pid()));
    }
    AdvisoryLock publishing = AdvisoryLock.publisher(settings.queue(), settings.topicPrefix());
    Optional<LockHolder> publisher = waiting.outlast(() -> publishing.tryTake(connection));
    if (publisher.isPresent()) {
      String why =
          ProviderSession.secondPublisher(
              settings.queue(), settings.topicPrefix(), publisher.get());
      throw publisher.get().isAnotherConnector(settings.connector())
          ? new StopException(why)
          : new RetryException(why);
    }
  }
}
