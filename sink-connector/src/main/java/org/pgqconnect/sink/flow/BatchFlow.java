/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.flow;

import java.sql.SQLException;
import java.time.Clock;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.plugin.ConnectErrors;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.postgres.SqlState.Verdict;
import org.pgqconnect.sink.apply.Applier;
import org.pgqconnect.sink.apply.BatchGrouper;
import org.pgqconnect.sink.apply.ReadAgainException;
import org.pgqconnect.sink.apply.Subscriber;
import org.pgqconnect.sink.assemble.Awaited;
import org.pgqconnect.sink.assemble.BatchAssembler;
import org.pgqconnect.sink.assemble.PendingBatch.Missing;
import org.pgqconnect.sink.intake.Cluster;
import org.pgqconnect.sink.intake.NotApplied;
import org.pgqconnect.sink.intake.RecordIntake;
import org.pgqconnect.sink.intake.TopicOwnership;
import org.pgqconnect.sink.offsets.PartitionId;
import org.pgqconnect.sink.offsets.ReadOffsets;
import org.pgqconnect.sink.session.SubscriberSession;
import org.pgqconnect.sink.watch.LostRows;
import org.pgqconnect.sink.watch.LostRows.Finding;
import org.pgqconnect.sink.watch.Summary.Waiting;
import org.pgqconnect.time.NanoClock;
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
  private final Remedy remedy;
  private final Memory memory;
  private final Arrivals arrivals;
  private final Subscriber subscriber;
  private final Applier applier;
  private final BatchGrouper grouper;
  private final Application application;
  private final Cluster cluster;
  private final TopicEnds topicEnds;
  private final LostRows lostRows;
  private final StartingPoint startingPoint;
  private final Reporting reporting;
  private boolean located;
  private boolean redelivery;

  /**
   * @param clock says for how long things last
   * @param wall says at what time they happened
   */
  public BatchFlow(Settings settings, SinkTaskContext context, NanoClock clock, Clock wall) {
    this.settings = settings;
    this.context = context;
    TopicNames names = settings.names();
    TopicOwnership ownership = settings.ownership();
    if (ownership.problem().isPresent()) {
      throw new ConnectException(ownership.problem().get());
    }
    NotApplied notApplied = new NotApplied();
    this.remedy = Remedy.ofPrefix(names.prefix()).ofConnector(settings.connector());
    this.memory = memory(settings, new BatchAssembler(ownership, notApplied));
    this.subscriber = new Subscriber(settings.session(), names, ownership, clock);
    this.applier = new Applier(subscriber, notApplied, clock);
    this.grouper = new BatchGrouper(subscriber, applier);
    this.arrivals =
        new Arrivals(
            new RecordIntake(names, settings.connector(), ownership, notApplied),
            subscriber,
            memory,
            notApplied);
    this.reporting = new Reporting(settings, remedy, notApplied, clock, wall);
    this.application =
        new Application(memory, subscriber, applier, grouper, settings.applyMaxRows(), reporting);
    this.cluster = new Cluster(settings.consumerGroup());
    this.topicEnds = new TopicEnds(clock, this::isReadToItsEnd);
    this.lostRows =
        new LostRows(names, settings.session().subscription(), clock, cluster::hasRemovedRecords);
    this.startingPoint = new StartingPoint(settings.session().subscription(), context, cluster);
  }

  private static Memory memory(Settings settings, BatchAssembler batches) {
    return new Memory(
        batches,
        new ReadOffsets(),
        new FlowControl(batches, settings.bufferMaxRows(), settings.bufferMaxBytes()));
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
    memory.reset(null);
    resumeAll();
  }

  private void resumeAll() {
    resume(memory.limits().reset(context.assignment()));
  }

  private void resume(Set<TopicPartition> partitions) {
    if (!partitions.isEmpty()) {
      context.resume(partitions.toArray(TopicPartition[]::new));
    }
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
      topicEnds.handedOver();
    }
    boolean busy = isBusy();
    if (!busy) {
      reporting.idle();
    }
    long before = arrivals.boundaries();
    try {
      records.forEach(record -> arrivals.take(record, again));
    } catch (ReadAgainException e) {
      readAgain();
      return;
    } catch (StopException e) {
      throw stopped(e); // A batch that is being written would lock out the operator.
    }
    work(records.isEmpty());
    limitMemory();
    listen(arrivals.boundaries() > before, busy);
    report();
  }

  /** Is a batch in memory that is not applied? */
  private boolean isBusy() {
    return memory.batches().head().isPresent();
  }

  private void limitMemory() {
    FlowControl.Change change = memory.limits().next(context.assignment());
    if (!change.toPause().isEmpty()) {
      context.pause(change.toPause().toArray(TopicPartition[]::new));
    }
    resume(change.toResume());
  }

  /** After the work, which may take long, as what came meanwhile was not handed over yet. */
  private void listen(boolean heard, boolean busy) {
    if (heard) {
      reporting.heard();
    } else if (busy) {
      reporting.listenAnew();
    }
  }

  private void report() {
    Waiting waiting = reporting.waiting(memory, subscriber, grouper);
    reporting.logSummary(waiting);
    if (located && (isBusy() || reporting.reportsSilence())) {
      context.timeout(REPORT_MILLIS); // Without records Connect would not call for long.
    }
    reporting.report(waiting, applier);
  }

  /**
   * @param idle nothing was handed over, though more may be on its way
   */
  private void work(boolean idle) {
    if (!isBusy()) {
      return;
    }
    try {
      if (!applier.open()) {
        throw new ReadAgainException();
      }
      application.applyAll(idle);
      stopIfLost(idle);
    } catch (ReadAgainException e) {
      readAgain();
    } catch (StopException e) {
      throw stopped(e);
    } catch (SQLException e) {
      recover(e);
    }
  }

  /** Nothing that could be waited for can come any more. */
  private void stopIfLost(boolean idle) {
    // The answer may be older than what came last.
    if (idle
        && application.inVain().isPresent()
        && hasNothingMore(settings.names().transaction())
        && topicEnds.isAnswerNewer()) {
      throw application.inVain().get();
    }
    Awaited awaited = memory.batches().awaited(subscriber.filled());
    Finding finding = lostRows.judge(awaited, assigned(), readToTheEnd(awaited));
    finding.passed().ifPresent(memory.batches()::passBeginningOf);
    if (finding.askAgain()) {
      context.timeout(finding.passed().isPresent() ? 0 : LostRows.GRACE_MILLIS);
    }
  }

  private Set<TableId> readToTheEnd(Awaited awaited) {
    return awaited.rows().stream()
        .map(Missing::table)
        .filter(table -> hasNothingMore(settings.names().table(table)))
        .collect(Collectors.toSet());
  }

  private Set<PartitionId> assigned() {
    return context.assignment().stream()
        .map(partition -> new PartitionId(partition.topic(), partition.partition()))
        .collect(Collectors.toSet());
  }

  private boolean hasNothingMore(String topic) {
    return topicEnds.isReadToItsEnd(topic, reporting.waitedMillis());
  }

  private boolean isReadToItsEnd(String topic) {
    return cluster.isReadToItsEnd(
        topic,
        context.assignment(),
        p -> memory.offsets().next(new PartitionId(p.topic(), p.partition())));
  }

  private ConnectException stopped(StopException reason) {
    applier.close();
    return ConnectErrors.inPlaceOf(
        reason, new ConnectException(remedy.complete(reason.getMessage()), reason.getCause()));
  }

  private void recover(SQLException failure) {
    boolean partsLost = applier.isStreaming();
    boolean opened = subscriber.isOpen();
    String what = close(failure);
    reporting.failed(what, partsLost);
    if (opened) {
      reporting.reportFailure();
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

  /**
   * Closes the session.
   *
   * @return what went wrong
   * @throws ConnectException when it is of no use to try again
   */
  private String close(SQLException failure) {
    boolean opened = subscriber.isOpen();
    applier.close();
    String what = new SubscriberFailure(settings.session()).describe(failure, opened);
    if (SqlState.verdict(failure) != Verdict.RETRY) {
      throw new ConnectException(what, failure);
    }
    return what;
  }

  private void readAgain() {
    LOG.info(
        "The topics are read again from the offsets that the subscriber has stored"
            + " [subscription={}, batchInMemory={}]",
        settings.session().subscription(),
        memory.batches().head().map(batch -> batch.id().toString()).orElse("none"));
    applier.close();
    located = false;
    locate();
  }

  /** Seeks to the offsets that the subscriber has stored, or later when it cannot be asked now. */
  private void locate() {
    try {
      startingPoint.seek(applier, subscriber, memory);
      resumeAll();
      application.reset();
      reporting.listenAnew();
      located = true;
    } catch (StopException e) {
      throw stopped(e);
    } catch (SQLException e) {
      String what = close(e);
      LOG.warn("{}. Trying again in {} ms", what, settings.retryBackoffMillis());
      context.timeout(settings.retryBackoffMillis());
    }
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
      memory
          .safeOffsets()
          .now()
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
