/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.apply;

import java.sql.SQLException;
import java.time.Clock;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.pgqconnect.batch.Boundary;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.plugin.NanoClock;
import org.pgqconnect.postgres.ConnectionFailure;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.postgres.SqlState.Verdict;
import org.pgqconnect.sink.assemble.Awaited;
import org.pgqconnect.sink.assemble.BatchAssembler;
import org.pgqconnect.sink.assemble.PendingBatch;
import org.pgqconnect.sink.install.SubscriberRights;
import org.pgqconnect.sink.intake.Arrived;
import org.pgqconnect.sink.intake.Cluster;
import org.pgqconnect.sink.intake.NotApplied;
import org.pgqconnect.sink.intake.NotApplied.Reason;
import org.pgqconnect.sink.intake.RecordIntake;
import org.pgqconnect.sink.intake.StartOffsets;
import org.pgqconnect.sink.intake.TopicOwnership;
import org.pgqconnect.sink.offsets.PartitionId;
import org.pgqconnect.sink.offsets.ReadOffsets;
import org.pgqconnect.sink.position.PositionCheck;
import org.pgqconnect.sink.session.SubscriberSession;
import org.pgqconnect.sink.tables.StatusReport;
import org.pgqconnect.sink.target.ApplyException;
import org.pgqconnect.sink.watch.LostRows;
import org.pgqconnect.sink.watch.SilenceWatch;
import org.pgqconnect.sink.watch.Summary;
import org.pgqconnect.sink.watch.Summary.Waiting;
import org.pgqconnect.sink.watch.WaitWatch;
import org.pgqconnect.wire.TopicNames;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a task does: records in, batches out, and what happens when the subscriber fails. Rows that
 * were read stay in memory until their batch is committed. Only when a part of a streamed batch is
 * lost with its session, or when the subscriber does not stand where it was left, are the
 * partitions read again: from the offsets that it has stored, for what is in memory is no proof of
 * what is in the database.
 */
public final class BatchFlow {
  private static final Logger LOG = LoggerFactory.getLogger(BatchFlow.class);
  private static final int REPORT_MILLIS = 5_000;

  /** So long the sink waits for rows before it asks the cluster for them, and again. */
  private static final int ASK_MILLIS = 5_000;

  /**
   * What the task works with.
   *
   * @param connector the connector's name
   * @param consumerGroup the group that Connect's consumer is in
   * @param names the topics of the queue
   * @param ownership which tables belong to the subscription
   * @param bufferMaxRows how many rows are held in memory
   * @param bufferMaxBytes how many bytes of heap they may take, about
   * @param applyMaxRows up to how many rows complete batches are applied together
   * @param retryBackoffMillis how long to wait before a failure is tried again
   * @param sourceSilenceMillis how long the source may be silent; 0 for ever
   */
  public record Settings(
      String connector,
      String consumerGroup,
      TopicNames names,
      TopicOwnership ownership,
      SubscriberSession.Settings session,
      int bufferMaxRows,
      long bufferMaxBytes,
      int applyMaxRows,
      int retryBackoffMillis,
      int sourceSilenceMillis) {}

  private final Settings settings;
  private final SinkTaskContext context;
  private final BatchAssembler assembler;
  private final ReadOffsets offsets = new ReadOffsets();
  private final Applier applier;
  private final RecordIntake intake;
  private final FlowControl flowControl;
  private final LostRows lostRows;
  private final NotApplied notApplied = new NotApplied();
  private final Summary summary = new Summary(Clock.systemUTC());
  private final WaitWatch wait = new WaitWatch(NanoClock.SYSTEM);
  private final SilenceWatch silence;
  private final Cluster cluster;
  private final Map<String, Boolean> readToTheirEnds = new HashMap<>();
  private long askedMillis;
  private long handedOverMillis;
  private final Remedy remedy;
  private boolean located;
  private boolean redelivery;
  private boolean saidSilent;
  private Optional<ApplyException> inVain = Optional.empty();
  private int refusedTogether;
  private long begunMillis = monotonicMillis();
  private String failing;
  private long failingSince;

