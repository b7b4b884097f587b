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
import org.junit.jupiter.api.parallel.Isolated;
import org.pgqconnect.local.LocalStack;

/** The broker is restarted, and killed, while changes flow. */
@ExtendWith(TestStack.class)
@Isolated("every connector of the stack suffers")
class BrokerIT {
  @Test
  void replicationGoesOnByItself(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack)) {
      replication.tables(StubbornWriter.TABLES, "public.t", "public.u").start();
      try (StubbornWriter writer = StubbornWriter.start(replication::openProvider)) {
        writer.awaitMore(100);
        stack.kafka().stop();
        writer.awaitMore(100);
        stack.kafka().start();
        writer.awaitMore(100);
        stack.kafka().kill();
        stack.kafka().start();
        writer.awaitMore(100);
      }
      replication.awaitEqual();
      assertThat(replication.isRunning(replication.sourceName())).isTrue();
      assertThat(replication.isRunning(replication.sinkName(1))).isTrue();
    }
  }
}
