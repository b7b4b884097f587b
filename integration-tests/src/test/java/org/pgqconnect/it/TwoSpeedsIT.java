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

import static org.pgqconnect.it.Replication.sql;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.local.LocalStack;

@ExtendWith(TestStack.class)
class TwoSpeedsIT {
  @Test
  void aSlowSubscriberDoesNotHoldUpAnother(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack, 2)) {
      replication.tables("create table t (id int primary key, v text)", "public.t");
      replication.start();
      replication.rest().stop(replication.sinkName(2));
      replication.rest().waitState(replication.sinkName(2), "STOPPED", Replication.PATIENCE);
      for (int i = 0; i < 50; i++) {
        sql(
            replication.provider(),
            "insert into t select i, 'v' from generate_series(%d, %d) i"
                .formatted(i * 10, i * 10 + 9));
        sql(replication.provider(), "update t set v = 'round %d' where id %% 3 = 0".formatted(i));
      }
      replication.awaitEqual(1);
      replication.rest().resume(replication.sinkName(2));
      replication.awaitEqual(2);
    }
  }
}
