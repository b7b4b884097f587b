/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.benchmarks.stack;

import java.util.ArrayList;
import java.util.List;
import org.pgqconnect.local.postgres.PostgresServer;
import org.pgqconnect.local.postgres.PostgresSetup;

/** Servers without replication, with durable commits and the memory that all workloads have. */
public final class ProviderServers implements AutoCloseable {
  private final List<PostgresServer> servers = new ArrayList<>();

  private ProviderServers() {}

  public static ProviderServers start(List<PostgresSetup> setups) {
    ProviderServers result = new ProviderServers();
    try {
      setups.forEach(setup -> result.servers.add(withMemory(setup).start()));
      return result;
    } catch (RuntimeException e) {
      result.close();
      throw e;
    }
  }

  static PostgresSetup withMemory(PostgresSetup setup) {
    return setup.setting("shared_buffers", "512MB").setting("max_wal_size", "8GB");
  }

  public PostgresServer get(int number) {
    return servers.get(number);
  }

  int count() {
    return servers.size();
  }

  @Override
  public void close() {
    servers.forEach(PostgresServer::close);
  }
}
