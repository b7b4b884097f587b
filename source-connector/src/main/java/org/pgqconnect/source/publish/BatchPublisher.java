/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.publish;

import static java.util.Objects.requireNonNull;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.TransactionContext;
import org.pgqconnect.batch.CopyProgress;
import org.pgqconnect.batch.Operation;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.source.copy.CapturedTables;
import org.pgqconnect.source.copy.CopyChunk;
import org.pgqconnect.source.copy.CopyRequest;
import org.pgqconnect.source.decode.DecodedChange;
import org.pgqconnect.source.decode.Layout;
import org.pgqconnect.source.history.SourceOffset;
import org.pgqconnect.source.queue.Event;
import org.pgqconnect.source.queue.EventCursor;
import org.pgqconnect.source.queue.OpenBatch;
import org.pgqconnect.source.queue.Tick;
import org.pgqconnect.source.session.ProviderSession;
import org.pgqconnect.source.tick.TickSignal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes one batch after the other, over one session: BEGIN, the rows, END, and when Kafka has
 * them all, {@code finish_batch}. PgQ's position is always the last published tick, never beyond
 * it. Not thread safe.
 */
public final class BatchPublisher {
  private static final Logger LOG = LoggerFactory.getLogger(BatchPublisher.class);

  private static final long WAIT_MILLIS = 200;
  private static final long COPY_LOOK_NANOS = 500_000_000L;
  private static final long LAYOUT_LOOK_NANOS = 2_000_000_000L;

  // The framework keeps every record of a Kafka transaction until it is committed.
  private static final long TRANSACTION_MAX_CHARS = 32L << 20;

  /**
   * A provider that is silent for so long while a Kafka transaction is open is given up, so that
   * the transaction is ended before Kafka aborts it, by default after a minute, and the task with
   * it.
   */
  private static final int SILENCE_MILLIS = 25_000;

  private final Settings settings;
  private final Predicate<TableId> tables;
  private final ProviderSession session;
  private final RecordWriter writer;
  private final TickSignal signal;
  private final Acknowledgements acknowledgements;
  private final TransactionContext transactions;
  private final PublishSummary summary;
  private final int patience;
  private final CapturedTables captured;

  private boolean missed;
  private Tick position;
  private SourceOffset offset;
  private Optional<SourceOffset> reached = Optional.empty();
  private long skippedTo;
  private Current current;
  private Sent sent;
  private long lastEndNanos;
  private Optional<CopyRequest> copy = Optional.empty();
  private boolean marksDue;
  private boolean copyLookDue = true;
  private boolean layoutLookDue = true;
  private long lastLayoutLookNanos;
  private long lastCopyLookNanos;
  private boolean hurried;
  private long transactionRecords;
  private long transactionChars;
  private long transactionStartNanos;

  /**
   * What to publish, and how.
   *
   * @param queue the queue's name
   * @param consumer the consumer's name in PgQ
   * @param streamsEvents whether the events are an application's own, not changes of tables
   * @param tables which tables are published
   * @param batchEvents about how many events ticks are merged up to
   * @param fetchRows how many events one round trip fetches
   * @param tombstones whether a tombstone follows each delete
   * @param heartbeat the longest time between two ENDs while the queue is idle
   * @param transactionMaxRecords how many records one Kafka transaction holds
   * @param transactionMaxTime how long one Kafka transaction stays open
   */
  public record Settings(
      String queue,
      String consumer,
      boolean streamsEvents,
      Predicate<TableId> tables,
      int batchEvents,
      int fetchRows,
      boolean tombstones,
      Duration heartbeat,
      int transactionMaxRecords,
      Duration transactionMaxTime) {}

  /** The batch that is being published. */
  private static final class Current {
    private final OpenBatch batch;
    private final EventCursor cursor;

    // A chunk read twice has other rows, so a batch that carries one starts over, with a new
    // attempt, and one that goes on where another task left it carries none.
    private final boolean carriesCopy;
    private boolean resumable;
    private boolean begun;

    // Captured since the session began, and not published.
    private final Set<TableId> leftOut = new HashSet<>();
    private final Set<Integer> unpublished = new HashSet<>();
    private final Set<Integer> renamed = new HashSet<>();
    private Layout published;
    private long lastEventId;

    Current(OpenBatch batch, EventCursor cursor, boolean resumed, boolean carriesCopy) {
      this.batch = batch;
      this.cursor = cursor;
      this.begun = resumed;
      this.carriesCopy = carriesCopy;
      this.resumable = !carriesCopy;
    }
  }

  /** A batch whose END was handed over and that Kafka does not have yet. */
  private record Sent(
      OpenBatch batch, SourceOffset offset, Optional<CopyChunk> copied, List<CopyProgress> marks) {}

