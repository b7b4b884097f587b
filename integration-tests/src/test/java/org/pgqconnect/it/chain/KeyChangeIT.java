/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.chain;

import static org.pgqconnect.it.stack.Replication.sql;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
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
