/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.publish;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.TransactionContext;
import org.pgqconnect.postgres.Database;
import org.pgqconnect.source.PgqSourceConfig;
import org.pgqconnect.source.history.SourceOffset;
import org.pgqconnect.source.queue.Queue;
import org.pgqconnect.source.queue.Tick;
import org.pgqconnect.source.session.ProviderSession;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.tick.TickSignal;
import org.pgqconnect.time.Clocks;
import org.pgqconnect.time.NanoClock;
import org.pgqconnect.wire.EnvelopeSchema;

/** One session that publishes queue "q" of a database, polled by the test. */
final class QueueReader implements AutoCloseable {
  private final ProviderSession session;
  final BatchPublisher publisher;
  private final TickSignal signal = new TickSignal(NanoClock.SYSTEM);
  final Acknowledgements acknowledgements = new Acknowledgements(NanoClock.SYSTEM);

  QueueReader(
      TestDatabase database,
      Map<String, String> keys,
      Optional<SourceOffset> offset,
      TransactionContext transactions)
      throws Exception {
    Map<String, String> all = new HashMap<>(database.connectorKeys());
    all.put("name", "own");
    all.put("topic.prefix", "p");
    all.put("queue.name", "q");
    all.put("fetch.rows", "10");
    all.putAll(keys);
    PgqSourceConfig config = new PgqSourceConfig(all);
    session =
        ProviderSession.open(
            new Database(config.connection()), config.session(), offset, Clocks.SYSTEM.nano());
    publisher =
        new BatchPublisher(
            config.publishing(),
            session,
            new PublishedQueue(
                new EnvelopeSchema.Origin("test", "p", database.name(), "q"),
                session.identity().provider(),
                session.identity().queueIdentity(),
                config.eventTopic(),
                config.usesAvro(),
                RecordLimit.of(Map.of()),
                Clocks.SYSTEM),
            signal,
            acknowledgements,
            transactions,
            new PublishSummary("q", NanoClock.SYSTEM));
  }

  List<SourceRecord> poll() throws Exception {
    // The reading session is busy while a batch is open.
    Queue queue = new Queue(session.lookups(), "q", "own");
    signal.restart(queue.lastTick().map(Tick::id).orElseThrow());
    return publisher.poll();
  }

  /** How long the provider may be silent at the moment, in milliseconds. */
  int networkTimeout() throws SQLException {
    return session.connection().getNetworkTimeout();
  }

  /** Whether it has asked the ticker for a tick since the last call. */
  boolean asksForTick() {
    return signal.takeRequest();
  }

  /** The records up to the batch's END, which Kafka then has. */
  List<SourceRecord> rest() throws Exception {
    List<SourceRecord> records = new ArrayList<>();
    while (records.isEmpty() || !BatchPublisherIT.isEnd(records.get(records.size() - 1))) {
      records.addAll(poll());
    }
    records.forEach(record -> acknowledgements.acknowledged());
    return records;
  }

  @Override
  public void close() throws SQLException {
    session.close();
  }
}
