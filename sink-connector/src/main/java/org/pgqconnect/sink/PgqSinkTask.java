/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink;

import java.time.Clock;
import java.util.Collection;
import java.util.Map;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.sink.SinkTask;
import org.pgqconnect.plugin.BuildVersion;
import org.pgqconnect.sink.flow.BatchFlow;
import org.pgqconnect.time.NanoClock;

/** Passes what Connect calls on to the {@link BatchFlow}. */
public final class PgqSinkTask extends SinkTask {
  private BatchFlow flow;

  @Override
  public String version() {
    return BuildVersion.of(PgqSinkConnector.class);
  }

  @Override
  public void start(Map<String, String> properties) {
    flow =
        new BatchFlow(
            new PgqSinkConfig(properties).flow(), context, NanoClock.SYSTEM, Clock.systemUTC());
  }

  @Override
  public void open(Collection<TopicPartition> partitions) {
    flow.restart();
  }

  @Override
  public void put(Collection<SinkRecord> records) {
    flow.take(records);
  }

  @Override
  public Map<TopicPartition, OffsetAndMetadata> preCommit(
      Map<TopicPartition, OffsetAndMetadata> current) {
    return flow.offsetsToCommit(current);
  }

  @Override
  public void close(Collection<TopicPartition> partitions) {
    flow.forget();
  }

  @Override
  public void stop() {
    if (flow != null) {
      flow.close();
    }
  }
}