  /**
   * @param transactions null when the worker's exactly-once support is off
   */
  public BatchPublisher(
      Settings settings,
      ProviderSession session,
      RecordWriter writer,
      TickSignal signal,
      Acknowledgements acknowledgements,
      TransactionContext transactions,
      PublishSummary summary)
      throws SQLException {
    this.settings = requireNonNull(settings, "settings");
    this.tables = settings.tables();
    this.session = requireNonNull(session, "session");
    this.writer = requireNonNull(writer, "writer");
    this.signal = requireNonNull(signal, "signal");
    this.acknowledgements = requireNonNull(acknowledgements, "acknowledgements");
    this.transactions = transactions;
    this.summary = requireNonNull(summary, "summary");
    this.patience = session.connection().getNetworkTimeout();
    this.captured = new CapturedTables(session.lookups(), settings.queue());
    this.position = session.position();
    this.offset = session.offset();
    this.lastEndNanos = System.nanoTime();
  }

  /** Whether the session is in the middle of a batch, in a transaction. */
  public boolean inTransaction() {
    return current != null;
  }

  /** Whether a table was noted since the last call as one that misses changes. */
  public boolean takeMissed() {
    boolean any = missed;
    missed = false;
    return any;
  }

  /**
   * What another session goes on after: all records handed over so far, unless the batch is one
   * that starts over.
   */
  public SourceOffset offset() {
    return sent != null ? sent.offset : reached.orElse(offset);
  }

  /** Whether records were handed over that no commit of a Kafka transaction was asked for. */
  public boolean leavesTransactionOpen() {
    return transactions != null && transactionRecords > 0;
  }

  /**
   * The next records, in order; an empty list when there is nothing to publish for the moment.
   *
   * @throws Exception when the provider fails: the session is then useless
   */
  public List<SourceRecord> poll() throws Exception {
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
    session.finish(done.batch, done.copied, done.marks);
    return true;
  }

  private boolean openNext() throws Exception {
    lookForCopy();
    lookForCapturedTables();
    if (copy.isPresent() || marksDue || captured.areDue()) {
      signal.requestTick();
    }
    if (!signal.await(Math.max(position.id(), skippedTo), WAIT_MILLIS)) {
      return false;
    }
    if (skippedTo > position.id()) {
      session.queue().registerAt(position.id());
    }
    Optional<OpenBatch> next =
        session.queue().nextBatch(position, settings.batchEvents(), session.newestTick());
    if (next.isEmpty()) {
      requireUnmoved(session.queue().subscription().map(Tick::id));
      return false;
    }
    requireUnmoved(Optional.of(next.get().bounds().prevTickId()));
    begin(next.get());
    return true;
  }

  /** Whoever moves the consumer would have a batch left out, or published twice. */
  private void requireUnmoved(Optional<Long> consumerAt) {
    if (!consumerAt.equals(Optional.of(position.id()))) {
      throw new RetriableException(
          ("Consumer \"%s\" of queue \"%s\" is %s, but this connector published up to tick %d: something else"
                  + " moved or removed it. It is put back. See who reads with it: select * from"
                  + " pgq.get_consumer_info('%s')")
              .formatted(
                  settings.consumer(),
                  settings.queue(),
                  consumerAt.map(tick -> "at tick " + tick).orElse("not registered"),
                  position.id(),
                  settings.queue()));
    }
  }

  private void begin(OpenBatch batch) throws SQLException {
    Optional<SourceOffset.Partial> partial =
        offset
            .partial()
            .filter(part -> part.tickId() == batch.tick().id())
            .filter(part -> part.tickTime().equals(batch.tick().time()))
            // With Kafka's transactions the offset is that of all that was published, whoever came
            // in between: the framework fences other tasks before it reads the offset.
            .filter(part -> transactions != null || part.session() + 1 == session.number());
    if (partial.isEmpty()) {
      offset =
          new SourceOffset(
              offset.tickId(),
              offset.tickTime(),
              offset.provider(),
              offset.queueIdentity(),
              Optional.empty());
    }
    long after = partial.map(SourceOffset.Partial::eventId).orElse(0L);
    session.decoder().batchBegins();
    writer.begin(
        batch, offset, partial.map(SourceOffset.Partial::attempt).orElse(session.attempt()));
    current =
        new Current(
            batch,
            session.queue().events(batch, after, settings.fetchRows()),
            partial.isPresent(),
            partial.isEmpty() && copy.isPresent() && isNew(batch.tick()));
    current.lastEventId = after;
    reached = Optional.empty();
    if (transactionRecords == 0) {
      transactionStartNanos = System.nanoTime();
    }
  }

