/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.position;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.pgqconnect.batch.BatchEnd;
import org.pgqconnect.batch.Boundary;
import org.pgqconnect.batch.StartTick;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.wire.TopicNames;

/**
 * Holds each batch against the stored position: is it the next one of the same history of the same
 * queue of the same provider?
 *
 * @param subscription the subscription's name
 * @param names the topics that are read
 * @param subscriber the database that is written
 */
public record ChainGuard(String subscription, TopicNames names, SubscriberDatabase subscriber) {
  /**
   * The database that is written.
   *
   * @param address where it is, for messages
   * @param provider the uuid that it has as a provider; null when it is none
   */
  public record SubscriberDatabase(String address, String provider) {}

  /**
   * Whether a boundary belongs to the history that the subscriber follows, whichever tick it is of.
   *
   * @param offset where it stands in the transaction topic
   * @return false when it belongs to the history that was followed before, and given up
   * @throws StopException when it belongs to another history, or is the subscriber's own
   */
  public boolean follows(Boundary boundary, Position position, long offset) {
    requireFromElsewhere(boundary);
    if (isOfAnotherQueue(boundary, position)) {
      if (position.attempt() != null && boundary.id().attempt() < position.attempt()) {
        return false;
      }
      throw new StopException(anotherQueue(boundary, position, OptionalLong.of(offset)));
    }
    checkTicks(boundary, position);
    return true;
  }

  /**
   * Whether to apply the batch.
   *
   * @throws StopException when the chain has a gap, or the batch belongs to another history, or is
   *     the subscriber's own
   */
  public PositionCheck check(Boundary batch, Position position) {
    requireFromElsewhere(batch);
    if (isOfAnotherQueue(batch, position)) {
      throw new StopException(anotherQueue(batch, position, OptionalLong.empty()));
    }
    checkTicks(batch, position);
    PositionCheck verdict = PositionCheck.of(batch.bounds(), position.tickId());
    if (verdict == PositionCheck.GAP) {
      throw new StopException(gap(batch, position));
    }
    return verdict;
  }

  /**
   * A database that is subscriber and provider at once has another identity than its provider. One
   * with the same is the provider itself, or a copy of it.
   */
  private void requireFromElsewhere(Boundary batch) {
    if (subscriber.provider() != null && subscriber.provider().equals(batch.provider())) {
      throw new StopException(
          """
          Batch %s of topic %s comes from provider %s, and the database that subscription %s writes, %s, has that \
          identity: it is the \
          provider itself. Its rows would be overwritten with older states of themselves, and captured again. \
          Nothing of the batch was \
          applied. Set database.hostname, database.port and database.dbname of this connector to the subscriber's \
          database, and on this \
          one: DELETE FROM pgq_connect.subscription WHERE name = %s; If it is the subscriber, made from a copy of \
          the provider's \
          database, remove the provider's part from the copy first: docs/operations.md, "A subscriber that was made \
          from a copy of the provider's database\"\
          """
              .formatted(
                  batch.bounds(),
                  topic(),
                  batch.provider(),
                  subscription,
                  subscriber.address(),
                  Identifiers.literal(subscription)));
    }
  }

  private static boolean isOfAnotherQueue(Boundary boundary, Position position) {
    return differ(position.provider(), boundary.provider())
        || differ(position.queue(), boundary.queue())
        || differ(position.queueIdentity(), boundary.queueIdentity());
  }

  private static boolean differ(String stored, String said) {
    return stored != null && said != null && !stored.equals(said);
  }

  private String gap(Boundary batch, Position position) {
    long prev = batch.bounds().prevTickId();
    return """
    Topic %s continues with batch %s of queue %s, but subscription %s is at tick %d: the batches (%d, %d] are missing. \
    Nothing of it was applied, for the rows would be wrong without what is missing. Ways out:
    1. If the topics still hold the missing batches, read them again: \
    PUT /connectors/<name>/stop, DELETE /connectors/<name>/offsets, PUT /connectors/<name>/resume. \
    What was applied is skipped.
    2. If they are gone (retention), continue from here and copy every table again: \
    UPDATE pgq_connect.subscription SET tick_id = %d, tick_time = NULL WHERE name = %s; \
    then restart the connector and run %s.
    3. If you know that nothing was lost, the UPDATE of 2 alone accepts the hole.\
    """
        .formatted(
            topic(),
            batch.bounds(),
            batch.queue(),
            subscription,
            position.tickId(),
            position.tickId(),
            prev,
            prev,
            Identifiers.literal(subscription),
            Remedy.ofPrefix(names.prefix()).resyncAll());
  }

