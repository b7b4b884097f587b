/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli.connectors;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What {@code connectors deploy} says when a connector of the name is there: a file that was edited
 * for a second database, and kept its name, takes the first one's connector away.
 */
final class ReplacedConnector {
  /** What distinguishes one replication from another. None of it is a secret. */
  private static final List<String> IDENTITY =
      List.of(
          "connector.class",
          "database.hostname",
          "database.port",
          "database.dbname",
          "queue.name",
          "topic.prefix",
          "subscription.name");

  private ReplacedConnector() {}

  /**
   * @param before the configuration that the worker has
   * @return empty when it is the same replication
   */
  static Optional<String> message(
      String name, Map<String, String> before, Map<String, String> after) {
    List<String> changes = new ArrayList<>();
    for (String key : IDENTITY) {
      String old = before.get(key);
      String now = after.get(key);
      if (!Objects.equals(old, now)) {
        changes.add("%s from %s to %s".formatted(key, shown(old), shown(now)));
      }
    }
    return changes.isEmpty()
        ? Optional.empty()
        : Optional.of(
            ("%s: warning: a connector of this name existed, and is changed: %s. It no longer does"
                    + " what it did before. If this should be a second connector, give the file"
                    + " another name and deploy both")
                .formatted(name, String.join("; ", changes)));
  }

  private static String shown(String value) {
    return value == null ? "none" : value;
  }
}
