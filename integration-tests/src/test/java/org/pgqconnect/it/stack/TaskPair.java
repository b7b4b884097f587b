/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.stack;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTaskContext;
import org.apache.kafka.connect.storage.OffsetStorageReader;
import org.pgqconnect.sink.PgqSinkTask;
import org.pgqconnect.source.PgqSourceTask;

/**
 * The real source task and sink tasks, with topics in memory between them: everything but Kafka, in
 * one thread, so that a test can be exact about what comes when.
 */
public final class TaskPair implements AutoCloseable {
  private final Map<TopicPartition, List<SourceRecord>> topics =
      new TreeMap<>(
          (a, b) ->
              a.topic().equals(b.topic())
                  ? a.partition() - b.partition()
                  : a.topic().compareTo(b.topic()));
  private final Map<String, Sink> sinks = new TreeMap<>();
  private Map<String, ?> sourceOffset;
  private PgqSourceTask source;

  /** Starts the source task, or another one in its place. */
  public void startSource(Map<String, String> config) {
    stopSource();
    source = new PgqSourceTask();
    source.initialize(new SourceContext(config));
    source.start(config);
  }

  public void stopSource() {
    if (source != null) {
      source.stop();
      source = null;
    }
  }

  /** The offset that the next source task starts with; null when there is none. */
  public Map<String, ?> offset() {
    return sourceOffset;
  }

  /** Has the next source task start with another offset. */
  public void setOffset(Map<String, ?> offset) {
    sourceOffset = offset;
  }

  public boolean sourceRuns() {
    return source != null;
  }

  /**
   * One poll of the source.
   *
   * @return whether there was anything
   */
  public boolean pollSource() throws InterruptedException {
    List<SourceRecord> records;
    try {
      records = source.poll();
    } catch (RetriableException e) {
      return true;
    }
    if (records == null) {
      return false;
    }
    for (SourceRecord record : records) {
      topics
          .computeIfAbsent(new TopicPartition(record.topic(), 0), p -> new ArrayList<>())
          .add(record);
      sourceOffset = record.sourceOffset();
      source.commitRecord(record, null);
    }
    return !records.isEmpty();
  }

  /** What the source has published to a topic, in its order. */
  public List<SourceRecord> published(String topic) {
    return List.copyOf(topics.getOrDefault(new TopicPartition(topic, 0), List.of()));
  }

  /** Starts a sink task, or another one in its place. */
  public void startSink(String name, Map<String, String> config) {
    stopSink(name);
    Sink sink = new Sink(config);
    sinks.put(name, sink);
    sink.start();
  }

  public void stopSink(String name) {
    Sink sink = sinks.remove(name);
    if (sink != null) {
      sink.stop();
    }
  }

  /** Hands a sink what it has not seen; true when there was anything. */
  public boolean pollSink(String name) {
    return sinks.get(name).poll();
  }

  @Override
  public void close() {
    stopSource();
    List.copyOf(sinks.keySet()).forEach(this::stopSink);
  }

  private final class SourceContext implements SourceTaskContext, OffsetStorageReader {
    private final Map<String, String> config;

    SourceContext(Map<String, String> config) {
      this.config = config;
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
    public <T> Map<String, Object> offset(Map<String, T> partition) {
      return sourceOffset == null ? null : new HashMap<>(sourceOffset);
    }

    @Override
    public <T> Map<Map<String, T>, Map<String, Object>> offsets(
        Collection<Map<String, T>> partitions) {
      return partitions.stream().collect(Collectors.toMap(p -> p, this::offset));
    }

    @Override
    public PluginMetrics pluginMetrics() {
      return null;
    }
  }

  private final class Sink implements SinkTaskContext {
    private final Map<String, String> config;
    private final PgqSinkTask task = new PgqSinkTask();
    private final Map<TopicPartition, Long> positions = new HashMap<>();
    private final Set<TopicPartition> paused = new HashSet<>();
    private final Set<TopicPartition> sought = new HashSet<>();

    Sink(Map<String, String> config) {
      this.config = config;
    }

    void start() {
      task.initialize(this);
      task.start(config);
      task.open(Set.of());
      assign();
    }

    void stop() {
      task.close(positions.keySet());
      task.stop();
    }

    private void assign() {
      Pattern regex = Pattern.compile(config.get("topics.regex"));
      Set<TopicPartition> all =
          topics.keySet().stream()
              .filter(topic -> regex.matcher(topic.topic()).matches())
              .collect(Collectors.toSet());
      if (!all.equals(positions.keySet())) {
        task.close(new HashSet<>(positions.keySet()));
        positions.clear();
        paused.clear();
        all.forEach(topic -> positions.put(topic, 0L));
        task.open(Set.copyOf(all));
      }
    }

    boolean poll() {
      assign();
      sought.clear();
      List<SinkRecord> records = new ArrayList<>();
      Map<TopicPartition, Long> before = new HashMap<>(positions);
      topics.forEach(
          (topic, log) -> {
            if (positions.containsKey(topic) && !paused.contains(topic)) {
              for (long at = positions.get(topic); at < log.size(); at++) {
                records.add(record(topic, log.get((int) at), at));
              }
              positions.put(topic, (long) log.size());
            }
          });
      try {
        task.put(records);
      } catch (RetriableException e) {
        before.forEach(
            (topic, at) ->
                positions.computeIfPresent(topic, (t, now) -> sought.contains(t) ? now : at));
        return true;
      }
      return !records.isEmpty();
    }

    private static SinkRecord record(TopicPartition topic, SourceRecord sent, long offset) {
      return new SinkRecord(
          topic.topic(), 0, sent.keySchema(), sent.key(), sent.valueSchema(), sent.value(), offset);
    }

    @Override
    public Map<String, String> configs() {
      return config;
    }

    @Override
    public void offset(Map<TopicPartition, Long> offsets) {
      offsets.forEach(this::offset);
    }

    @Override
    public void offset(TopicPartition partition, long offset) {
      positions.replace(partition, offset);
      sought.add(partition);
    }

    @Override
    public void timeout(long millis) {}

    @Override
    public Set<TopicPartition> assignment() {
      return Set.copyOf(positions.keySet());
    }

    @Override
    public void pause(TopicPartition... partitions) {
      paused.addAll(List.of(partitions));
    }

    @Override
    public void resume(TopicPartition... partitions) {
      paused.removeAll(List.of(partitions));
    }

    @Override
    public void requestCommit() {}

    @Override
    public ErrantRecordReporter errantRecordReporter() {
      return null;
    }

    @Override
    public PluginMetrics pluginMetrics() {
      return null;
    }
  }
}
