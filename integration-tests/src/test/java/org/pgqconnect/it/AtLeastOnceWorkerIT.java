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

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.local.ConnectWorker;
import org.pgqconnect.local.LocalStack;

/**
 * kill -9 of a worker without exactly-once support: the topics may hold batches twice or in parts;
 * the subscriber neither loses nor doubles.
 */
@ExtendWith(TestStack.class)
class AtLeastOnceWorkerIT {
  @Test
  void nothingIsLostAndNothingIsDoubled(LocalStack stack) throws Exception {
    try (ConnectWorker worker =
            TestStack.ownWorker().exactlyOnceSource(false).start(stack.kafka().bootstrapServers());
        Replication replication = Replication.at(Place.of(stack).withRest(worker.rest()))) {
      replication.tables(StubbornWriter.TABLES, "public.t", "public.u").start();
      try (StubbornWriter writer = StubbornWriter.start(replication::openProvider)) {
        for (int i = 0; i < 2; i++) {
          writer.awaitMore(150);
          worker.kill();
          writer.awaitMore(50);
          worker.start();
          replication.rest().waitRunning(replication.sourceName(), Replication.PATIENCE);
          replication.rest().waitRunning(replication.sinkName(1), Replication.PATIENCE);
        }
        writer.awaitMore(50);
      }
      replication.awaitEqual();
    }
  }
}
