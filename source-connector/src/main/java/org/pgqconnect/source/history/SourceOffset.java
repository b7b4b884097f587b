/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.history;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.source.queue.Tick;

/**
 * What the Connect framework keeps for a queue: up to which tick everything is published and,
 * within a batch too long for one Kafka transaction, how much of the next.
 *
 * @param tickId the last published tick
 * @param tickTime its time as the provider writes it
 * @param provider the identity of the provider
 * @param queueIdentity which creation of the queue; null when it is not known
 * @param events whether an application's own events were published up to it, and no changes of
 *     tables
 * @param partial how far the batch after it is; empty at a tick boundary
 */
public record SourceOffset(
    long tickId,
    String tickTime,
    String provider,
    String queueIdentity,
    boolean events,
    Optional<Partial> partial) {

  private static final String QUEUE = "queue";
  private static final String TICK_ID = "tick_id";
  private static final String TICK_TIME = "tick_time";
  private static final String PROVIDER = "provider";
  private static final String QUEUE_IDENTITY = "queue_identity";
  private static final String EVENTS = "events";
  private static final String BATCH_TICK_ID = "batch_tick_id";
  private static final String BATCH_TICK_TIME = "batch_tick_time";
  private static final String BATCH_ATTEMPT = "batch_attempt";
  private static final String BATCH_SESSION = "batch_session";
  private static final String BATCH_RULES = "batch_rules";
  private static final String BATCH_TRANSACTIONAL = "batch_transactional";
  private static final String BATCH_EVENT_ID = "batch_ev_id";
  private static final String BATCH_ORDER = "batch_total_order";
  private static final String BATCH_COUNTS = "batch_counts";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final TypeReference<Map<String, Long>> COUNTS = new TypeReference<>() {};

  public SourceOffset {
    requireNonNull(tickTime, "tickTime");
    requireNonNull(provider, "provider");
    requireNonNull(partial, "partial");
  }

  /**
   * A batch that is published in part.
   *
   * @param tickId the tick that ends the batch
   * @param tickTime its time as the provider writes it: a provider that lost history makes another
   *     tick of that number
   * @param attempt the attempt that began it and that a restart continues with
   * @param publisher who published this far
   * @param eventId the last event published
   * @param order records published so far
   * @param counts rows published so far by data collection
   */
  public record Partial(
      long tickId,
      String tickTime,
      long attempt,
      Publisher publisher,
      long eventId,
      long order,
      Map<String, Long> counts) {
    public Partial {
      requireNonNull(tickTime, "tickTime");
      requireNonNull(publisher, "publisher");
      counts = Map.copyOf(counts);
    }

    /** Whether it is the batch that ends with a tick, and a publisher may continue its attempt. */
    public boolean isContinuedBy(Publisher next, Tick tick) {
      return tickId == tick.id() && tickTime.equals(tick.time()) && publisher.precedes(next);
    }
  }

  /**
   * Who publishes a batch.
   *
   * @param session its number; the next session of the provider has the next number
   * @param rules stands for what decides which records events become and in which topic; empty in
   *     an offset that does not say
   * @param transactional whether Kafka commits the offset with the records
   */
  public record Publisher(long session, String rules, boolean transactional) {
    public Publisher {
      requireNonNull(rules, "rules");
    }

    /**
     * Whether another may continue the attempt. Records beyond the offset have to become the same
     * again, and to be the last ones of the attempt: unless the other is the very next session, one
     * came between and made the attempt void. With Kafka's transactions there are none beyond the
     * offset, whichever session came between: the framework fences other tasks before it reads the
     * offset.
     */
    private boolean precedes(Publisher next) {
      return !rules.isEmpty()
          && rules.equals(next.rules)
          && (transactional && next.transactional || session + 1 == next.session);
    }
  }

  /** The offset of the same publisher once everything up to a tick is published. */
  public SourceOffset at(Tick tick) {
    return new SourceOffset(
        tick.id(), tick.time(), provider, queueIdentity, events, Optional.empty());
  }

  /** The same tick, with how much of the next batch is published. */
  public SourceOffset with(Optional<Partial> next) {
    return new SourceOffset(tickId, tickTime, provider, queueIdentity, events, next);
  }

  /** The source partition of a queue. */
  public static Map<String, String> partition(String queue) {
    return Map.of(QUEUE, queue);
  }

  /** The form that the framework stores. */
  public Map<String, Object> toMap() {
    Map<String, Object> map = new HashMap<>();
    map.put(TICK_ID, tickId);
    map.put(TICK_TIME, tickTime);
    map.put(PROVIDER, provider);
    if (queueIdentity != null) {
      map.put(QUEUE_IDENTITY, queueIdentity);
    }
    if (events) {
      map.put(EVENTS, true);
    }
    partial.ifPresent(
        part -> {
          map.put(BATCH_TICK_ID, part.tickId);
          map.put(BATCH_TICK_TIME, part.tickTime);
          map.put(BATCH_ATTEMPT, part.attempt);
          map.put(BATCH_SESSION, part.publisher.session);
          map.put(BATCH_RULES, part.publisher.rules);
          map.put(BATCH_TRANSACTIONAL, part.publisher.transactional);
          map.put(BATCH_EVENT_ID, part.eventId);
          map.put(BATCH_ORDER, part.order);
          map.put(BATCH_COUNTS, json(part.counts));
        });
    return map;
  }

  /**
   * Reads what the framework stored.
   *
   * @param map null when there is no offset
   * @throws StopException when the offset was altered into something else
   */
  public static Optional<SourceOffset> of(Map<String, ?> map) {
    if (map == null || map.isEmpty()) {
      return Optional.empty();
    }
    if (!(map.get(TICK_ID) instanceof Number)
        || !(map.get(TICK_TIME) instanceof String)
        || !(map.get(PROVIDER) instanceof String)) {
      throw new StopException(
          "The source offset "
              + map
              + " is not an offset of pgq-connect: it needs tick_id (a number), tick_time and"
              + " provider (texts)");
    }
    return Optional.of(
        new SourceOffset(
            number(map, TICK_ID),
            (String) map.get(TICK_TIME),
            (String) map.get(PROVIDER),
            map.get(QUEUE_IDENTITY) instanceof String identity ? identity : null,
            Boolean.TRUE.equals(map.get(EVENTS)),
            partial(map)));
  }

  private static Optional<Partial> partial(Map<String, ?> map) {
    if (map.get(BATCH_TICK_ID) == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new Partial(
              number(map, BATCH_TICK_ID),
              (String) map.get(BATCH_TICK_TIME),
              number(map, BATCH_ATTEMPT),
              publisher(map),
              number(map, BATCH_EVENT_ID),
              number(map, BATCH_ORDER),
              JSON.readValue((String) map.get(BATCH_COUNTS), COUNTS)));
    } catch (JsonProcessingException | RuntimeException e) {
      throw new StopException("The source offset " + map + " has a batch that cannot be read", e);
    }
  }

  private static Publisher publisher(Map<String, ?> map) {
    return new Publisher(
        number(map, BATCH_SESSION),
        map.get(BATCH_RULES) instanceof String rules ? rules : "",
        Boolean.TRUE.equals(map.get(BATCH_TRANSACTIONAL)));
  }

  private static long number(Map<String, ?> map, String key) {
    return ((Number) map.get(key)).longValue();
  }

  private static String json(Map<String, Long> counts) {
    try {
      return JSON.writeValueAsString(counts);
    } catch (JsonProcessingException e) {
      throw new StopException("Row counts " + counts + " cannot be written", e);
    }
  }
}
