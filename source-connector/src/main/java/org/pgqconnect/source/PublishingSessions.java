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
import org.pgqconnect.source.session.ProviderSession;
import org.pgqconnect.source.setup.Provisioning;
import org.pgqconnect.source.tick.TickSignal;
import org.pgqconnect.wire.EnvelopeSchema;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sessions that publish a queue, one after the other: each resumes where the one before was
 * lost. Any thread may {@link #abort}; the rest belongs to the task's.
 */
final class PublishingSessions {
  private static final Logger LOG = LoggerFactory.getLogger(PublishingSessions.class);

  private final PgqSourceConfig config;
  private final Database database;
  private final TickSignal signal;
  private final Acknowledgements acknowledgements;
  private final PublishSummary summary;
  private final TransactionContext transactions;

  private Optional<SourceOffset> offset;
  private volatile ProviderSession session;
  private BatchPublisher publisher;

  /**
   * @param transactions null when the worker's exactly-once support is off
   * @param stored the offset that Kafka has
   */
  PublishingSessions(
      PgqSourceConfig config,
      Database database,
      TickSignal signal,
      Acknowledgements acknowledgements,
      PublishSummary summary,
      TransactionContext transactions,
      Optional<SourceOffset> stored) {
    this.config = requireNonNull(config, "config");
    this.database = requireNonNull(database, "database");
    this.signal = requireNonNull(signal, "signal");
    this.acknowledgements = requireNonNull(acknowledgements, "acknowledgements");
    this.summary = requireNonNull(summary, "summary");
    this.transactions = transactions;
    this.offset = requireNonNull(stored, "stored");
  }

  boolean isOpen() {
    return publisher != null;
  }

  /** Opens one; what was handed over in earlier ones has to be published. */
  void open() throws SQLException, InterruptedException {
    Provisioning.run(database, config.provisioning(), offset.isPresent());
    session = ProviderSession.open(database, config.session(), offset);
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
  }

  private PublishedQueue published(String provider, String queueIdentity) {
    EnvelopeSchema.Origin origin =
        new EnvelopeSchema.Origin(
            BuildVersion.of(PgqSourceConnector.class),
            config.topicPrefix(),
            config.connection().database(),
            config.queue());
    return new PublishedQueue(
        origin, provider, queueIdentity, config.eventTopic(), config.recordLimit());
  }

  /** The one that is open. */
  ProviderSession session() {
    return session;
  }

  /** Whether the open one has met a table since the last call that misses changes. */
  boolean takeMissed() {
    return publisher.takeMissed();
  }

  /** The next records; see {@link BatchPublisher#poll}. */
  List<SourceRecord> poll() throws Exception {
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

  /** Ends the connection of the open one, if there is one: whatever waits for it fails. */
  void abort() {
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