  public BatchFlow(Settings settings, SinkTaskContext context) {
    this.settings = settings;
    this.context = context;
    this.remedy = Remedy.ofPrefix(settings.names().prefix()).ofConnector(settings.connector());
    TopicOwnership ownership = settings.ownership();
    ownership
        .problem()
        .ifPresent(
            problem -> {
              throw new ConnectException(problem);
            });
    this.assembler = new BatchAssembler(ownership, notApplied);
    this.applier = new Applier(settings.session(), settings.names(), ownership, notApplied);
    this.intake = new RecordIntake(settings.names(), settings.connector(), ownership, notApplied);
    this.lostRows =
        new LostRows(settings.names(), settings.session().subscription(), NanoClock.SYSTEM);
    this.flowControl = new FlowControl(settings.bufferMaxRows(), settings.bufferMaxBytes());
    this.silence =
        new SilenceWatch(
            NanoClock.SYSTEM,
            Clock.systemUTC(),
            settings.sourceSilenceMillis(),
            settings.names().transaction());
    this.cluster = new Cluster(settings.consumerGroup());
  }

  /** Partitions were assigned: read from where the subscriber says. */
  public void restart() {
    forget();
    locate();
  }

  /** Partitions were taken away: what is in memory of their batches will be read again. */
  public void forget() {
    located = false;
    if (applier.isStreaming()) {
      applier.close();
    }
    assembler.reset(null);
    offsets.reset();
    flowControl.reset(context);
  }

  public void close() {
    applier.close();
    cluster.close();
  }

  /** Takes records in and applies what is complete. */
  public void take(Collection<SinkRecord> records) {
    boolean again = redelivery;
    redelivery = false;
    if (!located) {
      locate();
      return; // These records will be read again.
    }
    if (!records.isEmpty()) {
      handedOverMillis = monotonicMillis();
    }
    boolean busy = assembler.head().isPresent();
    if (!busy) {
      begunMillis = monotonicMillis();
    }
    long before = intake.boundaries();
    try {
      records.forEach(record -> accept(record, again));
    } catch (Applier.ReadAgainException e) {
      readAgain();
      return;
    } catch (StopException e) {
      applier.close(); // A batch that is being written would lock out whoever does what is said.
      throw new ConnectException(remedy.complete(e.getMessage()), e);
    }
    work(records.isEmpty());
    flowControl.control(assembler, context);
    summary.line(this::waiting).ifPresent(BatchFlow::log);
    listen(intake.boundaries() > before, busy);
    report();
  }

  /** Takes a record in; one that was taken in before changes nothing. */
  private void accept(SinkRecord record, boolean again) {
    PartitionId partition = intake.partition(record);
    long offset = record.originalKafkaOffset();
    ReadOffsets.Arrival arrival = offsets.arrive(partition, offset, again);
    if (arrival == ReadOffsets.Arrival.BEGUN_ANEW) {
      assembler.beginAnew(partition);
      LOG.warn(
          "Topic {} begins anew: partition {} was read beyond offset {} before. It was deleted and made anew, truncated, or is another"
              + " cluster's. What it holds is read; the chain of batches and their counts tell whether anything is missing",
          partition.topic(),
          partition.partition(),
          offset);
    }
    if (arrival == ReadOffsets.Arrival.DUPLICATE) {
      return;
    }
    Optional<Arrived> arrived = intake.read(record, applier.queue());
    try {
      arrived.ifPresent(what -> assemble(partition, offset, what));
    } catch (IllegalArgumentException e) {
      throw intake.notOurs(record, e);
    }
  }

  private void assemble(PartitionId partition, long offset, Arrived arrived) {
    if (arrived instanceof Arrived.Row row) {
      assembler.row(partition, offset, row.change());
    } else if (arrived instanceof Arrived.BatchBoundary at) {
      boundary(partition, offset, at.boundary());
    }
  }

  private void boundary(PartitionId partition, long offset, Boundary boundary) {
    if (!applier.follows(boundary, offset)) {
      notApplied.add(Reason.OLD_HISTORY);
      return; // A source that publishes nothing else feeds nobody.
    }
    if (!intake.follow(boundary)) {
      throw new Applier.ReadAgainException();
    }
    assembler.boundary(partition, offset, boundary);
  }

  /** After the work, which may take long, as what came meanwhile was not handed over yet. */
  private void listen(boolean heard, boolean busy) {
    if (heard) {
      silence.heard();
    } else if (busy) {
      silence.begin();
    }
  }

