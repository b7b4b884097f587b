/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.local.connect;

import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.source.ExactlyOnceSupport;
import org.apache.kafka.connect.source.SourceConnector;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.SourceTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Publishes the time, or fails when it is told to: what the worker is tested with. */
public final class ClockConnector extends SourceConnector {

  private static final Logger LOG = LoggerFactory.getLogger(ClockConnector.class);

  private Map<String, String> config;

  @Override
  public void start(Map<String, String> properties) {
    config = properties;
  }

  @Override
  public Class<? extends Task> taskClass() {
    return ClockTask.class;
  }

  @Override
  public List<Map<String, String>> taskConfigs(int maxTasks) {
    return List.of(config);
  }

  @Override
  public void stop() {
    config = Map.of();
  }

  @Override
  public ConfigDef config() {
    return new ConfigDef()
        .define("topic", Type.STRING, Importance.HIGH, "Where the time is published")
        .define("fail", Type.BOOLEAN, false, Importance.LOW, "Whether the task fails");
  }

  @Override
  public String version() {
    return "1";
  }

  @Override
  public ExactlyOnceSupport exactlyOnceSupport(Map<String, String> properties) {
    return ExactlyOnceSupport.SUPPORTED;
  }

  @Override
  public boolean alterOffsets(
      Map<String, String> properties, Map<Map<String, ?>, Map<String, ?>> offsets) {
    return true;
  }

  /** Publishes the time ten times a second. */
  public static final class ClockTask extends SourceTask {

    private String topic;

    @Override
    public void start(Map<String, String> properties) {
      if (Boolean.parseBoolean(properties.get("fail"))) {
        throw new ConnectException("The clock was told to fail");
      }
      topic = properties.get("topic");
      LOG.info("The clock ticks");
    }

    @Override
    public List<SourceRecord> poll() throws InterruptedException {
      Thread.sleep(100);
      long now = System.currentTimeMillis();
      return List.of(
          new SourceRecord(
              Map.of("clock", "one"), Map.of("time", now), topic, Schema.INT64_SCHEMA, now));
    }

    @Override
    public void stop() {
      LOG.info("The clock stops");
    }

    @Override
    public String version() {
      return "1";
    }
  }
}
