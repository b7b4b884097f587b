/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli.options;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.pgqconnect.connect.ConnectRest;
import org.pgqconnect.connect.ConnectorConfig;
import org.pgqconnect.failure.StopException;

/** Finds a connector on a worker by what it says of itself. */
final class ConnectorSearch {
  private ConnectorSearch() {}

  /**
   * The configuration of the only connector of this class that has this prefix.
   *
   * @param subscription that of the sink connector that is meant, or null
   * @throws StopException when there is none, or several
   */
  static ConnectorConfig withPrefix(
      ConnectRest rest, String connectorClass, String prefix, String subscription) {
    List<ConnectorConfig> found = new ArrayList<>();
    for (String name : rest.list()) {
      ConnectorConfig connector = new ConnectorConfig(name, rest.config(name));
      if (connectorClass.equals(connector.config().get("connector.class"))
          && isMeant(FileValues.of(connector), prefix, subscription)) {
        found.add(connector);
      }
    }
    if (found.size() != 1) {
      String kind = connectorClass.substring(connectorClass.lastIndexOf('.') + 1);
      throw new StopException(
          found.isEmpty()
              ? ("The worker %s has no %s with topic.prefix \"%s\". Give the worker that runs it"
                      + " (--connect URL), or the connector's file (--config FILE)")
                  .formatted(rest.base(), kind, prefix)
              : ("The worker %s has several %s with topic.prefix \"%s\": %s. Give the file of the"
                      + " one that is meant: --config FILE")
                  .formatted(
                      rest.base(),
                      kind,
                      prefix,
                      found.stream().map(ConnectorConfig::name).collect(Collectors.joining(", "))));
    }
    return found.get(0);
  }

  /**
   * One whose values only its worker can resolve is another one, or has to be given by its file.
   */
  private static boolean isMeant(FileValues values, String prefix, String subscription) {
    try {
      return values.given("topic.prefix").filter(prefix::equals).isPresent()
          && (subscription == null || subscription.equals(values.subscription()));
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
