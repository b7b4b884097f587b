/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.flow;

import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.sink.SinkTaskContext;
import org.pgqconnect.sink.apply.Applier;
import org.pgqconnect.sink.apply.Subscriber;
import org.pgqconnect.sink.intake.Cluster;
import org.pgqconnect.sink.intake.StartOffsets;
import org.pgqconnect.sink.offsets.PartitionId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has the partitions read from where the subscriber says. */
final class StartingPoint {
  private static final Logger LOG = LoggerFactory.getLogger(StartingPoint.class);

  private final String subscription;
  private final SinkTaskContext context;
  private final Cluster cluster;

  /**
   * @param subscription its name, for the log
   * @param context takes the offsets
   * @param cluster says whether stored offsets belong to the topics that are there
   */
  StartingPoint(String subscription, SinkTaskContext context, Cluster cluster) {
    this.subscription = subscription;
    this.context = context;
    this.cluster = cluster;
  }

  /** Opens a session, forgets what is in memory, and seeks. */
  void seek(Applier applier, Subscriber subscriber, Memory memory) throws SQLException {
    applier.open();
    Map<PartitionId, Long> start = startOffsets(subscriber);
    memory.reset(subscriber.position().tickId());
    Map<TopicPartition, Long> seeks = new HashMap<>();
    for (TopicPartition partition : context.assignment()) {
      PartitionId id = new PartitionId(partition.topic(), partition.partition());
      long offset = start.getOrDefault(id, 0L);
      seeks.put(partition, offset);
      memory.offsets().startAt(id, offset);
    }
    context.offset(seeks);
    cluster.forgetPositions();
  }

  /** The stored offsets, unless the cluster says that they belong to other topics. */
  private Map<PartitionId, Long> startOffsets(Subscriber subscriber) throws SQLException {
    Map<PartitionId, Long> stored = subscriber.storedOffsets();
    Set<String> topics =
        context.assignment().stream().map(TopicPartition::topic).collect(Collectors.toSet());
    Optional<Cluster.Look> look = cluster.look(topics);
    if (look.isEmpty()) {
      return stored;
    }
    StartOffsets start = StartOffsets.of(stored, subscriber.storedOrigin(), look.get());
    start
        .differences()
        .forEach(
            difference ->
                LOG.warn(
                    "{} [subscription={}]. What was applied is skipped; batches or rows that are"
                        + " missing stop the sink",
                    difference,
                    subscription));
    subscriber.storeOrigin(start.offsets(), look.get().origin());
    return start.offsets();
  }
}
