/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.source.ConnectorTransactionBoundaries;
import org.apache.kafka.connect.source.ExactlyOnceSupport;
import org.apache.kafka.connect.source.SourceConnector;
import org.pgqconnect.config.ConfigKeys;
import org.pgqconnect.config.ConfigProblems;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.plugin.BuildVersion;
import org.pgqconnect.postgres.DriverProperties;
import org.pgqconnect.source.history.SourceOffset;
import org.pgqconnect.source.setup.Problem;
import org.pgqconnect.source.setup.ProviderValidation;
import org.pgqconnect.time.NanoClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes one PgQ queue: per-table topics and the boundaries of its batches. One task, because a
 * queue is one sequence of batches; several queues are several connectors.
 */
public final class PgqSourceConnector extends SourceConnector {
  private static final Logger LOG = LoggerFactory.getLogger(PgqSourceConnector.class);
  private static final String TASKS_MAX = "tasks.max";

  private Map<String, String> properties = Map.of();

  @Override
  public String version() {
    return BuildVersion.of(PgqSourceConnector.class);
  }

  @Override
  public ConfigDef config() {
    return PgqSourceKeys.DEFINITION;
  }

  /** Checks the values, and when they are sound, checks them against the live provider. */
  @Override
  public Config validate(Map<String, String> connectorProperties) {
    Config config = super.validate(connectorProperties);
    ConfigProblems problems = new ConfigProblems(config, connectorProperties);
    problems.addAll(PgqSourceKeys.ALL.misspelt(connectorProperties.keySet()));
    problems.addAll(DriverProperties.problems(connectorProperties));
    checkTasksMax(connectorProperties, problems);
    if (problems.isEmpty()) {
      PgqSourceConfig parsed = new PgqSourceConfig(connectorProperties);
      List<Problem> found = new ArrayList<>(KeyProblems.of(parsed));
      found.addAll(new ProviderValidation(parsed.validation(), NanoClock.SYSTEM).problems());
      found.forEach(problem -> problems.add(problem.key(), problem.message()));
    }
    return config;
  }

  private static void checkTasksMax(Map<String, String> given, ConfigProblems problems) {
    String tasks = String.valueOf(given.getOrDefault(TASKS_MAX, "1")).trim();
    if (tasks.matches("[0-9]{1,9}") && Integer.parseInt(tasks) > 1) {
      problems.add(
          TASKS_MAX,
          ("tasks.max is %s, but one task reads a queue: its batches are one sequence. Set"
               + " tasks.max to 1. To use more workers, spread the tables over several queues and"
               + " run one source connector for each")
              .formatted(tasks));
    }
  }

  @Override
  public void start(Map<String, String> connectorProperties) {
    properties = Map.copyOf(connectorProperties);
    PgqSourceKeys.ALL
        .unknown(properties.keySet())
        .forEach(key -> LOG.warn("{}", ConfigKeys.warning(key)));
  }

  @Override
  public Class<? extends Task> taskClass() {
    return PgqSourceTask.class;
  }

  @Override
  public List<Map<String, String>> taskConfigs(int maxTasks) {
    return List.of(properties);
  }

  @Override
  public void stop() {
    // Nothing runs here: the task holds all sessions.
  }

  @Override
  public ExactlyOnceSupport exactlyOnceSupport(Map<String, String> connectorConfig) {
    return ExactlyOnceSupport.SUPPORTED;
  }

  @Override
  public ConnectorTransactionBoundaries canDefineTransactionBoundaries(
      Map<String, String> connectorConfig) {
    return ConnectorTransactionBoundaries.SUPPORTED;
  }

  /**
   * Accepts an offset of ours for the connector's queue, or none, which makes the task continue
   * where PgQ has its consumer. Whether the tick still exists is checked when the task starts.
   */
  @Override
  public boolean alterOffsets(
      Map<String, String> connectorConfig, Map<Map<String, ?>, Map<String, ?>> offsets) {
    String queue = connectorConfig.get(PgqSourceKeys.QUEUE_NAME);
    offsets.forEach(
        (partition, offset) -> {
          if (offset != null && !partition.equals(SourceOffset.partition(queue))) {
            throw new DataException(
                "This connector reads queue \"%s\": its offset has the partition {\"queue\": \"%s\"}, not %s"
                    .formatted(queue, queue, partition));
          }
          requireReadable(offset);
        });
    return true;
  }

  private static void requireReadable(Map<String, ?> offset) {
    try {
      SourceOffset.of(offset);
    } catch (StopException e) {
      throw ConnectFailure.of(e);
    }
  }
}
