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
import org.pgqconnect.source.history.LostHistory;
import org.pgqconnect.source.history.SourceOffset;
import org.pgqconnect.source.history.StartPosition;
import org.pgqconnect.source.queue.Queue;
import org.pgqconnect.source.queue.Tick;

/**
 * Where a session resumes.
 *
 * @param tick the last published tick
 * @param offset the same, as the framework keeps it
 * @param newestTick the queue's newest tick
 */
record StartPlace(Tick tick, SourceOffset offset, long newestTick) {

  /**
   * Decides where to resume, and places the consumer and the copies there.
   *
   * @param stored the offset of the last published batch, if there is one
   */
  static StartPlace take(
      Connection connection,
      Queue queue,
      TableCopies copies,
      ProviderSession.Settings settings,
      Optional<SourceOffset> stored,
      Queue.Identity identity)
      throws SQLException {
    LostHistory.check(settings.queue(), queue.lastTick(), queue.snapshot());
    Optional<Tick> subscription = queue.subscription();
    Optional<Tick> atOffset =
        stored.isPresent() ? queue.tick(stored.get().tickId()) : Optional.empty();
    if (stored.isPresent() && atOffset.isEmpty()) {
      // Before its ticks are called lost: the whole queue may have been dropped just now.
      queue.requireExists();
    }
    Optional<Tick> decided =
        StartPosition.decide(
            settings.queue(),
            stored.map(StartPlace::published),
            identity,
            settings.streamsEvents(),
            atOffset,
            subscription);
    if (decided.isEmpty()) {
      queue.register();
      decided = queue.subscription();
    }
    Tick tick = decided.orElseThrow();
    boolean placed = subscription.filter(now -> now.id() == tick.id()).isPresent();
    place(
        connection,
        tick,
        settings.streamsEvents() ? Optional.empty() : Optional.of(copies),
        placed ? Optional.empty() : Optional.of(queue));
    return new StartPlace(
        tick,
        offset(stored, tick, identity, settings.streamsEvents()),
        queue.lastTick().map(Tick::id).orElse(tick.id()));
  }

  /**
   * @param copies those that go back to the tick
   * @param queue whose consumer is moved to the tick
   */
  private static void place(
      Connection connection, Tick tick, Optional<TableCopies> copies, Optional<Queue> queue)
      throws SQLException {
    new Session(connection)
        .inTransaction(
            () -> {
              if (copies.isPresent()) {
                copies.get().goBack(tick);
              }
              if (queue.isPresent()) {
                queue.get().registerAt(tick.id());
              }
            });
  }

  private static StartPosition.Published published(SourceOffset stored) {
    return new StartPosition.Published(
        stored.tickId(),
        stored.tickTime(),
        new Queue.Identity(stored.provider(), stored.queueIdentity()),
        stored.events());
  }

  private static SourceOffset offset(
      Optional<SourceOffset> stored, Tick tick, Queue.Identity identity, boolean events) {
    return new SourceOffset(
        stored.map(SourceOffset::tickId).orElse(tick.id()),
        stored.map(SourceOffset::tickTime).orElse(tick.time()),
        identity.provider(),
        identity.queueIdentity(),
        events,
        stored.flatMap(SourceOffset::partial));
  }
}
