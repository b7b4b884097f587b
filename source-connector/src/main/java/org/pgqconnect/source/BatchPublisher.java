/*
 * Copyright pgq-connect contributors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package org.pgqconnect.source;

import static java.util.Objects.requireNonNull;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.TransactionContext;
import org.pgqconnect.batch.CopyProgress;
import org.pgqconnect.batch.Operation;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.source.copy.CopyChunk;
import org.pgqconnect.source.copy.CopyRequest;
import org.pgqconnect.source.decode.DecodedChange;
import org.pgqconnect.source.queue.Event;
import org.pgqconnect.source.queue.EventCursor;
import org.pgqconnect.source.queue.OpenBatch;
import org.pgqconnect.source.queue.Tick;
import org.pgqconnect.source.queue.TickSignal;
import org.pgqconnect.source.record.RecordWriter;
import org.pgqconnect.source.record.SourceOffset;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes one batch after the other, over one session: BEGIN, the rows, END, and when Kafka has
 * them all, {@code finish_batch}. PgQ's position is always the last published tick, never beyond
 * it. Not thread safe.
 */
final class BatchPublisher {
  private static final Logger LOG = LoggerFactory.getLogger(BatchPublisher.class);

  private static final long WAIT_MILLIS = 200;
  private static final long COPY_LOOK_NANOS = 500_000_000L;

  private final PgqSourceConfig config;
  private final Predicate<TableId> tables;
  private final ProviderSession session;
  private final RecordWriter writer;
  private final TickSignal signal;
  private final Acknowledgements acknowledgements;
  private final TransactionContext transactions;
  private final PublishSummary summary;

  private Tick position;
  private SourceOffset offset;
  private long skippedTo;
  private Current current;
  private Sent sent;
  private long lastEndNanos;
  private Optional<CopyRequest> copy = Optional.empty();
  private boolean copyLookDue = true;
  private long lastCopyLookNanos;
  private long transactionRecords;
  private long transactionStartNanos;

  /** The batch that is being published. */
  private static final class Current {
    private final OpenBatch batch;
    private final EventCursor cursor;

    // A chunk read twice has other rows, so a batch that carries one starts over, with a new
    // attempt, and one that goes on where another task left it carries none.
    private final boolean resumable;
    private boolean begun;
    private long lastEventId;

    Current(OpenBatch batch, EventCursor cursor, boolean resumed, boolean resumable) {
      this.batch = batch;
      this.cursor = cursor;
      this.begun = resumed;
      this.resumable = resumable;
    }
  }

  /** A batch whose END was handed over and that Kafka does not have yet. */
  private record Sent(OpenBatch batch, SourceOffset offset, Optional<CopyChunk> copied) {}

  /**
   * @param transactions null when the worker's exactly-once support is off
   */
  BatchPublisher(
      PgqSourceConfig config,
      ProviderSession session,
      RecordWriter writer,
      TickSignal signal,
      Acknowledgements acknowledgements,
      TransactionContext transactions,
      PublishSummary summary) {
    this.config = requireNonNull(config, "config");
    this.tables = config.tables();
    this.session = requireNonNull(session, "session");
    this.writer = requireNonNull(writer, "writer");
    this.signal = requireNonNull(signal, "signal");
    this.acknowledgements = requireNonNull(acknowledgements, "acknowledgements");
    this.transactions = transactions;
    this.summary = requireNonNull(summary, "summary");
    this.position = session.position();
    this.offset = session.offset();
    this.lastEndNanos = System.nanoTime();
  }

  /** Whether the session is in the middle of a batch, in a transaction. */
  boolean inTransaction() {
    return current != null;
  }

  /** The offset of the last batch that Kafka has. */
  SourceOffset offset() {
    return offset;
  }

  /**
   * The next records, in order; an empty list when there is nothing to publish for the moment.
   *
   * @throws Exception when the provider fails: the session is then useless
   */
  List<SourceRecord> poll() throws Exception {
    if (sent != null && !finishSent()) {
      return List.of();
    }
    if (current == null && !openNext()) {
      return List.of();
    }
    List<SourceRecord> records = nextRecords();
    acknowledgements.sent(records.size());
    return records;
  }

  private boolean finishSent() throws SQLException, InterruptedException {
    if (!acknowledgements.await(WAIT_MILLIS)) {
      return false;
    }
    Sent done = sent;
    sent = null;
    position = done.batch.tick();
    offset = done.offset;
    session.finish(done.batch, done.copied);
    return true;
  }

  private boolean openNext() throws Exception {
    lookForCopy();
    if (copy.isPresent()) {
      signal.requestTick();
    }
    if (!signal.await(Math.max(position.id(), skippedTo), WAIT_MILLIS)) {
      return false;
    }
    if (skippedTo > position.id()) {
      session.queue().registerAt(position.id());
    }
    Optional<OpenBatch> next = session.queue().nextBatch(position, config.batchEvents());
    if (next.isEmpty()) {
      return false;
    }
    begin(next.get());
    return true;
  }

