/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.plugin.BuildVersion;
import org.pgqconnect.source.history.SourceOffset;
import org.pgqconnect.source.publish.Acknowledgements;
import org.pgqconnect.source.session.Backoff;
import org.pgqconnect.source.session.PollWatch;
import org.pgqconnect.time.Clocks;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lifecycle of the one task of a queue: opens a session, publishes, and opens another when it is
 * lost.
 */
public final class PgqSourceTask extends SourceTask {
  private static final Logger LOG = LoggerFactory.getLogger(PgqSourceTask.class);

  private static final long ACKNOWLEDGEMENT_WAIT_MILLIS = 200;

  private final Clocks clocks = Clocks.SYSTEM;
  private final Acknowledgements acknowledgements = new Acknowledgements(clocks.nano());
  private final PollWatch polls = new PollWatch(clocks.nano());
  private final Backoff backoff = new Backoff();

  private PgqSourceConfig config;
  private volatile PublishingSessions sessions;
  private volatile boolean stopping;

  @Override
  public String version() {
    return BuildVersion.of(PgqSourceConnector.class);
  }

  @Override
  public void start(Map<String, String> properties) {
    config = new PgqSourceConfig(properties);
    Optional<SourceOffset> stored = storedOffset();
    sessions =
        new PublishingSessions(
            config, acknowledgements, polls, context.transactionContext(), stored, clocks);
    LOG.info(
        "Source task starts [queue={}, provider={}, offset={}, kafkaTransactions={}]",
        config.queue(),
        config.connection().address(),
        stored.map(o -> String.valueOf(o.tickId())).orElse("none"),
        context.transactionContext() == null ? "as the worker does" : "one a batch");
  }

  private Optional<SourceOffset> storedOffset() {
    try {
      return SourceOffset.of(
          context.offsetStorageReader().offset(SourceOffset.partition(config.queue())));
    } catch (StopException e) {
      throw ConnectFailure.of(e);
    }
  }

  @Override
  public List<SourceRecord> poll() throws InterruptedException {
    try {
      if (polls.begin()) {
        LOG.info(
            "Kafka Connect did not ask for records for a long time: a new session is opened"
                + " [queue={}]",
            config.queue());
        sessions.close();
      }
      if (!sessions.isOpen()) {
        // What was handed over from an earlier session is published: the next one resumes after it.
        if (!acknowledgements.await(ACKNOWLEDGEMENT_WAIT_MILLIS)) {
          return null;
        }
        sessions.open();
      }
      List<SourceRecord> records = sessions.poll();
      backoff.worked();
      return records.isEmpty() ? null : records;
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      sessions.close();
      if (stopping) {
        return null;
      }
      throw failure(e);
    } finally {
      polls.end(sessions.inTransaction());
    }
  }

  private ConnectException failure(Exception cause) throws InterruptedException {
    ConnectException failure = ConnectFailure.of(config.session(), cause);
    if (failure instanceof RetriableException) {
      backoff.failed();
    }
    return failure;
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
    if (sessions != null) {
      sessions.stop();
    }
  }
}
