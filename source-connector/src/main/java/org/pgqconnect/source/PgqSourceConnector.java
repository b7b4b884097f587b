/*
 * Copyright pgq-connect contributors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package org.pgqconnect.source;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.source.ConnectorTransactionBoundaries;
import org.apache.kafka.connect.source.ExactlyOnceSupport;
import org.apache.kafka.connect.source.SourceConnector;
import org.pgqconnect.source.record.SourceOffset;

/**
 * Publishes one PgQ queue: per-table topics and the boundaries of its batches. One task, because a
 * queue is one sequence of batches; several queues are several connectors.
 */
public final class PgqSourceConnector extends SourceConnector {
  private Map<String, String> properties = Map.of();

  @Override
  public String version() {
    return Version.get();
  }

  @Override
  public ConfigDef config() {
    return PgqSourceConfig.DEFINITION;
  }

  /** Checks the values, and when they are sound, checks them against the live provider. */
  @Override
  public Config validate(Map<String, String> connectorProperties) {
    Config config = super.validate(connectorProperties);
    boolean sound =
        config.configValues().stream().allMatch(value -> value.errorMessages().isEmpty());
    if (sound) {
      Map<String, ConfigValue> values = new HashMap<>();
      config.configValues().forEach(value -> values.put(value.name(), value));
      new ProviderValidation(new PgqSourceConfig(connectorProperties))
          .problems()
          .forEach(problem -> values.get(problem.key()).addErrorMessage(problem.message()));
    }
    return config;
  }

  @Override
  public void start(Map<String, String> connectorProperties) {
    properties = Map.copyOf(connectorProperties);
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
   * Accepts an offset of ours for the connector's queue, or none, which makes the task go on where
   * PgQ has its consumer. Whether the tick still exists is checked when the task starts.
   */
  @Override
  public boolean alterOffsets(
      Map<String, String> connectorConfig, Map<Map<String, ?>, Map<String, ?>> offsets) {
    String queue = connectorConfig.get(PgqSourceConfig.QUEUE_NAME);
    offsets.forEach(
        (partition, offset) -> {
          if (offset != null && !partition.equals(SourceOffset.partition(queue))) {
            throw new ConfigException(
                "This connector reads queue \"%s\": its offset has the partition {\"queue\": \"%s\"}, not %s"
                    .formatted(queue, queue, partition));
          }
          try {
            SourceOffset.of(offset);
          } catch (DataException e) {
            throw new ConfigException(e.getMessage());
          }
        });
    return true;
  }
}
