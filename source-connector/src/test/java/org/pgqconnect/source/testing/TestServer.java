/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.pgqconnect.local.postgres.PostgresServer;
import org.pgqconnect.local.postgres.PostgresSetup;

/** The servers that provider tests run on, started once a JVM. */
public enum TestServer {
  /** {@link #embedded}, with the built-in engine. */
  EMBEDDED(embedded()),
  /** PostgreSQL 15 with the real {@code pgq} extension; tests are skipped without it. */
  PGQ_EXTENSION(PostgresServer.debian15());

  private final PostgresSetup setup;
  private PostgresServer running;

  TestServer(PostgresSetup setup) {
    this.setup =
        setup
            .notDurable()
            .setting("max_prepared_transactions", "20")
            .setting("max_connections", "100")
            // For tables that a native subscription writes to.
            .setting("wal_level", "logical")
            // An ANALYZE has a transaction id that no tick sees past; PgQ must find autovacuum on.
            .setting("autovacuum_naptime", "1d");
  }

  /**
   * The major version that property {@code pgqconnect.it.postgres} names; without it, the newest.
   */
  public static PostgresSetup embedded() {
    return PostgresServer.embedded(Integer.getInteger("pgqconnect.it.postgres", 18));
  }

  /**
   * A fresh database that belongs to role {@code installer}, which is no superuser; where there is
   * the extension, it is created and that role is a {@code pgq_admin}.
   */
  public TestDatabase newDatabase() {
    setup.unavailable().ifPresent(reason -> assumeTrue(false, reason));
    return TestDatabase.create(running(), this == PGQ_EXTENSION);
  }

  /** A fresh database whose texts may be any bytes. */
  public TestDatabase newDatabaseOfAnyBytes() {
    setup.unavailable().ifPresent(reason -> assumeTrue(false, reason));
    return TestDatabase.create(
        running(),
        this == PGQ_EXTENSION,
        "encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C' template template0");
  }

  /** A fresh database in which only the server's superuser has been at work. */
  public TestDatabase newBareDatabase() {
    setup.unavailable().ifPresent(reason -> assumeTrue(false, reason));
    return TestDatabase.create(running(), false);
  }

  private synchronized PostgresServer running() {
    if (running == null) {
      running = setup.start();
      Runtime.getRuntime().addShutdownHook(new Thread(running::close));
    }
    return running;
  }
}
