/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.offsets;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.Values;

/** Changes the offsets that a subscription will be read from; its tick stays. */
public final class StoredOffsets {
  private StoredOffsets() {}

  /**
   * @param offsets the next offset of each partition; null removes it, so that the partition is
   *     read from its beginning. Without any offset everything that is stored is removed: Connect
   *     names the partitions whose offsets Kafka holds, which are none when the topics were deleted
   */
  public static void alter(Session session, String subscription, Map<PartitionId, Long> offsets)
      throws SQLException {
    if (offsets.values().stream().allMatch(Objects::isNull)) {
      session.update(OffsetsSql.CLEAR_OFFSETS, subscription);
      return;
    }
    Map<PartitionId, Long> kept = new HashMap<>();
    List<String> removed = new ArrayList<>();
    offsets.forEach(
        (partition, offset) -> {
          removed.add(OffsetText.key(partition));
          if (offset != null) {
            kept.put(partition, offset);
          }
        });
    session.update(
        OffsetsSql.ALTER_OFFSETS,
        Values.texts(removed),
        Values.untyped(OffsetText.json(kept)),
        subscription);
  }
}
