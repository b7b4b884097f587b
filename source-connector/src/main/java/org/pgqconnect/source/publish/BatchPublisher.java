/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.publish;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.TransactionContext;
import org.pgqconnect.batch.CopyProgress;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.source.copy.CapturedTables;
import org.pgqconnect.source.copy.CopyChunk;
import org.pgqconnect.source.copy.CopySchedule;
import org.pgqconnect.source.decode.EnumLabels;
import org.pgqconnect.source.history.SourceOffset;
import org.pgqconnect.source.queue.Event;
import org.pgqconnect.source.queue.OpenBatch;
import org.pgqconnect.source.queue.Tick;
import org.pgqconnect.source.session.ProviderSession;
import org.pgqconnect.source.session.RetryException;
import org.pgqconnect.source.tick.TickSignal;
import org.pgqconnect.time.Interval;
import org.pgqconnect.time.NanoClock;
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

  /**
   * A provider that is silent for so long while a Kafka transaction is open is given up, so that
   * the transaction is ended before Kafka aborts it, by default after a minute, and the task with
   * it.
   */
  private static final int SILENCE_MILLIS = 25_000;

  private final Settings settings;
  private final ProviderSession session;
  private final TickSignal signal;
  private final Acknowledgements acknowledgements;
  private final PublishSummary summary;
  private final int patience;
  private final PublishedQueue queue;
  private final TableRecords tables;
  private final CapturedTables captured;
  private final CopySchedule copies;
  private final HeldBackRows heldBack;
  private final KafkaTransaction transaction;
  private final EventRecords events;
  private final Interval silence;

  private Tick position;
  private SourceOffset offset;
  private SourceOffset.Publisher publisher;
  private long skippedTo;
  private BatchInFlight inFlight;
  private boolean hurried;

  /**
   * What to publish, and how.
   *
   * @param queue the queue's name
   * @param consumer the consumer's name in PgQ
   * @param streamsEvents whether the events are an application's own, not changes of tables
   * @param tables which tables are published
   * @param rules the settings that decide which records events become and in which topic
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
      String rules,
      int batchEvents,
      int fetchRows,
      boolean tombstones,
      Duration heartbeat,
      int transactionMaxRecords,
      Duration transactionMaxTime) {

    /**
     * How long after an END the next one is due, though there is nothing to say. Less than the
     * heartbeat: the tick that the ticker makes for it may come a little sooner than that after the
     * last END, which would then wait for the tick after it.
     */
    Duration longestSilence() {
      return heartbeat.multipliedBy(9).dividedBy(10);
    }
  }

  /**
   * @param queue what its records have in common
   * @param transactions null when the worker's exactly-once support is off
   */
  public BatchPublisher(
      Settings settings,
      ProviderSession session,
      PublishedQueue queue,
      TickSignal signal,
      Acknowledgements acknowledgements,
      TransactionContext transactions,
      PublishSummary summary)
      throws SQLException {
    NanoClock clock = queue.clocks().nano();
    this.settings = requireNonNull(settings, "settings");
    this.session = requireNonNull(session, "session");
    this.queue = requireNonNull(queue, "queue");
    this.signal = requireNonNull(signal, "signal");
    this.acknowledgements = requireNonNull(acknowledgements, "acknowledgements");
    this.summary = requireNonNull(summary, "summary");
    this.patience = session.connection().getNetworkTimeout();
    this.tables = new TableRecords(queue.origin(), queue.avro(), labels(session), clock);
    this.captured = new CapturedTables(session.lookups(), settings.queue(), clock);
    this.copies =
        new CopySchedule(
            session.copies(),
            session.chunks(),
            new CopySchedule.Settings(
                settings.tables(), !settings.streamsEvents(), session.newestTick()),
            clock);
    this.heldBack = new HeldBackRows(session, captured, settings.queue(), settings.tables());
    this.transaction =
        new KafkaTransaction(
            transactions, settings.transactionMaxRecords(), settings.transactionMaxTime(), clock);
    this.events = new EventRecords(settings, session.decoder(), heldBack, transaction);
    this.silence = new Interval(clock, settings.longestSilence());
    this.position = session.position();
    this.offset = session.offset();
  }

  /** What an enum's values may be, as it is when the session begins: Debezium's schemas say it. */
  private Map<String, List<String>> labels(ProviderSession opened) throws SQLException {
    return queue.origin().debezium().isEmpty()
        ? Map.of()
        : EnumLabels.read(new Session(opened.lookups()));
  }

  /** Whether the session is in the middle of a batch, in a transaction. */
  public boolean inTransaction() {
    return inFlight != null && !inFlight.isHandedOver();
  }

  /** Whether a table was noted since the last call as one that misses changes. */
  public boolean takeMissed() {
    return heldBack.takeMissed();
  }

  /**
   * What another session continues after: all records handed over so far, unless the batch is one
   * that starts over.
   */
  public SourceOffset offset() {
    return inFlight != null ? inFlight.offset() : offset;
  }

  /** Whether records were handed over that no commit of a Kafka transaction was asked for. */
  public boolean leavesTransactionOpen() {
    return transaction.isOpen();
  }

  /**
   * The next records, in order; an empty list when there is nothing to publish for the moment.
   *
   * @throws Exception when the provider fails: the session is then useless
   */
  public List<SourceRecord> poll() throws Exception {
    if (inFlight != null && inFlight.isHandedOver() && !finish()) {
      return List.of();
    }
    if (inFlight == null && !openNext()) {
      return List.of();
    }
    List<SourceRecord> records = nextRecords();
    acknowledgements.sent(records.size());
    return records;
  }

  private boolean finish() throws SQLException, InterruptedException {
    if (!acknowledgements.await(WAIT_MILLIS)) {
      return false;
    }
    BatchInFlight done = inFlight;
    inFlight = null;
    position = done.batch().tick();
    offset = done.offset();
    session.finish(done.batch(), done.copied(), done.marks());
    return true;
  }

  private boolean openNext() throws Exception {
    copies.look(position);
    if (!settings.streamsEvents()) {
      captured.lookIfDue(settings.tables());
    }
    if (copies.isDue() || captured.areDue()) {
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

  /** If another program moves the consumer, a batch is left out or published twice. */
  private void requireUnmoved(Optional<Long> consumerAt) {
    if (!consumerAt.equals(Optional.of(position.id()))) {
      throw new RetryException(
          ("Consumer \"%s\" of queue \"%s\" is %s, but this connector published up to tick %d:"
                  + " another program moved or removed it. It is put back. See who reads with it:"
                  + " select * from pgq.get_consumer_info(%s)")
              .formatted(
                  settings.consumer(),
                  settings.queue(),
                  consumerAt.map(tick -> "at tick " + tick).orElse("not registered"),
                  position.id(),
                  Identifiers.literal(settings.queue())));
    }
  }

  private void begin(OpenBatch batch) throws SQLException {
    publisher = new SourceOffset.Publisher(session.number(), rules(), transaction.isSupported());
    Optional<SourceOffset.Partial> resumed =
        offset.partial().filter(part -> part.isContinuedBy(publisher, batch.tick()));
    if (resumed.isEmpty()) {
      offset = offset.with(Optional.empty());
    }
    events.batchBegins();
    BatchRecords records =
        new BatchRecords(
            queue,
            tables,
            batch,
            offset,
            resumed.map(SourceOffset.Partial::attempt).orElse(session.attempt()));
    long after = resumed.map(SourceOffset.Partial::eventId).orElse(0L);
    inFlight =
        new BatchInFlight(
            batch,
            session.queue().events(batch, after, settings.fetchRows()),
            records,
            resumed.isPresent(),
            resumed.isEmpty() && copies.isDueIn(batch.tick()));
    transaction.batchBegins();
  }

  /** Tables that exchange names keep back rows of each other. */
  private String rules() {
    String text = settings.rules() + "\n" + captured.names();
    return UUID.nameUUIDFromBytes(text.getBytes(StandardCharsets.UTF_8)).toString();
  }

  private List<SourceRecord> nextRecords() throws SQLException {
    List<SourceRecord> records = new ArrayList<>();
    hurry(transaction.isOpen());
    List<Event> next = inFlight.nextEvents();
    for (Event event : next) {
      events.add(inFlight, event, records);
    }
    if (!inFlight.isRead()) {
      if (!records.isEmpty()) {
        markProgress(records, next.get(next.size() - 1).id());
      }
      transaction.add(records);
    } else if (inFlight.carriesCopy() && transaction.isOpen()) {
      // The chunk may take longer to read than Kafka keeps a transaction open: the next poll reads
      // it.
      transaction.commitWith(records);
    } else {
      end(records);
    }
    return records;
  }

  private void hurry(boolean hurry) throws SQLException {
    if (hurry != hurried) {
      session.setNetworkTimeout(hurry ? SILENCE_MILLIS : patience);
      hurried = hurry;
    }
  }

  /** A batch too long for one Kafka transaction continues in the next: the offset says where. */
  private void markProgress(List<SourceRecord> records, long lastEventId) {
    if (!inFlight.carriesCopy() && !heldBack.areToBeNoted()) {
      int last = records.size() - 1;
      inFlight.records().reach(lastEventId, publisher);
      records.set(last, inFlight.records().atOffset(records.get(last)));
    }
  }

  private void end(List<SourceRecord> to) throws SQLException {
    inFlight.closeCursor();
    heldBack.note();
    Tick tick = inFlight.batch().tick();
    Optional<CopyChunk> copied = inFlight.carriesCopy() ? copies.read(tick) : Optional.empty();
    List<CopyProgress> notices =
        copies.notices(tick, inFlight.isBegun(), inFlight.records()::hasRowsOf);
    captured.take(tick, settings.tables()).forEach(tables::altered);
    List<SourceRecord> definitions = inFlight.records().definitions();
    boolean empty =
        !inFlight.isBegun() && copied.isEmpty() && notices.isEmpty() && definitions.isEmpty();
    if (empty && !signal.hasTickAfter(tick.id()) && !silence.isOver()) {
      // Nothing to report: the batch stays open in PgQ and is cut anew, up to a later tick.
      skippedTo = tick.id();
      inFlight = null;
      return;
    }
    inFlight.announce(to);
    to.addAll(definitions);
    copied.ifPresent(chunk -> addCopied(to, chunk));
    addEnd(to, copied, notices);
    skippedTo = 0;
    silence.begin();
  }

  private void addEnd(List<SourceRecord> to, Optional<CopyChunk> copied, List<CopyProgress> notices)
      throws SQLException {
    BatchRecords records = inFlight.records();
    to.addAll(records.definitionsBeforeEnd());
    List<CopyProgress> announced = new ArrayList<>(notices);
    copied
        .map(CopyChunk::progress)
        .ifPresent(
            progress -> {
              announced.removeIf(
                  notice -> notice.table().equals(progress.table())); // It has begun.
              announced.add(progress);
            });
    SourceRecord end = records.end(announced);
    to.add(end);
    transaction.commitWith(to);
    hurry(false);
    inFlight.handOver(copied, notices);
    summary.published(inFlight.batch(), records.rows());
  }

  private void addCopied(List<SourceRecord> to, CopyChunk chunk) {
    long now = queue.clocks().wall().millis();
    BatchRecords records = inFlight.records();
    CopyProgress progress = chunk.progress();
    if (progress.first() && chunk.layout() != null) {
      tables.copyBegins(chunk.layout());
    }
    for (Object[] row : chunk.rows()) {
      SourceRecord copied = records.copied(chunk.layout(), row, now);
      to.addAll(records.definitions());
      to.add(copied);
    }
    if (progress.first() || progress.last()) {
      LOG.info(
          "Copy {} [table={}, copy={}, tick={}]",
          progress.last() ? "ended" : "began",
          progress.table(),
          progress.copyId(),
          inFlight.batch().tick().id());
    }
  }
}
