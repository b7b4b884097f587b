/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.offsets;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** Changes the offsets that a subscription will be read from; its tick stays. */
public final class StoredOffsets {
  private StoredOffsets() {}

  /**
   * @param offsets the next offset of each partition; null removes it, so that the partition is
   *     read from its beginning. Without any offset everything that is stored is removed: Connect
   *     names the partitions whose offsets Kafka holds, which are none when the topics were deleted
   */
  public static void alter(
      Connection connection, String subscription, Map<PartitionId, Long> offsets)
      throws SQLException {
    if (offsets.values().stream().allMatch(Objects::isNull)) {
      try (PreparedStatement clear = connection.prepareStatement(OffsetsSql.CLEAR_OFFSETS)) {
        clear.setString(1, subscription);
        clear.executeUpdate();
      }
      return;
    }
    Map<PartitionId, Long> kept = new HashMap<>();
    String[] removed = new String[offsets.size()];
    int i = 0;
    for (Map.Entry<PartitionId, Long> entry : offsets.entrySet()) {
      removed[i++] = OffsetText.key(entry.getKey());
      if (entry.getValue() != null) {
        kept.put(entry.getKey(), entry.getValue());
      }
    }
    try (PreparedStatement alter = connection.prepareStatement(OffsetsSql.ALTER_OFFSETS)) {
      alter.setArray(1, connection.createArrayOf("text", removed));
      alter.setObject(2, OffsetText.json(kept), Types.OTHER);
      alter.setString(3, subscription);
      alter.executeUpdate();
    }
  }
}
