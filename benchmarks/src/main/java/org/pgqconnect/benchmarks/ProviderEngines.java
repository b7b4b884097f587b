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

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.pgqconnect.local.PostgresServer;
import org.pgqconnect.local.PostgresSetup;

/** Two queues of the same content: one on our engine, one on the extension where that is there. */
final class ProviderEngines {
  static final String OURS = "ours";
  static final String EXTENSION = "extension";

  private ProviderEngines() {}

  static List<PostgresSetup> servers(PostgresSetup own) {
    PostgresSetup debian = PostgresServer.debian15();
    return debian.unavailable().isEmpty() ? List.of(own, debian) : List.of(own);
  }

  static List<ProviderDatabase> databases(ProviderServers servers) throws SQLException {
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