  private void begin(OpenBatch batch) throws SQLException {
    Optional<SourceOffset.Partial> partial =
        offset
            .partial()
            .filter(part -> part.tickId() == batch.tick().id())
            .filter(part -> part.session() + 1 == session.attempt());
    if (partial.isEmpty()) {
      offset =
          new SourceOffset(offset.tickId(), offset.tickTime(), offset.provider(), Optional.empty());
    }
    long after = partial.map(SourceOffset.Partial::eventId).orElse(0L);
    writer.begin(
        batch, offset, partial.map(SourceOffset.Partial::attempt).orElse(session.attempt()));
    current =
        new Current(
            batch,
            session.queue().events(batch, after, config.fetchRows()),
            partial.isPresent(),
            partial.isPresent() || copy.isEmpty());
    current.lastEventId = after;
    if (transactionRecords == 0) {
      transactionStartNanos = System.nanoTime();
    }
  }

  private List<SourceRecord> nextRecords() throws SQLException {
    List<SourceRecord> records = new ArrayList<>();
    List<Event> events = current.cursor.next();
    for (Event event : events) {
      addChange(records, event);
    }
    if (current.cursor.exhausted()) {
      end(records);
    } else if (!records.isEmpty()) {
      markProgress(records);
    }
    transactionRecords += records.size();
    return records;
  }

  private void addChange(List<SourceRecord> records, Event event) throws SQLException {
    current.lastEventId = event.id();
    if (config.streamsEvents()) {
      announce(records);
      records.add(writer.event(event));
      return;
    }
    Optional<DecodedChange> decoded = session.decoder().decode(event);
    if (decoded.isEmpty() || !tables.test(decoded.get().layout().table())) {
      return;
    }
    DecodedChange change = decoded.get();
    announce(records);
    SourceRecord row = writer.change(change);
    records.add(row);
    if (config.tombstones() && change.operation() == Operation.DELETE) {
      records.add(writer.tombstone(row));
    }
  }

  private void announce(List<SourceRecord> records) {
    if (!current.begun) {
      current.begun = true;
      records.add(writer.beginRecord());
    }
  }

  /** A batch too long for one Kafka transaction goes on in the next: the offset says where. */
  private void markProgress(List<SourceRecord> records) {
    int last = records.size() - 1;
    if (current.resumable) {
      SourceOffset reached = writer.partial(offset, current.lastEventId, session.attempt());
      records.set(last, writer.withOffset(records.get(last), reached));
    }
    boolean full =
        transactionRecords + records.size() >= config.transactionMaxRecords()
            || System.nanoTime() - transactionStartNanos >= config.transactionMaxTime().toNanos();
    if (transactions != null && full) {
      commitWith(records.get(last), records.size());
    }
  }

  private void commitWith(SourceRecord last, int recordsOfPoll) {
    if (transactions != null) {
      transactions.commitTransaction(last);
    }
    transactionRecords = -recordsOfPoll;
    transactionStartNanos = System.nanoTime();
  }

  private void end(List<SourceRecord> records) throws SQLException {
    current.cursor.close();
    Optional<CopyChunk> copied = current.resumable ? Optional.empty() : readCopy();
    boolean heartbeatDue =
        System.nanoTime() - lastEndNanos >= config.heartbeat().toNanos() * 9 / 10;
    boolean lastTick = !signal.hasTickAfter(current.batch.tick().id());
    if (!current.begun && copied.isEmpty() && lastTick && !heartbeatDue) {
      // Nothing to tell: the batch stays open in PgQ and is cut anew, up to a later tick.
      skippedTo = current.batch.tick().id();
      current = null;
      return;
    }
    announce(records);
    copied.ifPresent(chunk -> addCopied(records, chunk));
    SourceRecord end =
        writer.endRecord(copied.map(CopyChunk::progress).map(List::of).orElse(List.of()));
    records.add(end);
    commitWith(end, records.size());
    sent = new Sent(current.batch, writer.published(), copied);
    summary.published(current.batch, writer.rows());
    current = null;
    skippedTo = 0;
    lastEndNanos = System.nanoTime();
  }

  private void addCopied(List<SourceRecord> records, CopyChunk chunk) {
    long now = System.currentTimeMillis();
    for (Object[] row : chunk.rows()) {
      records.add(writer.copied(chunk.layout(), row, now));
    }
    CopyProgress progress = chunk.progress();
    if (progress.first() || progress.last()) {
      LOG.info(
          "Copy {} [table={}, copy={}, tick={}]",
          progress.last() ? "ended" : "began",
          progress.table(),
          progress.copyId(),
          current.batch.tick().id());
    }
  }

  private void lookForCopy() throws SQLException {
    if (copy.isEmpty()
        && !config.streamsEvents()
        && (copyLookDue || System.nanoTime() - lastCopyLookNanos >= COPY_LOOK_NANOS)) {
      copy = session.copies().nextRequest(tables);
      copyLookDue = false;
      lastCopyLookNanos = System.nanoTime();
    }
  }

  private Optional<CopyChunk> readCopy() throws SQLException {
    Optional<CopyChunk> chunk = session.copies().read(copy.get(), current.batch.tick());
    // What is next stands in the table once this chunk is published.
    copy = chunk.isPresent() ? Optional.empty() : copy;
    copyLookDue = copyLookDue || chunk.isPresent();
    return chunk;
  }
}
