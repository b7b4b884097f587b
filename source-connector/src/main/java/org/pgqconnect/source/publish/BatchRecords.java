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
import org.pgqconnect.failure.StopException;
import org.pgqconnect.source.decode.DecodedChange;
import org.pgqconnect.source.decode.Layout;
import org.pgqconnect.source.history.SourceOffset;
import org.pgqconnect.source.queue.Event;
import org.pgqconnect.source.queue.OpenBatch;
import org.pgqconnect.wire.BoundarySchema;
import org.pgqconnect.wire.EnvelopeSchema;
import org.pgqconnect.wire.EventSchema;
import org.pgqconnect.wire.InexactValueException;
import org.pgqconnect.wire.TopicNames;

/**
 * Makes the records of one batch, counts its rows, and holds the offset that goes with them. Not
 * thread safe.
 *
 * <p>Rows go wherever their key is hashed to; boundaries always go to partition 0.
 */
final class BatchRecords {
  private static final int START_TICK_CHARS = 70;

  private final PublishedQueue queue;
  private final TableRecords tables;
  private final OpenBatch batch;
  private final BatchId id;
  private final String idName;
  private final SizeCheck size;
  private final String boundaryTopic;
  private final Map<String, String> partition;
  private final Map<String, Long> counts = new HashMap<>();
  private long order;
  private SourceOffset offset;
  private Map<String, Object> offsetMap;

  /**
   * @param position the last published tick, and how far an earlier task came with this batch: what
   *     the batch's records carry as offset until it is reached further
   * @param attempt this task's attempt, or the one that began the batch when it is continued
   */
  BatchRecords(
      PublishedQueue queue,
      TableRecords tables,
      OpenBatch batch,
      SourceOffset position,
      long attempt) {
    this.queue = requireNonNull(queue, "queue");
    this.tables = requireNonNull(tables, "tables");
    this.batch = requireNonNull(batch, "batch");
    this.id = new BatchId(batch.tick().id(), attempt);
    this.idName = id.toString();
    this.size = new SizeCheck(queue.limit(), queue.origin().queue(), id);
    this.boundaryTopic = new TopicNames(queue.origin().prefix()).transaction();
    this.partition = SourceOffset.partition(queue.origin().queue());
    position
        .partial()
        .ifPresent(
            part -> {
              order = part.order();
              counts.putAll(part.counts());
            });
    moveOffset(position);
  }

  /** What the records handed over so far lead to: another session resumes after it. */
  SourceOffset offset() {
    return offset;
  }

  private void moveOffset(SourceOffset next) {
    offset = next;
    offsetMap = next.toMap();
  }

  /** Rows written in this batch, those of an earlier attempt at it included. */
  long rows() {
    return order;
  }

  /** Whether rows of a table were written in this batch. */
  boolean hasRowsOf(TableId table) {
    return counts.containsKey(table.toString());
  }

  /** The record that announces the batch. */
  SourceRecord begin() {
    return boundary(
        new BatchBegin(
            id, batch.bounds(), queue.origin().queue(), queue.provider(), queue.queueIdentity()),
        offsetMap);
  }

  /** The record of one change. */
  SourceRecord change(DecodedChange change) {
    Event event = change.event();
    SourceRecord row =
        row(
            change.layout(),
            change.operation(),
            new Source(event.id(), event.txId(), event.timeMicros()),
            change.before(),
            change.after());
    if (size.isNeeded(event.chars(), change.layout().columns().size())) {
      size.require(
          row,
          "The row of table %s with key %s (event %d)"
              .formatted(change.layout().table(), SizeCheck.shortKey(row.key()), event.id()));
    }
    return row;
  }

