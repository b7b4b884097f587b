/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.postgres;

import static java.util.Objects.requireNonNull;

import java.sql.SQLException;

/**
 * Why a session could not be opened, in an operator's terms.
 *
 * @param key the configuration key at fault
 * @param message what happened, where, and what fixes it; holds no secret
 */
public record ConnectionFailure(String key, String message) {
  public ConnectionFailure {
    requireNonNull(key, "key");
    requireNonNull(message, "message");
  }

  /**
   * Explains a failure of {@link Database#open}.
   *
   * @param role "provider" or "subscriber"
   */
  public static ConnectionFailure explain(
      String role, ConnectionConfig config, SQLException failure) {
    String state = SqlState.of(failure).orElse("");
    String where = "the " + role + " " + config.address();
    switch (state) {
      case SqlState.INVALID_PASSWORD:
        return new ConnectionFailure(
            ConnectionConfig.PASSWORD,
            ("The password for role \"%s\" was rejected by %s. Correct %s, or set the role's"
                    + " password there: \\password %s")
                .formatted(
                    config.user(), where, ConnectionConfig.PASSWORD, psqlName(config.user())));
      case SqlState.INVALID_AUTHORIZATION:
        return new ConnectionFailure(
            ConnectionConfig.USER,
            ("Role \"%s\" cannot log in to %s: %s. Create the role (CREATE ROLE %s LOGIN), or add a"
                    + " line for it and for the worker's address to pg_hba.conf")
                .formatted(
                    config.user(), where, firstLine(failure), Identifiers.quote(config.user())));
      case SqlState.INVALID_CATALOG_NAME:
        return new ConnectionFailure(
            ConnectionConfig.DBNAME,
            "Database \"%s\" does not exist on %s. Correct %s; to see which exist: psql %s -U %s -l"
                .formatted(
                    config.database(),
                    config.hosts(),
                    ConnectionConfig.DBNAME,
                    config.hosts().libpqOptions(),
                    ShellWord.of(config.user())));
      default:
        return otherwise(where, config, state, failure);
    }
  }

  private static ConnectionFailure otherwise(
      String where, ConnectionConfig config, String state, SQLException failure) {
    if (SqlState.isConnection(state)) {
      return new ConnectionFailure(
          ConnectionConfig.HOSTNAME,
          ("Cannot reach %s: %s. Check that the server runs and listens there (pg_isready %s)"
                  + " and that the Connect worker can connect to it")
              .formatted(where, firstLine(failure), config.hosts().libpqOptions()));
    }
    return new ConnectionFailure(
        ConnectionConfig.HOSTNAME,
        "Cannot open a session on %s as role \"%s\": %s (SQLSTATE %s)"
            .formatted(where, config.user(), firstLine(failure), state));
  }

  /** As psql's own commands read a name: a plain one as it is. */
  private static String psqlName(String name) {
    return name.matches("[a-z_][a-z0-9_]*") ? name : Identifiers.quote(name);
  }

  private static String firstLine(Throwable failure) {
    String line = String.valueOf(failure.getMessage()).lines().findFirst().orElse("");
    return line.endsWith(".") ? line.substring(0, line.length() - 1) : line;
  }
}