  private static long monotonicMillis() {
    return NanoClock.SYSTEM.millis();
  }

  private void report() {
    if (failing == null) {
      wait.note(waiting());
    } else {
      wait.noteFailure(failing, monotonicMillis() - failingSince);
    }
    Optional<String> silent = assembler.head().isPresent() ? Optional.empty() : silence.problem();
    silent.ifPresent(what -> wait.noteSilence(what, silence.millis()));
    if (silent.isPresent() && !saidSilent) {
      LOG.warn("Waiting for {} [subscription={}]", silent.get(), settings.session().subscription());
    }
    saidSilent = silent.isPresent();
    if (located && (assembler.head().isPresent() || silence.isOn())) {
      context.timeout(REPORT_MILLIS); // Without records Connect would not call for long.
    }
    wait.report(notApplied.byReason()).ifPresent(this::store);
  }

  private void store(StatusReport report) {
    try {
      if (!applier.report(report)) {
        wait.notStored();
      }
    } catch (SQLException e) {
      LOG.debug("What the sink waits for was not stored [error={}]", e.getMessage());
      wait.notStored();
      applier.close();
    }
  }

  private static void log(Summary.Line line) {
    if (line.stuck()) {
      LOG.warn(line.text());
    } else {
      LOG.info(line.text());
    }
  }

  private Waiting waiting() {
    Optional<PendingBatch> head = assembler.head();
    if (head.isEmpty()) {
      return Waiting.FOR_NOTHING;
    }
    TopicNames names = settings.names();
    Awaited awaited = assembler.awaited(applier::expectsCopy);
    String topic = awaited.table().map(names::table).orElse(names.transaction());
    String why = applier.refused().map(remedy::complete).orElse("");
    String what =
        why.isEmpty()
            ? awaited.inWords()
            : "batch %s: later ones, to be applied with it".formatted(head.get().id());
    return new Waiting(head.get().id(), what, topic, why);
  }

  /**
   * @param idle nothing was handed over, though more may be on its way
   */
  private void work(boolean idle) {
    try {
      if (assembler.head().isPresent()) {
        connect();
        applyAll(idle);
        // The answer may be older than what came last.
        if (idle
            && inVain.isPresent()
            && isReadToItsEnd(settings.names().transaction())
            && askedMillis > handedOverMillis) {
          throw inVain.get();
        }
        if (lostRows.suspects(
            assembler.awaited(applier::expectsCopy), context.assignment(), this::isReadToItsEnd)) {
          context.timeout(LostRows.GRACE_MILLIS);
        }
      }
    } catch (Applier.ReadAgainException e) {
      readAgain();
    } catch (StopException | ApplyException | IllegalStateException e) {
      applier.close();
      throw new ConnectException(remedy.complete(e.getMessage()), e);
    } catch (SQLException e) {
      recover(e);
    }
  }

  /** Whether a topic has nothing that the task was not handed, when rows have not come for long. */
  private boolean isReadToItsEnd(String topic) {
    if (wait.waitedMillis() < ASK_MILLIS) {
      return false;
    }
    if (monotonicMillis() - askedMillis >= ASK_MILLIS) {
      askedMillis = monotonicMillis();
      readToTheirEnds.clear();
    }
    return readToTheirEnds.computeIfAbsent(
        topic,
        asked ->
            cluster.isReadToItsEnd(
                asked,
                context.assignment(),
                p -> offsets.next(new PartitionId(p.topic(), p.partition()))));
  }

  private void connect() throws SQLException {
    if (!applier.open()) {
      throw new Applier.ReadAgainException();
    }
  }

