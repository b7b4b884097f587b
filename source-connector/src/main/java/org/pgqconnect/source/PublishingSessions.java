/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source;

import static java.util.Objects.requireNonNull;

import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.TransactionContext;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.plugin.BuildVersion;
import org.pgqconnect.postgres.Database;
import org.pgqconnect.source.history.SourceOffset;
import org.pgqconnect.source.publish.Acknowledgements;
import org.pgqconnect.source.publish.BatchPublisher;
import org.pgqconnect.source.publish.PublishSummary;
import org.pgqconnect.source.publish.PublishedQueue;
import org.pgqconnect.source.queue.Tick;
import org.pgqconnect.source.session.PollWatch;
import org.pgqconnect.source.session.ProviderSession;
import org.pgqconnect.source.setup.Provisioning;
import org.pgqconnect.source.tick.TickSignal;
import org.pgqconnect.time.Clocks;
import org.pgqconnect.wire.EnvelopeSchema;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sessions that publish a queue, one after the other: each resumes where the one before was
 * lost; and the work beside them. Any thread may {@link #stop}; the rest belongs to the task's.
 */
final class PublishingSessions {
  private static final Logger LOG = LoggerFactory.getLogger(PublishingSessions.class);

  private final PgqSourceConfig config;
  private final Clocks clocks;
  private final Database database;
  private final TickSignal signal;
  private final Acknowledgements acknowledgements;
  private final PublishSummary summary;
  private final BackgroundWork background;
  private final PollWatch polls;
  private final TransactionContext transactions;

  private Optional<SourceOffset> offset;
  private volatile ProviderSession session;
  private BatchPublisher publisher;

  /**
   * @param polls knows when the framework last asked for records
   * @param transactions null when the worker's exactly-once support is off
   * @param stored the offset that Kafka has
   */
  PublishingSessions(
      PgqSourceConfig config,
      Acknowledgements acknowledgements,
      PollWatch polls,
      TransactionContext transactions,
      Optional<SourceOffset> stored,
      Clocks clocks) {
    this.config = requireNonNull(config, "config");
    this.acknowledgements = requireNonNull(acknowledgements, "acknowledgements");
    this.polls = requireNonNull(polls, "polls");
    this.transactions = transactions;
    this.offset = requireNonNull(stored, "stored");
    this.clocks = requireNonNull(clocks, "clocks");
    this.database = new Database(config.connection());
    this.signal = new TickSignal(clocks.nano());
    this.summary = new PublishSummary(config.queue(), clocks.nano());
    this.background = new BackgroundWork(config, database, signal, summary, clocks);
  }

  boolean isOpen() {
    return publisher != null;
  }

  /** Opens one; what was handed over in earlier ones has to be published. */
  void open() throws SQLException, InterruptedException {
    Provisioning.run(database, config.provisioning(), offset.isPresent());
    session = ProviderSession.open(database, config.session(), offset, clocks.nano());
    signal.restart(session.queue().lastTick().map(Tick::id).orElse(0L));
    publisher =
        new BatchPublisher(
            config.publishing(),
            session,
            published(session.identity().provider(), session.identity().queueIdentity()),
            signal,
            acknowledgements,
            transactions,
            summary);
    background.sessionBegins(session.connection(), () -> polls.release(this::abort));
    LOG.info(
        "Publishing [queue={}, provider={}, attempt={}, position={}]",
        config.queue(),
        session.identity().provider(),
        session.attempt(),
        session.position().id());
  }

  private PublishedQueue published(String provider, String queueIdentity) {
    EnvelopeSchema.Origin origin =
        new EnvelopeSchema.Origin(
            BuildVersion.of(PgqSourceConnector.class),
            config.topicPrefix(),
            config.connection().database(),
            config.queue(),
            config.schemaNames(),
            config.fieldNames(),
            config.debezium());
    return new PublishedQueue(
        origin,
        provider,
        queueIdentity,
        config.eventTopic(),
        config.usesAvro(),
        config.recordLimit(),
        clocks);
  }

  /**
   * The next records; see {@link BatchPublisher#poll}.
   *
   * @throws Exception also what the work beside it found that must stop the task
   */
  List<SourceRecord> poll() throws Exception {
    background.throwFailure();
    if (publisher.takeMissed()) {
      // Subscribers count such a table as complete until this is reported.
      background.checkTriggers(session.lookups());
    }
    return publisher.poll();
  }

  /** Whether one is open, in the middle of a batch. */
  boolean inTransaction() {
    return publisher != null && publisher.inTransaction();
  }

  /** Closes the open one, if there is one. */
  void close() {
    if (publisher != null) {
      offset = Optional.of(publisher.offset());
      if (publisher.leavesTransactionOpen()) {
        // Kafka gives a transaction up that stays open for long, and the task with it. The
        // framework looks at this when poll has returned or thrown what can be retried.
        transactions.commitTransaction();
      }
      publisher = null;
    }
    ProviderSession open = session;
    session = null;
    if (open != null) {
      try {
        open.close();
      } catch (SQLException e) {
        LOG.debug("The session did not end cleanly [queue={}]", config.queue(), e);
      }
    }
  }

  /** Ends the work beside it, and the connection of the open one. */
  void stop() {
    background.close();
    abort();
  }

  /** Ends the connection of the open one, if there is one: whatever waits for it fails. */
  private void abort() {
    ProviderSession open = session;
    if (open == null) {
      return;
    }
    try {
      open.connection().abort(Runnable::run);
    } catch (SQLException e) {
      throw new StopException("The session on the provider could not be ended", e);
    }
  }
}
