/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.postgres;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which properties of the JDBC driver a configuration can set. A user who can create a connector
 * must not load classes or write files in the worker, so a property is refused unless it is listed
 * here.
 */
public final class DriverProperties {
  private static final Set<String> ALLOWED =
      new TreeSet<>(
          Set.of(
              // TLS: files that the worker reads, and how it negotiates.
              "sslrootcert",
              "sslcert",
              "sslkey",
              "sslpassword",
              "sslNegotiation",
              "sslResponseTimeout",
              // Authentication.
              "channelBinding",
              "requireAuth",
              "scramMaxIterations",
              "gssEncMode",
              "gssResponseTimeout",
              "kerberosServerName",
              // Time limits and sockets.
              "connectTimeout",
              "loginTimeout",
              "socketTimeout",
              "cancelSignalTimeout",
              "tcpKeepAlive",
              "tcpNoDelay",
              "sendBufferSize",
              "receiveBufferSize",
              "localSocketAddress",
              // Several servers.
              "targetServerType",
              "loadBalanceHosts",
              "hostRecheckSeconds",
              // Statements and messages.
              "prepareThreshold",
              "preparedStatementCacheQueries",
              "preparedStatementCacheSizeMiB",
              "logServerErrorDetail",
              // Settings of the session. Those that values depend on are set after these.
              "options"));

  private DriverProperties() {}

  /** The names of those that may be set. */
  public static Set<String> allowed() {
    return Set.copyOf(ALLOWED);
  }

  /** Whether this property may be set. */
  public static boolean isAllowed(String property) {
    return ALLOWED.contains(property);
  }

  /**
   * What a configuration must not set.
   *
   * @param keys a connector's configuration
   * @return the messages by key
   */
  public static Map<String, String> problems(Map<String, ?> keys) {
    Map<String, String> problems = new TreeMap<>();
    for (String key : keys.keySet()) {
      if (key.startsWith(ConnectionConfig.DRIVER_PREFIX)) {
        String property = key.substring(ConnectionConfig.DRIVER_PREFIX.length());
        if (!isAllowed(property)) {
          problems.put(key, refusal(property));
        }
      }
    }
    return problems;
  }

  static String refusal(String property) {
    return ("%s%s is not allowed: a connector cannot choose classes, files to write or the meaning"
            + " of values through the JDBC driver. Remove the key. Allowed properties: %s")
        .formatted(ConnectionConfig.DRIVER_PREFIX, property, String.join(", ", ALLOWED));
  }
}
