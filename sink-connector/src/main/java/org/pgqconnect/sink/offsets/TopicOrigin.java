/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.offsets;

import java.util.Map;

/**
 * What stored offsets belong to.
 *
 * @param cluster the id of the Kafka cluster; null when it is not known
 * @param ids the ids that the topics had, drawn when each was created
 */
public record TopicOrigin(String cluster, Map<String, String> ids) {
  public TopicOrigin {
    ids = Map.copyOf(ids);
  }
}