  /** The record of an application's own event. */
  SourceRecord event(Event event) {
    EventTopic events = queue.events();
    long collectionOrder = counts.merge(events.collection(), 1L, Long::sum);
    Object key = events.key(event);
    SourceRecord record =
        new QueueRecord(
            partition,
            offsetMap,
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
                queue.origin().queue(),
                id,
                ++order,
                collectionOrder));
    if (size.isNeeded(event.chars(), 1)) {
      size.require(record, "Event %d of type '%s'".formatted(event.id(), event.type()));
    }
    return record;
  }

  /** The record that lets a compacted topic forget the row that was deleted; it is not counted. */
  SourceRecord tombstone(SourceRecord deleted) {
    return new QueueRecord(
        partition,
        offsetMap,
        deleted.topic(),
        null,
        deleted.keySchema(),
        deleted.key(),
        null,
        null);
  }

  /** The record of one copied row. */
  SourceRecord copied(Layout layout, Object[] values, long readMillis) {
    SourceRecord row =
        row(layout, Operation.READ, new Source(0, 0, readMillis * 1000), null, values);
    if (size.isNeeded(SizeCheck.chars(values), values.length)) {
      size.require(
          row,
          "The copied row of table %s with key %s"
              .formatted(layout.table(), SizeCheck.shortKey(row.key())));
    }
    return row;
  }

  /** Which event a row comes from; zeros for a copied row, which comes from none. */
  private record Source(long eventId, long txId, long micros) {}

  private SourceRecord row(
      Layout layout, Operation operation, Source source, Object[] before, Object[] after) {
    TableRecords.Form form = tables.ofRow(layout);
    EnvelopeSchema schema = form.schema(before, after);
    long tableOrder = counts.merge(form.collection(), 1L, Long::sum);
    EnvelopeSchema.Stamp stamp =
        new EnvelopeSchema.Stamp(
            id,
            idName,
            operation,
            ++order,
            tableOrder,
            source.eventId,
            source.txId,
            source.micros,
            queue.clocks().wall().millis());
    Object[] keyed = after != null ? after : before;
    try {
      return new QueueRecord(
          partition,
          offsetMap,
          form.topic(),
          null,
          keyed == null ? null : schema.key(),
          keyed == null ? null : schema.key(keyed),
          schema.envelope(),
          schema.value(stamp, before, after));
    } catch (InexactValueException e) {
      throw new StopException(
          "Column %s of table %s holds %s (event %d of queue \"%s\"; 0: a copied row). The values=debezium of the source connector has no form for it, so the row is not published. Set %s in the configuration of the source connector; it continues with this row"
              .formatted(
                  e.column(),
                  layout.table(),
                  e.getMessage(),
                  source.eventId(),
                  queue.origin().queue(),
                  e.remedy()),
          e);
    }
  }

  /**
   * The records that say what tables are, as far as that is due: before the rows that were written
   * last, or before END.
   */
  List<SourceRecord> definitions() {
    return tables.takeDue().stream().map(this::definition).toList();
  }

  private SourceRecord definition(TableDefinition table) {
    SourceRecord record =
        boundary(
            new BatchTable(
                id,
                batch.bounds(),
                queue.origin().queue(),
                queue.provider(),
                queue.queueIdentity(),
                table),
            offsetMap);
    long chars =
        table.columns().stream()
            .mapToLong(column -> column.fill() == null ? 0 : column.fill().length())
            .sum();
    if (size.isNeeded(chars, table.columns().size())) {
      size.require(record, "The definition of table %s".formatted(table.table()));
    }
    return record;
  }

  /** Has some tables defined again that had no rows for long; goes before END. */
  List<SourceRecord> definitionsBeforeEnd() {
    tables.batchEnds();
    return definitions();
  }

  /**
   * Moves the offset to within the batch, for a Kafka transaction that ends there: records made
   * from now on carry it.
   *
   * @param eventId the last event of which a record was made
   * @param publisher who publishes
   */
  void reach(long eventId, SourceOffset.Publisher publisher) {
    moveOffset(
        offset.with(
            Optional.of(
                new SourceOffset.Partial(
                    id.tickId(),
                    batch.tick().time(),
                    id.attempt(),
                    publisher,
                    eventId,
                    order,
                    counts))));
  }

  /** A copy of a record with the present offset. */
  SourceRecord atOffset(SourceRecord record) {
    return new QueueRecord(
        partition,
        offsetMap,
        record.topic(),
        record.kafkaPartition(),
        record.keySchema(),
        record.key(),
        record.valueSchema(),
        record.value());
  }

  /** The record that ends the batch and makes it exist. */
  SourceRecord end(List<CopyProgress> copies) {
    BatchEnd end =
        new BatchEnd(
            id,
            batch.bounds(),
            queue.origin().queue(),
            queue.provider(),
            queue.queueIdentity(),
            batch.tick().time(),
            batch.tick().snapshot(),
            counts,
            copies,
            batch.startTicks());
    SourceRecord record = boundary(end, published().toMap());
    long chars = end.snapshot().length() + (long) START_TICK_CHARS * end.startTicks().size();
    if (size.isNeeded(chars, counts.size() + copies.size())) {
      size.require(
          record,
          "The END that counts the rows of %d tables and names %d copies"
              .formatted(counts.size(), copies.size()));
    }
    return record;
  }

  /** Moves the offset to the batch's tick: END is handed over. */
  void reachEnd() {
    moveOffset(published());
  }

  private SourceOffset published() {
    return offset.at(batch.tick());
  }

  private SourceRecord boundary(Boundary boundary, Map<String, Object> boundaryOffset) {
    return new QueueRecord(
        partition,
        boundaryOffset,
        boundaryTopic,
        0,
        BoundarySchema.KEY,
        BoundarySchema.key(boundary),
        BoundarySchema.VALUE,
        BoundarySchema.value(boundary, queue.clocks().wall().millis()));
  }
}
