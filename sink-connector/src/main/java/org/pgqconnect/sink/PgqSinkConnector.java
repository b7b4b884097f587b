/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.Config;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.connect.connector.Task;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.sink.SinkConnector;
import org.pgqconnect.config.ConfigKeys;
import org.pgqconnect.plugin.BuildVersion;
import org.pgqconnect.postgres.ConnectionFailure;
import org.pgqconnect.postgres.Database;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.sink.install.SubscriberInstaller;
import org.pgqconnect.sink.offsets.PartitionId;
import org.pgqconnect.sink.offsets.StoredOffsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies the batches of one queue to a subscriber, each in one transaction: one connector per
 * queue and subscriber, with one task.
 */
public final class PgqSinkConnector extends SinkConnector {
  private static final Logger LOG = LoggerFactory.getLogger(PgqSinkConnector.class);

  private Map<String, String> properties;

  @Override
  public String version() {
    return BuildVersion.of(PgqSinkConnector.class);
  }

  @Override
  public void start(Map<String, String> given) {
    properties = Map.copyOf(given);
    PgqSinkConfig.KEYS
        .unknown(properties.keySet())
        .forEach(key -> LOG.warn("{}", ConfigKeys.warning(key)));
  }

  @Override
  public Class<? extends Task> taskClass() {
    return PgqSinkTask.class;
  }

  /** One task, whatever the limit: a batch over many tables is one transaction on one session. */
  @Override
  public List<Map<String, String>> taskConfigs(int maxTasks) {
    return List.of(properties);
  }

  @Override
  public void stop() {
    // Nothing is held.
  }

  @Override
  public ConfigDef config() {
    return PgqSinkConfig.definition();
  }

  @Override
  public Config validate(Map<String, String> given) {
    Config config = super.validate(given);
    new SinkValidation(given, config).run();
    return config;
  }

  /**
   * Keeps the offsets that the subscriber stores in step with those that an operator sets, because
   * the task reads from the stored ones. An offset that is set is stored; one that is reset is
   * removed, so that the partition is read from its beginning; if none is set, all are removed,
   * whichever of them Kafka knows. The tick that the subscriber is at never changes: what was
   * applied is read again and skipped.
   */
  @Override
  public boolean alterOffsets(Map<String, String> given, Map<TopicPartition, Long> offsets) {
    PgqSinkConfig config = new PgqSinkConfig(given);
    Map<PartitionId, Long> stored = new HashMap<>();
    offsets.forEach((p, offset) -> stored.put(new PartitionId(p.topic(), p.partition()), offset));
    try (Connection connection =
        new Database(config.connection()).open("pgq-connect sink offsets")) {
      if (SubscriberInstaller.isInstalled(connection)) {
        StoredOffsets.alter(new Session(connection), config.subscription(), stored);
      }
      return true;
    } catch (SQLException e) {
      throw new ConnectException(
          "The offsets were not changed. "
              + ConnectionFailure.explain("subscriber", config.connection(), e).message(),
          e);
    }
  }
}
