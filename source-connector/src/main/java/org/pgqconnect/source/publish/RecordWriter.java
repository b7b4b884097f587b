/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.publish;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.SourceRecord;
import org.pgqconnect.batch.BatchBegin;
import org.pgqconnect.batch.BatchEnd;
import org.pgqconnect.batch.BatchId;
import org.pgqconnect.batch.BatchTable;
import org.pgqconnect.batch.Boundary;
import org.pgqconnect.batch.CopyProgress;
import org.pgqconnect.batch.Operation;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.source.decode.DecodedChange;
import org.pgqconnect.source.decode.Layout;
import org.pgqconnect.source.history.SourceOffset;
import org.pgqconnect.source.queue.Event;
import org.pgqconnect.source.queue.OpenBatch;
import org.pgqconnect.wire.BoundarySchema;
import org.pgqconnect.wire.EnvelopeSchema;
import org.pgqconnect.wire.EventSchema;
import org.pgqconnect.wire.TopicNames;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the records of one batch after the other and counts them. Not thread safe.
 *
 * <p>Rows go wherever their key is hashed to; boundaries always go to partition 0.
 */
public final class RecordWriter {
  private static final Logger LOG = LoggerFactory.getLogger(RecordWriter.class);
  private static final int MAX_KEY_CHARS = 200;
  private static final int START_TICK_CHARS = 70;

  /** Far more than queues have at a time; tables may come and go for as long as the task runs. */
  static final int MAX_LAYOUTS = 10_000;

  private final EnvelopeSchema.Origin origin;
  private final TopicNames topics;
  private final String provider;
  private final String queueIdentity;
  private final EventTopic events;
  private final RecordLimit limit;
  private final Map<String, String> partition;

  // By value: a layout that was read again is another object, and each set of schemas would take
  // its place here, and in the converters' caches, for as long as the task runs.
  private final Map<Layout, Known> known = new HashMap<>();
  private final Announcements announcements = new Announcements();
  private final TopicNames.Used<TableId> usedTopics = new TopicNames.Used<>();

  private OpenBatch batch;
  private BatchId id;
  private String idName;
  private Map<String, Object> offset;
  private long order;
  private final Map<String, Long> counts = new HashMap<>();

  /**
   * What the rows of a layout have in common; the collection is the table's name in counts, the
   * definition is empty for a layout that does not have all of the table.
   */
  private record Known(
      EnvelopeSchema schema,
      String topic,
      String collection,
      Optional<TableDefinition> definition) {}

  /**
   * @param provider the identity of the provider
   * @param queueIdentity which creation of the queue
   */
  public RecordWriter(EnvelopeSchema.Origin origin, String provider, String queueIdentity) {
    this(
        origin,
        provider,
        queueIdentity,
        new EventTopic(origin.prefix() + ".events", origin.queue(), EventTopic.Key.NONE),
        RecordLimit.none());
  }

  /**
   * @param provider the identity of the provider
   * @param queueIdentity which creation of the queue
   * @param events where an application's own events go
   * @param limit what the producer takes
   */
  public RecordWriter(
      EnvelopeSchema.Origin origin,
      String provider,
      String queueIdentity,
      EventTopic events,
      RecordLimit limit) {
    this.limit = requireNonNull(limit, "limit");
    this.events = requireNonNull(events, "events");
    this.origin = requireNonNull(origin, "origin");
    this.provider = requireNonNull(provider, "provider");
    this.queueIdentity = queueIdentity;
    this.topics = new TopicNames(origin.prefix());
    this.partition = SourceOffset.partition(origin.queue());
  }

  /**
   * Begins a batch.
   *
   * @param position the last published tick: what the batch's records carry as offset until it ends
   * @param attempt this task's attempt, or the one that began the batch when it is continued
   */
  public void begin(OpenBatch next, SourceOffset position, long attempt) {
    batch = next;
    id = new BatchId(next.tick().id(), attempt);
    idName = id.toString();
    order = 0;
    counts.clear();
    offset = position.toMap();
    position
        .partial()
        .ifPresent(
            part -> {
              order = part.order();
              counts.putAll(part.counts());
            });
  }

  /** Rows written in this batch, those of an earlier attempt at it included. */
  public long rows() {
    return order;
  }

  /** Whether rows of a table were written in this batch. */
  public boolean hasRowsOf(TableId table) {
    return counts.containsKey(table.toString());
  }

  /** The record that announces the batch. */
  public SourceRecord beginRecord() {
    return boundary(
        new BatchBegin(id, batch.bounds(), origin.queue(), provider, queueIdentity), offset);
  }

  /** The record of one change. */
  public SourceRecord change(DecodedChange change) {
    Event event = change.event();
    SourceRecord row =
        row(
            change.layout(),
            change.operation(),
            new long[] {event.id(), event.txId(), event.timeMicros()},
            change.before(),
            change.after());
    if (limit.mayExceed(event.chars(), change.layout().columns().size())) {
      requireSendable(
          row,
          "The row of table %s with key %s (event %d)"
              .formatted(change.layout().table(), shortKey(row.key()), event.id()));
    }
    return row;
  }