  /**
   * Whether no earlier session can have published a batch that ends with the tick. Where one may
   * have, subscribers may be beyond it and drop the batch: so it carries nothing of a copy.
   */
  private boolean isNew(Tick tick) {
    return tick.id() > session.newestTick();
  }

  private List<SourceRecord> nextRecords() throws SQLException {
    List<SourceRecord> records = new ArrayList<>();
    hurry(leavesTransactionOpen());
    List<Event> events = current.cursor.next();
    for (Event event : events) {
      addChange(records, event);
    }
    if (current.cursor.exhausted()) {
      end(records);
    } else if (!records.isEmpty()) {
      markProgress(records);
    } else if (leavesTransactionOpen() && isFull(0)) {
      // A long stretch of rows that nobody wants: there is no record to commit with.
      transactions.commitTransaction();
      transactionIsNew(0);
    }
    transactionRecords += records.size();
    return records;
  }

  private void hurry(boolean hurry) throws SQLException {
    if (hurry != hurried) {
      session.setNetworkTimeout(hurry ? SILENCE_MILLIS : patience);
      hurried = hurry;
    }
  }

  private void addChange(List<SourceRecord> records, Event event) throws SQLException {
    current.lastEventId = event.id();
    if (settings.streamsEvents()) {
      announce(records);
      transactionChars += event.chars();
      records.add(writer.event(event));
      return;
    }
    Optional<DecodedChange> decoded = session.decoder().decode(event);
    if (decoded.isEmpty()) {
      return;
    }
    Layout layout = decoded.get().layout();
    if (layout != current.published) {
      if (isHeldBack(layout)) {
        return;
      }
      current.published = layout;
    }
    DecodedChange change = decoded.get();
    announce(records);
    transactionChars += event.chars();
    SourceRecord row = writer.change(change);
    records.addAll(writer.definitions());
    records.add(row);
    if (settings.tombstones() && change.operation() == Operation.DELETE) {
      records.add(writer.tombstone(row));
    }
  }

  /** Whether rows of a layout are not published; what they are missed by is noted. */
  private boolean isHeldBack(Layout layout) throws SQLException {
    boolean included = tables.test(layout.table());
    // A layout that is not on record cannot be noted: whatever it lacks, the sink says.
    boolean heldBack =
        !included
            || layout.id() > 0
                && (layout.key().isEmpty()
                    || current.unpublished.contains(layout.id())
                    || !captured.bearsItsName(layout, tables));
    if (heldBack || captured.isRenamed(layout)) {
      noteMissed(layout, !heldBack);
    }
    if (!included) {
      leaveOut(layout.table());
    }
    return heldBack;
  }

  /**
   * It has to be noted on the provider before an offset says that the row is done with. The
   * cursor's transaction cannot do that, so no offset within the batch is given.
   */
  private void leaveOut(TableId table) {
    if (!session.leftOut().isNoted(table) && current.leftOut.add(table)) {
      current.resumable = false;
    }
  }

  /**
   * A table that was renamed for a while, or exchanged names, or that had no key, misses these
   * changes under the name that subscribers know. Another look at it each batch: whether it does
   * changes with its name.
   *
   * @param published whether they are published under the other name
   */
  private void noteMissed(Layout layout, boolean published) throws SQLException {
    Set<Integer> met = published ? current.renamed : current.unpublished;
    if (layout.id() <= 0 || !met.add(layout.id())) {
      return;
    }
    List<String> marked = session.leftOut().noteMissed(session.lookups(), layout.id(), published);
    if (!marked.isEmpty()) {
      LOG.warn(
          "Changes of table {} of queue \"{}\" are {}: it has to be copied again when it is as it was",
          String.join(", ", marked),
          settings.queue(),
          published
              ? "published under the name " + layout.table() + ", which subscribers may not know"
              : "not published, because they were captured "
                  + (layout.key().isEmpty()
                      ? "without a key"
                      : "under the name " + layout.table()));
      missed = true;
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
      SourceOffset partial = writer.partial(offset, current.lastEventId, session.number());
      records.set(last, writer.withOffset(records.get(last), partial));
      reached = Optional.of(partial);
    }
    if (transactions != null && isFull(records.size())) {
      commitWith(records.get(last), records.size());
    }
  }

  private boolean isFull(int moreRecords) {
    return transactionRecords + moreRecords >= settings.transactionMaxRecords()
        || transactionChars >= TRANSACTION_MAX_CHARS
        || System.nanoTime() - transactionStartNanos >= settings.transactionMaxTime().toNanos();
  }