  /**
   * @param idle whether there is time to try with few more batches
   */
  private void applyAll(boolean idle) throws SQLException {
    List<PendingBatch> complete = complete();
    while (!complete.isEmpty()
        && (complete.size() >= applier.together()
            || flowControl.isFull(assembler)
            || idle && complete.size() > refusedTogether)) {
      long tick;
      int together = Math.min(applier.together(), complete.size());
      try {
        tick = applier.apply(complete, at -> offsets.safe(assembler.firstOffsetsAfter(at)));
      } catch (Applier.NeedsMoreException e) {
        inVain = e.inVain();
        refusedTogether = together;
        complete = complete(); // All that are here, for they are tried together now.
        boolean triedAll = together == complete.size();
        if (triedAll && flowControl.isFull(assembler) && !applier.clearWay()) {
          throw tooMany(e);
        }
        LOG.info(
            "Batches are applied together with the next ones, since rows of a copy are newer than its batch: {}",
            e.getMessage());
        continue;
      }
      inVain = Optional.empty();
      refusedTogether = 0;
      note(complete, tick);
      assembler.applied(tick);
      complete = complete();
    }
    Optional<PendingBatch> head = assembler.head();
    if (head.isPresent() && head.get().boundary() != null && flowControl.isFull(assembler)) {
      // Nobody waits for the rest of a batch that cannot be applied.
      applier.requireNoGap(head.get().boundary());
    }
    if (complete.isEmpty() && head.isPresent() && flowControl.shouldStream(assembler, head.get())) {
      int before = head.get().rows();
      applier.stream(head.get());
      summary.streamed(before - head.get().rows());
    }
  }

  private static ApplyException tooMany(Applier.NeedsMoreException refused) {
    return new ApplyException(
        refused.getMessage()
            + " Tables are being copied, and what these rows wait for has not come with as many further batches as fit into memory."
            + " Request the copies that are named; if there are none, the copies may be right as they are: raise buffer.max.rows and buffer.max.bytes of the sink, let its role switch foreign keys off as above, or"
            + " drop the constraint and add it again when the tables are ok.",
        refused.getCause());
  }

  private List<PendingBatch> complete() {
    int rows = applier.together() > 1 ? Integer.MAX_VALUE : settings.applyMaxRows();
    return assembler.complete(rows, applier::expectsCopy);
  }

  private void note(List<PendingBatch> batches, long tick) {
    long rows = 0;
    long count = 0;
    String tickTime = "";
    for (PendingBatch batch : batches) {
      if (PositionCheck.isApplied(batch.id().tickId(), tick)) {
        rows += batch.rows();
        count++;
        tickTime = batch.end().tickTime();
      }
    }
    LOG.debug("Applied [tick={}, batches={}, rows={}]", tick, count, rows);
    summary.applied(count, rows, tickTime);
    begunMillis = monotonicMillis();
    failing = null;
  }

  private void recover(SQLException failure) {
    boolean partsLost = applier.isStreaming();
    boolean opened = applier.isOpen();
    applier.close();
    String what = describe(failure, opened);
    if (SqlState.verdict(failure) != Verdict.RETRY) {
      throw new ConnectException(what, failure);
    }
    if (failing == null) {
      // A large batch that is cut off once was being written all the time.
      failingSince = partsLost ? monotonicMillis() : begunMillis;
    }
    failing = "the subscriber to take batches: " + what + ". It is tried again until it does";
    if (opened) {
      reportFailure();
    }
    context.timeout(settings.retryBackoffMillis());
    if (partsLost) {
      LOG.warn("{}. The batch is read and applied again from its beginning", what);
      readAgain();
      return;
    }
    redelivery = true;
    throw new RetriableException(what + ". Trying again with what was read", failure);
  }

  /** Retries need not come to an end, nor to a session that could say so. */
  private void reportFailure() {
    wait.noteFailure(failing, monotonicMillis() - failingSince);
    wait.report(notApplied.byReason())
        .ifPresent(
            report -> {
              try {
                SubscriberSession.report(settings.session(), report);
              } catch (SQLException e) {
                LOG.debug("The subscriber's failure was not stored [error={}]", e.getMessage());
                wait.notStored();
              }
            });
  }

  private String describe(SQLException failure, boolean opened) {
    if (!opened) {
      return ConnectionFailure.explain("subscriber", settings.session().connection(), failure)
          .message();
    }
    String hint = hint(failure);
    return "The subscriber %s failed while batches were applied for subscription %s: %s (SQLSTATE %s)%s"
        .formatted(
            settings.session().connection().address(),
            settings.session().subscription(),
            String.valueOf(failure.getMessage()).lines().findFirst().orElse(""),
            SqlState.of(failure).orElse("none"),
            hint);
  }

