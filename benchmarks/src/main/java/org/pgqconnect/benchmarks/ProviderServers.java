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

import java.util.List;
import org.pgqconnect.local.LocalStack;
import org.pgqconnect.local.PostgresServer;
import org.pgqconnect.local.PostgresSetup;

/** Servers without replication, with durable commits and the memory that all workloads have. */
final class ProviderServers implements AutoCloseable {
  private final LocalStack stack;
  private final int count;

  private ProviderServers(LocalStack stack, int count) {
    this.stack = stack;
    this.count = count;
  }

  static ProviderServers start(List<PostgresSetup> setups) {
    LocalStack.Builder builder = LocalStack.builder().workers(0);
    for (int i = 0; i < setups.size(); i++) {
      builder.postgres(name(i), withMemory(setups.get(i)));
    }
    LocalStack stack = builder.start();
    stack.kafka().close();
    return new ProviderServers(stack, setups.size());
  }

  static PostgresSetup withMemory(PostgresSetup setup) {
    return setup.setting("shared_buffers", "512MB").setting("max_wal_size", "8GB");
  }

  PostgresServer get(int number) {
    return stack.postgres(name(number));
  }

  int count() {
    return count;
  }

  private static String name(int number) {
    return "provider-" + number;
  }

  @Override
  public void close() {
    stack.close();
  }
}
