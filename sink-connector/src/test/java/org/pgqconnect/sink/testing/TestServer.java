/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.testing;

import org.pgqconnect.local.postgres.PostgresServer;
import org.pgqconnect.local.postgres.PostgresSetup;

/** The PostgreSQL that all tests of a JVM share, started when the first of them asks for it. */
public final class TestServer {
  private static PostgresServer shared;

  private TestServer() {}

  /** The running server. */
  public static synchronized PostgresServer shared() {
    if (shared == null) {
      shared =
          embedded()
              .notDurable()
              .setting("synchronous_commit", "off")
              .setting("listen_addresses", "127.0.0.1,::1")
              .setting("max_connections", "300")
              .setting("max_wal_size", "2GB")
              .start();
      Runtime.getRuntime().addShutdownHook(new Thread(shared::close));
    }
    return shared;
  }

  /**
   * A server of the major version that property {@code pgqconnect.it.postgres} names; without it,
   * of the newest.
   */
  public static PostgresSetup embedded() {
    return PostgresServer.embedded(Integer.getInteger("pgqconnect.it.postgres", 18));
  }
}