  private String hint(SQLException failure) {
    if (SqlState.is(failure, SqlState.INSUFFICIENT_PRIVILEGE)) {
      return ". " + SubscriberRights.howToGrant(settings.session().connection().user());
    }
    if (SqlState.is(failure, SqlState.LOCK_NOT_AVAILABLE)) {
      String holders =
          "FROM pgq_connect.subscription s JOIN pg_stat_activity b ON b.pid = ANY (pg_blocking_pids(s.backend_pid)) WHERE s.name = %s;"
              .formatted(Identifiers.literal(settings.session().subscription()));
      return ". Another session of the subscriber holds a lock that the sink needs. While the sink waits, this shows it: SELECT b.pid, b.usename, b.state, b.query "
          + holders
          + " It has to end its transaction, or: SELECT pg_terminate_backend(b.pid) "
          + holders;
    }
    if (SqlState.is(failure, SqlState.QUERY_CANCELED)) {
      return ". A trigger of the subscriber, a missing index or a lock may make the statement slow; else raise statement.timeout.ms of the sink";
    }
    return "";
  }

  private void readAgain() {
    LOG.info(
        "The topics are read again from the offsets that the subscriber has stored [subscription={}, batchInMemory={}]",
        settings.session().subscription(),
        assembler.head().map(batch -> batch.id().toString()).orElse("none"));
    applier.close();
    located = false;
    locate();
  }

  /** Seeks to the offsets that the subscriber has stored, or later when it cannot be asked now. */
  private void locate() {
    try {
      applier.open();
      seek(startOffsets(applier.storedOffsets()));
    } catch (StopException e) {
      applier.close();
      throw new ConnectException(remedy.complete(e.getMessage()), e);
    } catch (SQLException e) {
      boolean opened = applier.isOpen();
      applier.close();
      String what = describe(e, opened);
      if (SqlState.verdict(e) != Verdict.RETRY) {
        throw new ConnectException(what, e);
      }
      LOG.warn("{}. Trying again in {} ms", what, settings.retryBackoffMillis());
      context.timeout(settings.retryBackoffMillis());
    }
  }

  /** The stored offsets, unless the cluster says that they belong to other topics. */
  private Map<PartitionId, Long> startOffsets(Map<PartitionId, Long> stored) throws SQLException {
    Set<String> topics =
        context.assignment().stream().map(TopicPartition::topic).collect(Collectors.toSet());
    Optional<Cluster.Look> look = cluster.look(topics);
    if (look.isEmpty()) {
      return stored;
    }
    StartOffsets start = StartOffsets.of(stored, applier.storedOrigin(), look.get());
    start
        .differences()
        .forEach(
            difference ->
                LOG.warn(
                    "{} [subscription={}]. What was applied is skipped; batches or rows that are missing stop the sink",
                    difference,
                    settings.session().subscription()));
    applier.storeOrigin(start.offsets(), look.get().origin());
    return start.offsets();
  }

  private void seek(Map<PartitionId, Long> start) {
    assembler.reset(applier.position().tickId());
    offsets.reset();
    flowControl.reset(context);
    inVain = Optional.empty();
    refusedTogether = 0;
    Map<TopicPartition, Long> seeks = new HashMap<>();
    for (TopicPartition partition : context.assignment()) {
      PartitionId id = new PartitionId(partition.topic(), partition.partition());
      long offset = start.getOrDefault(id, 0L);
      seeks.put(partition, offset);
      offsets.startAt(id, offset);
    }
    context.offset(seeks);
    cluster.forgetPositions();
    silence.begin();
    located = true;
  }

  /**
   * The offsets behind which everything is on the subscriber.
   *
   * @param current how far the partitions were read; a topic that was made anew was read less far
   *     than the subscriber has stored
   */
  public Map<TopicPartition, OffsetAndMetadata> offsetsToCommit(
      Map<TopicPartition, OffsetAndMetadata> current) {
    Map<TopicPartition, OffsetAndMetadata> result = new HashMap<>();
    if (located) {
      offsets
          .safe(assembler.firstOffsets())
          .forEach(
              (id, offset) -> {
                TopicPartition partition = new TopicPartition(id.topic(), id.partition());
                OffsetAndMetadata read = current.get(partition);
                if (read != null && offset <= read.offset()) {
                  result.put(partition, new OffsetAndMetadata(offset));
                }
              });
    }
    return result;
  }
}
