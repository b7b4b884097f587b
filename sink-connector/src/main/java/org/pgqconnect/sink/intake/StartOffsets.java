/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.intake;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.pgqconnect.sink.offsets.PartitionId;
import org.pgqconnect.sink.offsets.TopicOrigin;

/**
 * From where the partitions are read, once the cluster has said what they hold: offsets that were
 * stored for another topic, or another cluster, mean nothing.
 *
 * @param offsets where to begin
 * @param differences what does not fit what is stored, each a sentence
 */
public record StartOffsets(Map<PartitionId, Long> offsets, List<String> differences) {
  public StartOffsets {
    offsets = Map.copyOf(offsets);
    differences = List.copyOf(differences);
  }

  /**
   * Holds what is stored against what the cluster has.
   *
   * @param origin what the stored offsets belong to
   */
  public static StartOffsets of(
      Map<PartitionId, Long> stored, TopicOrigin origin, Cluster.Look look) {
    Map<PartitionId, Long> offsets = new HashMap<>(stored);
    List<String> differences = new ArrayList<>();
    boolean otherCluster = origin.cluster() != null && !origin.cluster().equals(look.cluster());
    if (otherCluster) {
      differences.add(
          ("The offsets that the subscriber stores are those of cluster %s, and this"
                  + " is cluster %s: all topics are read from their beginning")
              .formatted(origin.cluster(), look.cluster()));
    }
    stored.forEach(
        (partition, offset) -> {
          Cluster.Topic topic = look.topics().get(partition.topic());
          if (topic == null || !topic.partitions().containsKey(partition.partition())) {
            return;
          }
          Cluster.Range range = topic.partitions().get(partition.partition());
          String id = origin.ids().get(partition.topic());
          if (otherCluster) {
            offsets.put(partition, range.beginning());
          } else if (id != null && !id.equals(topic.id())) {
            offsets.put(partition, range.beginning());
            differences.add(
                "Topic %s was deleted and made anew: partition %d is read from its beginning instead of offset %d"
                    .formatted(partition.topic(), partition.partition(), offset));
          } else if (offset > range.end()) {
            offsets.put(partition, range.beginning());
            differences.add(
                ("Topic %s ends at offset %d in partition %d, before the stored offset"
                        + " %d: it was truncated or is another one, and is read from its"
                        + " beginning")
                    .formatted(partition.topic(), range.end(), partition.partition(), offset));
          } else if (offset < range.beginning()) {
            offsets.put(partition, range.beginning());
            differences.add(
                ("Topic %s begins at offset %d in partition %d, behind the stored"
                        + " offset %d: records that were not applied were removed (retention,"
                        + " or by hand)")
                    .formatted(
                        partition.topic(), range.beginning(), partition.partition(), offset));
          }
        });
    return new StartOffsets(offsets, differences);
  }
}
