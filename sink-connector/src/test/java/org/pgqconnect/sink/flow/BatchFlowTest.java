/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.metrics.PluginMetrics;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.ErrantRecordReporter;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.junit.jupiter.api.Test;
import org.pgqconnect.sink.PgqSinkConfig;

/** What needs no subscriber: until there is one, nothing is taken and nothing is committed. */
class BatchFlowTest {
  private static final TopicPartition BOUNDARIES = new TopicPartition("bank.transaction", 0);
  private static final Clock WALL = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);

  private final Framework framework = new Framework();

  private BatchFlow flow(String topics) throws IOException {
    Map<String, String> config = new HashMap<>();
    config.put("name", "sink");
    config.put("topic.prefix", "bank");
    config.put("topics", topics);
    config.put("database.hostname", "127.0.0.1");
    config.put("database.port", Integer.toString(closedPort()));
    config.put("database.dbname", "bank");
    config.put("database.user", "sink");
    config.put("database.password", "secret");
    config.put("retry.backoff.ms", "7000");
    return new BatchFlow(new PgqSinkConfig(config).flow(), framework, () -> 0, WALL);
  }

  private static int closedPort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  @Test
  void withoutASubscriberRecordsAreLeftToBeReadAgainAndItIsTriedAfterTheBackoff()
      throws IOException {
    BatchFlow flow = flow("bank.transaction,bank.public.a");
    flow.restart();
    assertThat(framework.timeouts).containsExactly(7000L);
    flow.take(List.of(new SinkRecord("bank.transaction", 0, null, null, null, null, 5)));
    assertThat(framework.timeouts).containsExactly(7000L, 7000L);
    assertThat(framework.offsets).isEmpty();
    assertThat(flow.offsetsToCommit(Map.of(BOUNDARIES, new OffsetAndMetadata(6)))).isEmpty();
    flow.close();
  }

  @Test
  void topicsWithoutTheBoundariesAreRefused() {
    assertThatThrownBy(() -> flow("bank.public.a"))
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("topics must name topic bank.transaction as well");
  }

  /** Notes what is asked of it. */
  private static final class Framework implements SinkTaskContext {
    private final List<Long> timeouts = new ArrayList<>();
    private final Map<TopicPartition, Long> offsets = new HashMap<>();

    @Override
    public Map<String, String> configs() {
      return Map.of();
    }

    @Override
    public void offset(Map<TopicPartition, Long> wanted) {
      offsets.putAll(wanted);
    }

    @Override
    public void offset(TopicPartition partition, long offset) {
      offsets.put(partition, offset);
    }

    @Override
    public void timeout(long millis) {
      timeouts.add(millis);
    }

    @Override
    public Set<TopicPartition> assignment() {
      return Set.of(BOUNDARIES);
    }

    @Override
    public void pause(TopicPartition... partitions) {}

    @Override
    public void resume(TopicPartition... partitions) {}

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
