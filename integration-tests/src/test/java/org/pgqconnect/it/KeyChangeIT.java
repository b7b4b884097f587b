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
class KeyChangeIT {
  @Test
  void rowsKeepTheirContentUnderANewKey(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack)) {
      replication.tables("create table t (id int primary key, v text unique)", "public.t");
      sql(
          replication.provider(),
          "insert into t select i, 'v' || i from generate_series(1, 100) i");
      replication.start();
      sql(replication.provider(), "update t set id = 1000 where id = 1");
      sql(replication.provider(), "update t set id = id - 1 where id between 2 and 100");
      sql(replication.provider(), "update t set id = -id, v = v || '!' where id % 7 = 0");
      replication.awaitEqual();
    }
  }

  @Test
  void uniqueValuesMayBeSwapped(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack)) {
      replication.tables(
          "create table t (id int primary key, u int unique deferrable initially immediate)",
          "public.t");
      sql(replication.provider(), "insert into t values (1, 10), (2, 20), (3, 30)");
      replication.start();
      sql(
          replication.provider(),
          "update t set u = case id when 1 then 20 else 10 end where id < 3");
      replication.awaitEqual();
    }
  }
}
