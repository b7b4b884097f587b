/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.offsets;

import static java.util.Objects.requireNonNull;

/** A partition of a topic, by the names it has in Kafka, whatever a transform made of them. */
public record PartitionId(String topic, int partition) {
  public PartitionId {
    requireNonNull(topic, "topic");
  }

  @Override
  public String toString() {
    return topic + "-" + partition;
  }
}