  /**
   * @param offset of the boundary in the transaction topic, to read from then; empty: not known
   */
  private String anotherQueue(Boundary batch, Position position, OptionalLong offset) {
    return """
    Batch %s of topic %s comes from queue %s (creation %s) of provider %s, but subscription %s follows queue %s \
    (creation %s) of \
    provider %s and is at its tick %d. %s, so ticks cannot be compared, and changes since tick %d may be lost. \
    Nothing of the \
    batch was applied. If it is another queue by mistake, give its source connector another topic.prefix. \
    To follow the new history, on the subscriber: \
    UPDATE pgq_connect.subscription SET queue = %s, provider = %s, queue_identity = %s, attempt = %d, tick_id = %d, \
    tick_time = NULL%s \
    WHERE name = %s; UPDATE pgq_connect.subscribed_table SET state = 'expecting-copy', copy_id = 0 WHERE \
    subscription = %s; then restart the \
    connector and copy all tables again: %s. Without the second UPDATE the tables are taken to hold what the new \
    history began with.\
    """
        .formatted(
            batch.bounds(),
            topic(),
            batch.queue(),
            known(batch.queueIdentity()),
            batch.provider(),
            subscription,
            known(position.queue()),
            known(position.queueIdentity()),
            known(position.provider()),
            position.tickId(),
            whyAnother(batch, position),
            position.tickId(),
            Identifiers.literal(batch.queue()),
            Identifiers.literal(batch.provider()),
            batch.queueIdentity() == null ? "NULL" : Identifiers.literal(batch.queueIdentity()),
            batch.id().attempt(),
            batch.bounds().prevTickId(),
            offset.isPresent() ? ", offsets = offsets || " + from(offset.getAsLong()) : "",
            Identifiers.literal(subscription),
            Identifiers.literal(subscription),
            Remedy.ofPrefix(names.prefix()).resyncAll());
  }

  private static String whyAnother(Boundary batch, Position position) {
    if (differ(position.provider(), batch.provider())) {
      return "The provider was installed anew, or the source connector reads another database than"
          + " before";
    }
    return differ(position.queue(), batch.queue())
        ? "Another queue is published under this topic.prefix"
        : "The queue was dropped and made anew";
  }

  /** The transaction topic from an offset on, as the subscriber stores it. */
  private String from(long offset) {
    return Identifiers.literal("{\"%s:0\": %d}".formatted(topic(), offset));
  }

  private static String known(String text) {
    return text == null ? "unknown" : text;
  }

  /** A tick has one time, and later ticks have later times. */
  private void checkTicks(Boundary batch, Position position) {
    if (position.tickId() == null
        || position.tickTime() == null
        || !(batch instanceof BatchEnd end)) {
      return;
    }
    if (position.tickId() < batch.bounds().tickId()) {
      checkStart(end, position);
      return;
    }
    boolean same = position.tickId() == batch.bounds().tickId();
    if (same
        ? end.tickTime().equals(position.tickTime())
        : !TickTime.isAfter(end.tickTime(), position.tickTime())) {
      return;
    }
    throw new StopException(
        lostHistory(
                "Tick %d of queue %s was made at %s"
                    .formatted(batch.bounds().tickId(), batch.queue(), end.tickTime()),
                position)
            + (same
                ? " UPDATE pgq_connect.subscription SET tick_time = %s WHERE name = %s; and restart the connector."
                    .formatted(
                        Identifiers.literal(end.tickTime()), Identifiers.literal(subscription))
                : (" UPDATE pgq_connect.subscription SET tick_id = %d, tick_time = NULL"
                        + " WHERE name = %s; and restart the connector.")
                    .formatted(batch.bounds().prevTickId(), Identifiers.literal(subscription))));
  }

  /** A batch that leads on from the position must do so from the tick that was applied. */
  private void checkStart(BatchEnd end, Position position) {
    List<StartTick> ticks = end.startTicks();
    if (ticks.isEmpty() || position.tickId() < ticks.get(0).id()) {
      return;
    }
    Optional<StartTick> start =
        ticks.stream().filter(tick -> tick.id() == position.tickId()).findFirst();
    if (start.isPresent() && start.get().time().equals(position.tickTime())) {
      return;
    }
    String found =
        start.isPresent()
            ? "Tick %d of queue %s, from which batch %s leads on, was made at %s"
                .formatted(position.tickId(), end.queue(), end.bounds(), start.get().time())
            : "Batch %s of queue %s has no tick %d to lead on from"
                .formatted(end.bounds(), end.queue(), position.tickId());
    // The tick stays: the rows that it stands for may be on the subscriber, so this is no batch
    // that follows exactly what was applied.
    throw new StopException(
        lostHistory(found, position)
            + " UPDATE pgq_connect.subscription SET tick_time = NULL WHERE name = %s; and restart the connector."
                .formatted(Identifiers.literal(subscription)));
  }

  private String lostHistory(String found, Position position) {
    return """
    %s according to topic %s, but subscription %s applied a tick %d made at %s. \
    The provider lost part of its history (a failover to a standby that lagged, or a restore) and uses tick ids again, \
    so the subscriber may hold changes that the provider no longer has. Compare the tables, or copy them again with \
    %s. To continue from this tick:\
    """
        .formatted(
            found,
            topic(),
            subscription,
            position.tickId(),
            position.tickTime(),
            Remedy.ofPrefix(names.prefix()).resyncAll());
  }

  private String topic() {
    return names.transaction();
  }
}