  private void commitWith(SourceRecord last, int recordsOfPoll) {
    if (transactions != null) {
      transactions.commitTransaction(last);
    }
    transactionIsNew(recordsOfPoll);
  }

  private void transactionIsNew(int recordsOfPoll) {
    transactionRecords = -recordsOfPoll; // they are added when poll ends
    transactionChars = 0;
    transactionStartNanos = System.nanoTime();
  }

  private void end(List<SourceRecord> records) throws SQLException {
    current.cursor.close();
    hurry(false);
    if (!current.leftOut.isEmpty()) {
      session.leftOut().note(current.leftOut);
    }
    Optional<CopyChunk> copied = current.carriesCopy ? readCopy() : Optional.empty();
    List<CopyProgress> marks = readMarks();
    captured.take(current.batch.tick(), tables).forEach(writer::altered);
    List<SourceRecord> definitions = writer.definitions();
    boolean heartbeatDue =
        System.nanoTime() - lastEndNanos >= settings.heartbeat().toNanos() * 9 / 10;
    boolean lastTick = !signal.hasTickAfter(current.batch.tick().id());
    boolean empty = !current.begun && copied.isEmpty() && marks.isEmpty() && definitions.isEmpty();
    if (empty && lastTick && !heartbeatDue) {
      // Nothing to tell: the batch stays open in PgQ and is cut anew, up to a later tick.
      skippedTo = current.batch.tick().id();
      current = null;
      return;
    }
    announce(records);
    records.addAll(definitions);
    copied.ifPresent(chunk -> addCopied(records, chunk));
    records.addAll(writer.definitionsBeforeEnd());
    List<CopyProgress> copies = new ArrayList<>(marks);
    copied.map(CopyChunk::progress).ifPresent(copies::add);
    SourceRecord end = writer.endRecord(copies);
    records.add(end);
    commitWith(end, records.size());
    sent = new Sent(current.batch, writer.published(), copied, marks);
    reached = Optional.empty();
    summary.published(current.batch, writer.rows());
    current = null;
    skippedTo = 0;
    lastEndNanos = System.nanoTime();
  }

  private void addCopied(List<SourceRecord> records, CopyChunk chunk) {
    long now = System.currentTimeMillis();
    CopyProgress progress = chunk.progress();
    if (progress.first() && chunk.layout() != null) {
      writer.copyBegins(chunk.layout());
    }
    for (Object[] row : chunk.rows()) {
      SourceRecord copied = writer.copied(chunk.layout(), row, now);
      records.addAll(writer.definitions());
      records.add(copied);
    }
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
        && !settings.streamsEvents()
        && (copyLookDue || System.nanoTime() - lastCopyLookNanos >= COPY_LOOK_NANOS)) {
      copy = session.copies().nextRequest(tables);
      marksDue = !session.copies().marks(tables, table -> true, true, position).isEmpty();
      copyLookDue = false;
      lastCopyLookNanos = System.nanoTime();
    }
  }

  private void lookForCapturedTables() throws SQLException {
    if (!settings.streamsEvents()
        && (layoutLookDue || System.nanoTime() - lastLayoutLookNanos >= LAYOUT_LOOK_NANOS)) {
      captured.look(tables);
      layoutLookDue = false;
      lastLayoutLookNanos = System.nanoTime();
    }
  }

  /**
   * Whatever else the batch is, also one that another task began. One that an earlier session may
   * have published carried the marks of the tables that have rows in it.
   */
  private List<CopyProgress> readMarks() throws SQLException {
    boolean others = isNew(current.batch.tick());
    if (settings.streamsEvents() || !(current.begun || marksDue && others)) {
      return List.of();
    }
    List<CopyProgress> marks =
        session.copies().marks(tables, writer::hasRowsOf, others, current.batch.tick());
    marks.forEach(
        mark ->
            LOG.info(
                "Subscribers keep the rows that they have [table={}, copy={}, tick={}]",
                mark.table(),
                mark.copyId(),
                current.batch.tick().id()));
    marksDue = marksDue && !others;
    copyLookDue = copyLookDue || !marks.isEmpty();
    return marks;
  }

  private Optional<CopyChunk> readCopy() throws SQLException {
    // The table may have been removed while the batch was read.
    copy = session.copies().nextRequest(tables);
    if (copy.isEmpty()) {
      return Optional.empty();
    }
    Optional<CopyChunk> chunk = session.copies().read(copy.get(), current.batch.tick());
    // What is next stands in the table once this chunk is published.
    copy = chunk.isPresent() ? Optional.empty() : copy;
    copyLookDue = copyLookDue || chunk.isPresent();
    return chunk;
  }
}