  /** The record of an application's own event. */
  public SourceRecord event(Event event) {
    long collectionOrder = counts.merge(events.collection(), 1L, Long::sum);
    Object key = events.key(event);
    SourceRecord record =
        new QueueRecord(
            partition,
            offset,
            events.topic(),
            null,
            key == null ? null : events.keySchema(),
            key,
            EventSchema.VALUE,
            EventSchema.value(
                new EventSchema.Fields(
                    event.id(),
                    event.timeMicros(),
                    event.txId(),
                    event.type(),
                    event.data(),
                    event.extra1(),
                    event.extra2(),
                    event.extra3(),
                    event.extra4()),
                origin.queue(),
                id,
                ++order,
                collectionOrder));
    if (limit.mayExceed(event.chars(), 1)) {
      requireSendable(record, "Event %d of type '%s'".formatted(event.id(), event.type()));
    }
    return record;
  }

  /** The record that lets a compacted topic forget the row that was deleted; it is not counted. */
  public SourceRecord tombstone(SourceRecord deleted) {
    return new QueueRecord(
        partition, offset, deleted.topic(), null, deleted.keySchema(), deleted.key(), null, null);
  }

  /** The record of one copied row. */
  public SourceRecord copied(Layout layout, Object[] values, long readMillis) {
    SourceRecord row =
        row(layout, Operation.READ, new long[] {0, 0, readMillis * 1000}, null, values);
    if (limit.mayExceed(chars(values), values.length)) {
      requireSendable(
          row,
          "The copied row of table %s with key %s".formatted(layout.table(), shortKey(row.key())));
    }
    return row;
  }

  private static long chars(Object[] values) {
    long chars = 0;
    for (Object value : values) {
      if (value instanceof String text) {
        chars += text.length();
      } else if (value instanceof byte[] bytes) {
        chars += bytes.length;
      }
    }
    return chars;
  }

  /** Kafka would fail the task from outside, and name neither table nor row. */
  private void requireSendable(SourceRecord record, String what) {
    if (!limit.measures()) {
      LOG.warn(
          "{} of queue {}, batch {}, is long. How many bytes it takes depends on the worker's converter, and what the producer takes on"
              + " the worker's settings. Should the task fail with RecordTooLargeException: {}",
          what,
          origin.queue(),
          idName,
          limit.remedy(limit.maxBytes(), record.topic()));
      return;
    }
    limit
        .excess(record)
        .ifPresent(
            bytes -> {
              throw new ConnectException(
                  "%s of queue \"%s\", batch %s, takes %d bytes as a record, but the connector's producer sends at most %d (%s). Its batch cannot be published, nor what comes after it. %s"
                      .formatted(
                          what,
                          origin.queue(),
                          idName,
                          bytes,
                          limit.maxBytes(),
                          limit.key(),
                          limit.remedy(bytes, record.topic())));
            });
  }

  private static String shortKey(Object key) {
    String text = "none";
    if (key instanceof Struct row) {
      text =
          row.schema().fields().stream()
              .map(field -> field.name() + "=" + row.get(field))
              .collect(Collectors.joining(", "));
    }
    return text.length() <= MAX_KEY_CHARS ? text : text.substring(0, MAX_KEY_CHARS) + "...";
  }

  private SourceRecord row(
      Layout layout, Operation operation, long[] event, Object[] before, Object[] after) {
    Known table = known.get(layout);
    if (table == null) {
      table = learn(layout);
    }
    EnvelopeSchema schema = table.schema;
    if (table.definition.isPresent()) {
      announcements.rows(table.definition.get(), System.nanoTime());
    }
    long tableOrder = counts.merge(table.collection, 1L, Long::sum);
    EnvelopeSchema.Stamp stamp =
        new EnvelopeSchema.Stamp(
            id,
            idName,
            operation,
            ++order,
            tableOrder,
            event[0],
            event[1],
            event[2],
            System.currentTimeMillis());
    Object[] keyed = after != null ? after : before;
    return new QueueRecord(
        partition,
        offset,
        table.topic,
        null,
        keyed == null ? null : schema.key(),
        keyed == null ? null : schema.key(keyed),
        schema.envelope(),
        schema.value(stamp, before, after));
  }

  private Known learn(Layout layout) {
    List<Schema> valueSchemas = layout.schemas();
    EnvelopeSchema.Column[] columns = new EnvelopeSchema.Column[valueSchemas.size()];
    for (int i = 0; i < columns.length; i++) {
      columns[i] = new EnvelopeSchema.Column(layout.columns().get(i).name(), valueSchemas.get(i));
    }
    EnvelopeSchema schema =
        new EnvelopeSchema(origin, layout.table(), List.of(columns), layout.keyIndexes());
    String topic = topics.table(layout.table());
    requireDistinct(layout.table(), topic);
    Known learned =
        new Known(
            schema,
            topic,
            layout.table().toString(),
            layout.id() == Layout.INCOMPLETE ? Optional.empty() : Optional.of(layout.definition()));
    if (known.size() >= MAX_LAYOUTS) {
      known.clear();
    }
    known.put(layout, learned);
    return learned;
  }

