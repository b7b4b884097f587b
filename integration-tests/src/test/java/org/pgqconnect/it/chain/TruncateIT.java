/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.chain;

import static org.pgqconnect.it.stack.Replication.sql;

import java.sql.Connection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.LocalStack;

@ExtendWith(TestStack.class)
class TruncateIT {
  @Test
  void emptiesTheTableAtItsPlaceInTheBatch(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack)) {
      replication.tables("create table t (id int primary key, v text)", "public.t");
      sql(replication.provider(), "insert into t select i, 'old' from generate_series(1, 500) i");
      replication.start();
      try (Connection writer = replication.openProvider()) {
        writer.setAutoCommit(false);
        sql(writer, "insert into t values (1001, 'before')");
        sql(writer, "truncate t");
        sql(writer, "insert into t values (1, 'after'), (2, 'after')");
        sql(writer, "update t set v = 'changed' where id = 2");
        writer.commit();
      }
      replication.awaitScalar(
          "select string_agg(t::text, ' ' order by id) from t", "(1,after) (2,changed)");
      replication.awaitEqual();
    }
  }
}
