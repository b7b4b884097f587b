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
package org.pgqconnect.it;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.local.LocalStack;
import org.pgqconnect.local.PostgresServer;

/** The provider's server is restarted, and killed, while changes flow. */
@ExtendWith(TestStack.class)
class ProviderServerIT {
  @Test
  void replicationGoesOnByItself(LocalStack stack) throws Exception {
    try (PostgresServer server = TestStack.postgres().notDurable().start();
        Replication replication = Replication.at(Place.of(stack).withProvider(server))) {
      replication.tables(StubbornWriter.TABLES, "public.t", "public.u").start();
      try (StubbornWriter writer = StubbornWriter.start(replication::openProvider)) {
        writer.awaitMore(100);
        server.restart();
        writer.awaitMore(100);
        server.kill();
        server.start();
        writer.awaitMore(100);
      }
      replication.awaitEqual();
      assertThat(replication.isRunning(replication.sourceName())).isTrue();
      assertThat(replication.isRunning(replication.sinkName(1))).isTrue();
    }
  }
}
