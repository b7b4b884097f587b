/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.history;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.source.queue.Queue;
import org.pgqconnect.source.queue.Tick;

/**
 * Decides where a task starts: Kafka's offset is the truth, because it was committed with the
 * records; PgQ's own position is brought to it. Without an offset the consumer's position counts,
 * and without that the queue's last tick.
 */
public final class StartPosition {
  private static final String RESET =
      " (PUT /connectors/<name>/stop, DELETE /connectors/<name>/offsets, PUT"
          + " /connectors/<name>/resume)";

  private StartPosition() {}

  /**
   * The tick to start after.
   *
   * @param queue the queue's name, for messages
   * @param offset what the last published batch left in Kafka
   * @param identity that of the queue that is connected to
   * @param events whether the connector publishes an application's own events, not changes of
   *     tables
   * @param atOffset the provider's tick with the offset's id, if it is still there
   * @param subscription the tick PgQ has for the consumer, if it is registered
   * @return empty to start at the last tick
   * @throws StopException when the provider's history is not the one that was published
   */
  public static Optional<Tick> decide(
      String queue,
      Optional<Published> offset,
      Queue.Identity identity,
      boolean events,
      Optional<Tick> atOffset,
      Optional<Tick> subscription) {
    if (offset.isEmpty()) {
      return subscription;
    }
    Published published = offset.get();
    if (!published.identity().provider().equals(identity.provider())) {
      throw otherProvider(queue, published, identity);
    }
    String before = published.identity().queueIdentity();
    if (before != null && !before.equals(identity.queueIdentity())) {
      throw queueMadeAnew(queue, published);
    }
    if (published.events() && !events) {
      throw withoutTables(queue, published);
    }
    if (atOffset.isEmpty()
        && subscription.filter(tick -> tick.id() > published.tickId()).isPresent()) {
      // The consumer moves only when Kafka has a batch; the offset is stored later, and lags.
      return subscription;
    }
    if (atOffset.isEmpty()) {
      throw tickIsGone(queue, published);
    }
    if (!atOffset.get().time().equals(published.tickTime())) {
      throw tickOfAnotherTime(queue, published, atOffset.get());
    }
    return atOffset;
  }

  private static StopException otherProvider(
      String queue, Published published, Queue.Identity identity) {
    return new StopException(
        ("The offset of queue \"%s\" was written for provider %s, but the connected database is"
             + " provider %s: it is another database, or was installed anew. Subscribers may lack"
             + " rows between the two histories, or hold rows that the provider does not have. To"
             + " continue: compare provider and subscribers, then reset the offset%s and copy the"
             + " tables again: %s")
            .formatted(
                queue,
                published.identity().provider(),
                identity.provider(),
                RESET,
                Remedy.ofQueue(queue).resyncAll()));
  }

  private static StopException queueMadeAnew(String queue, Published published) {
    return notToContinue(
        "The queue \"%s\" was dropped and made anew: its tick %d (%s), up to which everything is"
            + " published, belongs to the queue that was dropped. Rows that were written around"
            + " that time may be missing on subscribers, whose sinks will stop at the first batch"
            + " and report how to continue. To continue: reset the offset%s and copy the tables"
            + " again: %s",
        queue, published);
  }

  /** A boundary of events looks like one of a batch in which no table changed. */
  private static StopException withoutTables(String queue, Published published) {
    return notToContinue(
        "The offset of queue \"%s\", tick %d (%s), was stored with mode=events, which published no"
            + " changes of tables: subscribers would miss those of that time. To continue, reset"
            + " the offset%s, so that the connector starts where PgQ has its consumer. If that was"
            + " unregistered meanwhile, copy the tables again, too: %s",
        queue, published);
  }

  private static StopException notToContinue(String text, String queue, Published published) {
    return new StopException(
        text.formatted(
            queue,
            published.tickId(),
            published.tickTime(),
            RESET,
            Remedy.ofQueue(queue).resyncAll()));
  }

  private static StopException tickIsGone(String queue, Published published) {
    return new StopException(
        ("Queue \"%s\" no longer has tick %d (%s), up to which everything is published: the"
                    + " provider was restored to an earlier state or failed over to a lagging"
                    + " standby, or the tick was rotated away while the connector was stopped"
                    + " without its consumer.")
                .formatted(queue, published.tickId(), published.tickTime())
            + newHistory(queue));
  }

  private static StopException tickOfAnotherTime(String queue, Published published, Tick held) {
    return new StopException(
        ("Tick %d of queue \"%s\" was made at %s, but the published tick %d was made at %s: the"
                    + " provider lost history and uses tick ids again.")
                .formatted(
                    published.tickId(),
                    queue,
                    held.time(),
                    published.tickId(),
                    published.tickTime())
            + newHistory(queue));
  }

  /** Ticks of a new history must not take ids that subscribers have seen: they would be skipped. */
  private static String newHistory(String queue) {
    return (" Subscribers may lack rows between the two histories, or hold rows that the provider"
            + " does not have, and ticks would use ids again that subscribers skip. To"
            + " continue, with ticks that are new to subscribers and a new copy of every table:"
            + " %s, then reset the offset%s. Tables that were added since the state that the"
            + " provider has now are not captured any more, and subscribers keep them as they"
            + " were: %s (with the files of source and sinks) names them")
        .formatted(Remedy.ofQueue(queue).repairTicksConfirmed(), RESET, Remedy.compare());
  }

  /**
   * The last batch that was published, from the source offset.
   *
   * @param identity that of the queue it was read from
   * @param events whether an application's own events were published, and no changes of tables
   */
  public record Published(long tickId, String tickTime, Queue.Identity identity, boolean events) {
    public Published {
      requireNonNull(tickTime, "tickTime");
      requireNonNull(identity, "identity");
    }
  }
}
