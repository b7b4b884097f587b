/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source;

import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;
import org.apache.kafka.connect.source.TransactionContext;
import org.pgqconnect.plugin.BuildVersion;
import org.pgqconnect.postgres.Database;
import org.pgqconnect.source.history.SourceOffset;
import org.pgqconnect.source.metrics.SourceMetrics;
import org.pgqconnect.source.publish.Acknowledgements;
import org.pgqconnect.source.publish.BatchPublisher;
import org.pgqconnect.source.publish.PublishSummary;
import org.pgqconnect.source.publish.PublishedQueue;
import org.pgqconnect.source.queue.Tick;
import org.pgqconnect.source.session.Backoff;
import org.pgqconnect.source.session.PollWatch;
import org.pgqconnect.source.session.ProviderSession;
import org.pgqconnect.source.session.SourceFailure;
import org.pgqconnect.source.setup.Provisioning;
import org.pgqconnect.source.tick.TickSignal;
import org.pgqconnect.source.tick.Ticker;
import org.pgqconnect.source.watch.ProviderWatch;
import org.pgqconnect.source.watch.RotationState;
import org.pgqconnect.source.watch.TriggerWatch;
import org.pgqconnect.wire.EnvelopeSchema;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lifecycle of the one task of a queue: opens a session, publishes, and opens another when it is
 * lost.
 */
public final class PgqSourceTask extends SourceTask {
  private static final Logger LOG = LoggerFactory.getLogger(PgqSourceTask.class);

  private static final long ACKNOWLEDGEMENT_WAIT_MILLIS = 200;

  private final Acknowledgements acknowledgements = new Acknowledgements();
  private final TickSignal signal = new TickSignal();

  private PgqSourceConfig config;
  private Database database;
  private Backoff backoff;
  private PublishSummary summary;
  private SourceMetrics metrics;
  private Ticker ticker;
  private TriggerWatch triggers;
  private volatile ProviderWatch watch;
  private final PollWatch polls = new PollWatch();
  private Optional<SourceOffset> offset = Optional.empty();
  private volatile ProviderSession session;
  private BatchPublisher publisher;
  private volatile boolean stopping;

  @Override
  public String version() {
    return BuildVersion.of(PgqSourceConnector.class);
  }

  @Override
  public void start(Map<String, String> properties) {
    config = new PgqSourceConfig(properties);
    database = new Database(config.connection());
    backoff = new Backoff();
    ticker =
        new Ticker(
            () -> database.open("pgq-connect ticker " + config.connectorName()),
            new Ticker.Settings(config.queue(), config.embeddedTicker(), config.heartbeat()),
            signal);
    summary = new PublishSummary(config.queue());
    triggers = new TriggerWatch(config.triggerWatch());
    metrics =
        new SourceMetrics(
            config.connectorName(),
            config.queue(),
            ticker::role,
            ticker::ticksMade,
            signal::newestTick,
            signal::millisSinceTick,
            summary::total,
            this::rotation,
            triggers::summary);
    metrics.register();
    offset =
        SourceOffset.of(
            context.offsetStorageReader().offset(SourceOffset.partition(config.queue())));
    LOG.info(
        "Source task starts [queue={}, provider={}, offset={}, kafkaTransactions={}]",
        config.queue(),
        config.connection().address(),
        offset.map(o -> String.valueOf(o.tickId())).orElse("none"),
        context.transactionContext() == null ? "as the worker does" : "one a batch");
  }

  @Override
  public List<SourceRecord> poll() throws InterruptedException {
    try {
      if (polls.begin()) {
        LOG.info(
            "Nobody asked for records for long: a new session is opened [queue={}]",
            config.queue());
        closeSession();
      }
      if (publisher == null) {
        // What was handed over from an earlier session is published: the next one goes on after it.
        if (!acknowledgements.await(ACKNOWLEDGEMENT_WAIT_MILLIS)) {
          return null;
        }
        open();
      }
      watch.throwFailure();
      if (publisher.takeMissed()) {
        // Subscribers count such a table as complete until this is reported.
        triggers.check(session.lookups());
      }
      List<SourceRecord> records = publisher.poll();
      backoff.worked();
      return records.isEmpty() ? null : records;
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      closeSession();
      if (stopping) {
        return null;
      }
      throw failure(e);
    } finally {
      polls.end(publisher != null && publisher.inTransaction(), System.nanoTime());
    }
  }

  private void open() throws SQLException, InterruptedException {
    Provisioning.run(database, config.provisioning(), offset.isPresent());
    session = ProviderSession.open(database, config.session(), offset);
    signal.restart(session.queue().lastTick().map(Tick::id).orElse(0L));
    TransactionContext transactions = context.transactionContext();
    publisher =
        new BatchPublisher(
            config.publishing(),
            session,
            new PublishedQueue(
                new EnvelopeSchema.Origin(
                    BuildVersion.of(PgqSourceConnector.class),
                    config.topicPrefix(),
                    config.connection().database(),
                    config.queue()),
                session.identity().provider(),
                session.identity().queueIdentity(),
                config.eventTopic(),
                config.recordLimit()),
            signal,
            acknowledgements,
            transactions,
            summary);
    triggers.check(session.connection());
    if (watch == null) {
      ticker.start();
      watch =
          new ProviderWatch(
              config.watch(),
              () -> database.open("pgq-connect watch " + config.connectorName()),
              triggers,
              this::releaseForgotten);
      watch.start();
    }
    LOG.info(
        "Publishing [queue={}, provider={}, attempt={}, position={}]",
        config.queue(),
        session.identity().provider(),
        session.attempt(),
        session.position().id());
  }

  private RotationState rotation() {
    ProviderWatch open = watch;
    return open == null ? RotationState.unknown() : open.rotation();
  }

  private void releaseForgotten() {
    polls.release(
        System.nanoTime(),
        () -> {
          ProviderSession open = session;
          if (open != null) {
            abort(open);
          }
        });
  }

  private static void abort(ProviderSession open) {
    try {
      open.connection().abort(Runnable::run);
    } catch (SQLException e) {
      throw new ConnectException("The session on the provider could not be ended", e);
    }
  }

  private RuntimeException failure(Exception cause) throws InterruptedException {
    RuntimeException explained = SourceFailure.explain(config.session(), cause);
    if (explained instanceof RetriableException) {
      backoff.failed();
    }
    return explained;
  }

  private void closeSession() {
    if (publisher != null) {
      offset = Optional.of(publisher.offset());
      if (publisher.leavesTransactionOpen()) {
        // Kafka gives a transaction up that stays open for long, and the task with it. The
        // framework
        // looks at this when poll has returned or thrown what can be retried.
        context.transactionContext().commitTransaction();
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

  @Override
  public void commitRecord(SourceRecord record, RecordMetadata metadata) {
    acknowledgements.acknowledged();
  }

  /**
   * Frameworks of old versions call it while {@link #poll} waits, later ones when it has returned.
   */
  @Override
  public void stop() {
    stopping = true;
    backoff.cancel();
    if (watch != null) {
      watch.close();
    }
    if (ticker != null) {
      ticker.close();
    }
    if (metrics != null) {
      metrics.close();
    }
    ProviderSession open = session;
    if (open != null) {
      abort(open);
    }
  }
}
