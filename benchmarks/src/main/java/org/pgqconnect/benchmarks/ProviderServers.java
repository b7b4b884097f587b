/*
 * Copyright pgq-connect contributors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package org.pgqconnect.benchmarks;

import java.util.ArrayList;
import java.util.List;
import org.pgqconnect.local.PostgresServer;
import org.pgqconnect.local.PostgresSetup;

/** Servers without replication, with durable commits and the memory that all workloads have. */
final class ProviderServers implements AutoCloseable {
  private final List<PostgresServer> servers = new ArrayList<>();

  private ProviderServers() {}

  static ProviderServers start(List<PostgresSetup> setups) {
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

  PostgresServer get(int number) {
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