  /** Kafka's own message would name neither table. */
  private void requireDistinct(TableId table, String topic) {
    TopicNames.problem(topic)
        .ifPresent(
            why -> {
              throw new ConnectException(
                  "Rows of table %s cannot be published: Kafka refuses topic %s, because %s. Choose a shorter topic.prefix, or leave the table out of table.include.list"
                      .formatted(table, topic, why));
            });
    usedTopics
        .take(topic, table)
        .ifPresent(
            other -> {
              throw new ConnectException(
                  ("Rows of table %s cannot be published: Kafka takes its topic %s for the same as topic %s of table %s (dot and"
                          + " underscore are the same to it). Leave one of them out of table.include.list and capture it into a queue of its"
                          + " own, whose connector has another topic.prefix: %s")
                      .formatted(
                          table,
                          topic,
                          topics.table(other),
                          other,
                          Remedy.incomplete().installQueue(origin.queue() + "_2")));
            });
  }

  /** Has the table of a copy that begins defined again, for subscribers that wait for it. */
  public void copyBegins(Layout layout) {
    if (layout.id() != Layout.INCOMPLETE) {
      announcements.copyBegins(layout.definition(), System.nanoTime());
    }
  }

  /** Has a table that was altered defined again, unless its rows had that done. */
  public void altered(Layout layout) {
    if (layout.id() != Layout.INCOMPLETE) {
      announcements.rows(layout.definition(), System.nanoTime());
    }
  }

  /**
   * The records that say what tables are, as far as that is due: before the rows that were written
   * last, or before END.
   */
  public List<SourceRecord> definitions() {
    return announcements.take().stream().map(this::definition).toList();
  }

  /**
   * How far the batch is, for a Kafka transaction that ends within it.
   *
   * @param session the attempt of the task that publishes
   */
  public SourceOffset partial(SourceOffset position, long eventId, long session) {
    return new SourceOffset(
        position.tickId(),
        position.tickTime(),
        position.provider(),
        position.queueIdentity(),
        Optional.of(
            new SourceOffset.Partial(
                id.tickId(), batch.tick().time(), id.attempt(), session, eventId, order, counts)));
  }

  /** The same record with another offset; the rows after it carry that one as well. */
  public SourceRecord withOffset(SourceRecord sent, SourceOffset reached) {
    offset = reached.toMap();
    return new QueueRecord(
        partition,
        offset,
        sent.topic(),
        sent.kafkaPartition(),
        sent.keySchema(),
        sent.key(),
        sent.valueSchema(),
        sent.value());
  }

  private SourceRecord definition(TableDefinition table) {
    SourceRecord record =
        boundary(
            new BatchTable(id, batch.bounds(), origin.queue(), provider, queueIdentity, table),
            offset);
    long chars =
        table.columns().stream()
            .mapToLong(column -> column.fill() == null ? 0 : column.fill().length())
            .sum();
    if (limit.mayExceed(chars, table.columns().size())) {
      requireSendable(record, "The definition of table %s".formatted(table.table()));
    }
    return record;
  }

  /** Has some tables defined again that had no rows for long; goes before END. */
  public List<SourceRecord> definitionsBeforeEnd() {
    announcements.batchEnds(System.nanoTime());
    return definitions();
  }

  /** The record that ends the batch and makes it exist. */
  public SourceRecord endRecord(List<CopyProgress> copies) {
    BatchEnd end =
        new BatchEnd(
            id,
            batch.bounds(),
            origin.queue(),
            provider,
            queueIdentity,
            batch.tick().time(),
            batch.tick().snapshot(),
            counts,
            copies,
            batch.startTicks());
    SourceRecord record = boundary(end, published().toMap());
    long chars = end.snapshot().length() + (long) START_TICK_CHARS * end.startTicks().size();
    if (limit.mayExceed(chars, counts.size() + copies.size())) {
      requireSendable(
          record,
          "The END that counts the rows of %d tables and names %d copies"
              .formatted(counts.size(), copies.size()));
    }
    return record;
  }

  /** The offset that the end of the batch stands for. */
  public SourceOffset published() {
    return new SourceOffset(
        batch.tick().id(), batch.tick().time(), provider, queueIdentity, Optional.empty());
  }

  private SourceRecord boundary(Boundary boundary, Map<String, Object> boundaryOffset) {
    return new QueueRecord(
        partition,
        boundaryOffset,
        topics.transaction(),
        0,
        BoundarySchema.KEY,
        BoundarySchema.key(boundary),
        BoundarySchema.VALUE,
        BoundarySchema.value(boundary, System.currentTimeMillis()));
  }
}
