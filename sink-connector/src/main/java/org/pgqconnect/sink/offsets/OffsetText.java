/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.offsets;

import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Offsets as {@code subscription.offsets} holds them: {@code {"topic:partition": next offset}}.
 * Topic names hold neither quotes nor colons.
 */
public final class OffsetText {
  private OffsetText() {}

  static String key(PartitionId partition) {
    return partition.topic() + ":" + partition.partition();
  }

  public static PartitionId partition(String key) {
    int colon = key.lastIndexOf(':');
    return new PartitionId(key.substring(0, colon), Integer.parseInt(key.substring(colon + 1)));
  }

  public static String json(Map<PartitionId, Long> offsets) {
    Map<String, Long> byKey = new HashMap<>();
    offsets.forEach((partition, offset) -> byKey.put(key(partition), offset));
    return numbers(byKey);
  }

  /** An object of numbers; the names hold no quotes. */
  public static String numbers(Map<String, Long> values) {
    return values.entrySet().stream()
        .map(entry -> "\"%s\":%d".formatted(entry.getKey(), entry.getValue()))
        .collect(Collectors.joining(",", "{", "}"));
  }

  /** An object of texts; neither names nor values hold quotes. */
  public static String texts(Map<String, String> values) {
    return values.entrySet().stream()
        .map(entry -> "\"%s\":\"%s\"".formatted(entry.getKey(), entry.getValue()))
        .collect(Collectors.joining(",", "{", "}"));
  }
}
