/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.testing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.pgqconnect.sink.PgqSinkTask;

/** Logs of topics in memory, and a worker that feeds them to the real task as Connect does. */
public final class TestWorker implements SinkTaskContext, AutoCloseable {
  private final Map<String, String> config;
  private final JsonConverter converter = new JsonConverter();
  private final Map<TopicPartition, List<byte[]>> logs =
      new TreeMap<>(
          (a, b) ->
              a.topic().equals(b.topic())
                  ? a.partition() - b.partition()
                  : a.topic().compareTo(b.topic()));
  private final Map<TopicPartition, Long> positions = new HashMap<>();
  private final Map<TopicPartition, Long> seeks = new HashMap<>();
  private final Set<TopicPartition> paused = new HashSet<>();
  private final Set<TopicPartition> blocked = new HashSet<>();
  private List<SinkRecord> redelivery = List.of();
  private PgqSinkTask task;
  public int maxPollRecords = 500;
  public int maxPaused;
  public RetriableException lastRetry;

  public TestWorker(Map<String, String> config, boolean schemas) {
    this.config = config;
    converter.configure(Map.of("schemas.enable", schemas, "converter.type", "value"), false);
  }

  public void append(String topic, int partition, Schema schema, Object value) {
    List<byte[]> log =
        logs.computeIfAbsent(new TopicPartition(topic, partition), p -> new ArrayList<>());
    log.add(value == null ? null : converter.fromConnectData(topic, schema, value));
  }

  /** Has the topic any records? */
  public boolean has(String topic) {
    return !logs.getOrDefault(new TopicPartition(topic, 0), List.of()).isEmpty();
  }

  public void appendRaw(String topic, int partition, byte[] value) {
    logs.computeIfAbsent(new TopicPartition(topic, partition), p -> new ArrayList<>()).add(value);
  }

  /** The topics are gone; records that are appended make them anew. */
  public void deleteTopics() {
    logs.values().forEach(List::clear);
  }

  /** Starts a task, or ends the one that runs and starts another. */
  public void start() {
    stop();
    task = new PgqSinkTask();
    task.initialize(this);
    task.start(config);
    rebalance();
  }

  public void rebalance() {
    task.close(new HashSet<>(positions.keySet()));
    positions.clear();
    paused.clear();
    redelivery = List.of();
    // A consumer group without offsets would start at the end: the task must seek.
    logs.forEach((partition, log) -> positions.put(partition, (long) log.size()));
    task.open(assignment());
    rewind();
  }

  /** Lets a partition give no records for now. */
  public void block(String topic, int partition) {
    blocked.add(new TopicPartition(topic, partition));
  }

  public void unblock() {
    blocked.clear();
  }

  /** One poll; false when there was nothing to deliver. */
  public boolean poll() {
    rewind();
    List<SinkRecord> records = redelivery.isEmpty() ? fetch() : redelivery;
    try {
      task.put(records);
      redelivery = List.of();
    } catch (RetriableException e) {
      redelivery = records;
      lastRetry = e;
      pauseFor(20);
    }
    maxPaused = Math.max(maxPaused, paused.size());
    return !records.isEmpty() || !seeks.isEmpty();
  }

  /** Polls until everything was delivered. */
  public void drain() {
    int idle = 0;
    while (idle < 3) {
      idle = poll() ? 0 : idle + 1;
    }
  }

  private static void pauseFor(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private List<SinkRecord> fetch() {
    List<SinkRecord> records = new ArrayList<>();
    for (Map.Entry<TopicPartition, List<byte[]>> entry : logs.entrySet()) {
      TopicPartition partition = entry.getKey();
      if (paused.contains(partition) || blocked.contains(partition)) {
        continue;
      }
      long at = positions.getOrDefault(partition, 0L);
      at = at > entry.getValue().size() ? 0 : at; // auto.offset.reset=earliest
      while (at < entry.getValue().size() && records.size() < maxPollRecords) {
        records.add(record(partition, at, entry.getValue().get((int) at)));
        at++;
      }
      positions.put(partition, at);
    }
    return records;
  }

  private SinkRecord record(TopicPartition partition, long offset, byte[] bytes) {
    SchemaAndValue value = converter.toConnectData(partition.topic(), bytes);
    return new SinkRecord(
        partition.topic(),
        partition.partition(),
        null,
        null,
        value.schema(),
        value.value(),
        offset);
  }

  private void rewind() {
    positions.putAll(seeks);
    seeks.clear();
  }

  public Map<TopicPartition, OffsetAndMetadata> preCommit() {
    Map<TopicPartition, OffsetAndMetadata> current = new HashMap<>();
    positions.forEach((p, offset) -> current.put(p, new OffsetAndMetadata(offset)));
    return task.preCommit(current);
  }

  public long committed(String topic, int partition) {
    return preCommit().get(new TopicPartition(topic, partition)).offset();
  }

  public long end(String topic, int partition) {
    return logs.get(new TopicPartition(topic, partition)).size();
  }

  public void stop() {
    if (task != null) {
      task.close(assignment());
      task.stop();
      task = null;
    }
  }

  @Override
  public void close() {
    stop();
    converter.close();
  }

  @Override
  public Map<String, String> configs() {
    return config;
  }

  @Override
  public void offset(Map<TopicPartition, Long> offsets) {
    seeks.putAll(offsets);
  }

  @Override
  public void offset(TopicPartition partition, long offset) {
    seeks.put(partition, offset);
  }

  @Override
  public void timeout(long timeoutMs) {
    // The test does not wait.
  }

  @Override
  public Set<TopicPartition> assignment() {
    return new HashSet<>(positions.keySet());
  }

  @Override
  public void pause(TopicPartition... partitions) {
    paused.addAll(Arrays.asList(partitions));
  }

  @Override
  public void resume(TopicPartition... partitions) {
    paused.removeAll(Arrays.asList(partitions));
  }

  @Override
  public void requestCommit() {
    throw new UnsupportedOperationException();
  }

  @Override
  public PluginMetrics pluginMetrics() {
    throw new UnsupportedOperationException();
  }

  @Override
  public ErrantRecordReporter errantRecordReporter() {
    return null;
  }
}
