/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.session;

import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.plugin.Interval;
import org.pgqconnect.plugin.NanoClock;
import org.pgqconnect.source.queue.LockHolder;
import org.pgqconnect.source.queue.Queue;

/** The locks of the one session that reads a queue, and publishes it under one prefix. */
final class ReaderLocks {
  private static final Duration WAIT = Duration.ofSeconds(20);
  private static final long POLL_MILLIS = 100;

  private ReaderLocks() {}

  /**
   * Takes both, or waits a while for those that hold them: a connector that was just stopped.
   *
   * @throws StopException when another connector publishes the queue into the same topics
   * @throws RetryException when another session reads the queue for the same consumer
   */
  static void take(Queue queue, ProviderSession.Settings settings, NanoClock clock)
      throws SQLException, InterruptedException {
    Interval waiting = new Interval(clock, WAIT);
    Optional<LockHolder> reader = queue.lock();
    while (reader.isPresent()) {
      if (waiting.isOver()) {
        throw new RetryException(
            ("Queue \"%s\" is read by another session of consumer \"%s\": %s. Two readers would publish"
                    + " everything twice. Stop the other connector, or if it is dead, end its session:"
                    + " select pg_terminate_backend(%d)")
                .formatted(
                    settings.queue(), settings.consumer(), reader.get(), reader.get().pid()));
      }
      Thread.sleep(POLL_MILLIS);
      reader = queue.lock();
    }
    Optional<LockHolder> publisher = queue.lockTopics(settings.topicPrefix());
    while (publisher.isPresent()) {
      if (waiting.isOver()) {
        String why =
            ProviderSession.secondPublisher(
                settings.queue(), settings.topicPrefix(), publisher.get());
        throw publisher.get().isAnotherConnector(settings.connector())
            ? new StopException(why)
            : new RetryException(why);
      }
      Thread.sleep(POLL_MILLIS);
      publisher = queue.lockTopics(settings.topicPrefix());
    }
  }
}
