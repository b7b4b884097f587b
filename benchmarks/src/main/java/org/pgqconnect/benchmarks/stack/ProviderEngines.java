/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.benchmarks.stack;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.pgqconnect.local.postgres.PostgresServer;
import org.pgqconnect.local.postgres.PostgresSetup;

/** Two queues of the same content: one on our engine, one on the extension where that is there. */
public final class ProviderEngines {
  static final String OURS = "ours";
  static final String EXTENSION = "extension";

  private ProviderEngines() {}

  public static List<PostgresSetup> servers(PostgresSetup own) {
    PostgresSetup debian = PostgresServer.debian15();
    return debian.unavailable().isEmpty() ? List.of(own, debian) : List.of(own);
  }

  public static List<ProviderDatabase> databases(ProviderServers servers) throws SQLException {
    List<ProviderDatabase> databases = new ArrayList<>();
    databases.add(ProviderDatabase.create(servers.get(0), OURS));
    databases.get(0).install(false);
    if (servers.count() > 1) {
      databases.add(ProviderDatabase.create(servers.get(1), EXTENSION));
      databases.get(1).install(true);
    }
    return databases;
  }
}
