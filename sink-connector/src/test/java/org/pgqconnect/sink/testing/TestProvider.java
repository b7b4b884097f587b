/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.testing;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTaskContext;
import org.apache.kafka.connect.source.TransactionContext;
import org.apache.kafka.connect.storage.OffsetStorageReader;
import org.pgqconnect.source.PgqSourceTask;

/** The source task of a database, whose records are handed to a {@link TestWorker}. */
public final class TestProvider implements SourceTaskContext, OffsetStorageReader, AutoCloseable {
  private final Map<String, String> config;
  private final PgqSourceTask task = new PgqSourceTask();

  /**
   * @param database all tables of its schema public are captured
   */
  public TestProvider(TestDatabase database, String... more) {
    this.config = new HashMap<>(database.config());
    config.put("name", "test-source-" + database.name);
    config.remove("topics.regex");
    config.put("queue.name", "bank");
    config.put("table.include.list", "public\\..*");
    config.put("heartbeat.interval.ms", "200");
    for (int i = 0; i < more.length; i += 2) {
      config.put(more[i], more[i + 1]);
    }
    task.initialize(this);
    task.start(config);
  }

  /** Hands over what is published now. */
  public void poll(TestWorker worker) throws InterruptedException {
    List<SourceRecord> records = task.poll();
    if (records == null) {
      return;
    }
    for (SourceRecord record : records) {
      worker.append(record.topic(), 0, record.valueSchema(), record.value());
      task.commitRecord(record, null);
    }
  }

  @Override
  public void close() {
    task.stop();
  }

  @Override
  public Map<String, String> configs() {
    return config;
  }

  @Override
  public OffsetStorageReader offsetStorageReader() {
    return this;
  }

  @Override
  public TransactionContext transactionContext() {
    return null;
  }

  @Override
  public PluginMetrics pluginMetrics() {
    throw new UnsupportedOperationException();
  }

  @Override
  public <T> Map<String, Object> offset(Map<String, T> partition) {
    return null;
  }

  @Override
  public <T> Map<Map<String, T>, Map<String, Object>> offsets(Collection<Map<String, T>> all) {
    return Map.of();
  }
}
