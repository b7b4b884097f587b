/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.local.postgres;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.pgqconnect.local.process.StackDirectory;

/**
 * A PostgreSQL server as it shall be started. Immutable.
 *
 * @param installation where its programs come from
 * @param settings values for postgresql.conf, by name; the server's own defaults hold otherwise, so
 *     commits are durable
 */
public record PostgresSetup(PostgresInstallation installation, Map<String, String> settings) {

  public PostgresSetup {
    settings = Map.copyOf(settings);
  }

  /** With this value in postgresql.conf, as {@code setting("fsync", "off")}. */
  public PostgresSetup setting(String name, String value) {
    Map<String, String> more = new TreeMap<>(settings);
    more.put(name, value);
    return new PostgresSetup(installation, more);
  }

  /** Trades the safety of commits against a crash of the machine for speed, as most tests may. */
  public PostgresSetup notDurable() {
    return setting("fsync", "off").setting("full_page_writes", "off");
  }

  /** Why it cannot be started here, and what would fix that. */
  public Optional<String> unavailable() {
    return installation.unavailable();
  }

  /**
   * Starts a server in a temporary directory of its own that {@link PostgresServer#close} deletes.
   */
  public PostgresServer start() {
    StackDirectory directory = StackDirectory.create();
    PostgresServer server = PostgresServer.prepare(this, directory.make("postgres"), directory);
    try {
      server.start();
      return server;
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
  }
}
