/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.it.stack.Replication.scalar;
import static org.pgqconnect.it.stack.Replication.sql;

import java.sql.Connection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.LocalStack;

@ExtendWith(TestStack.class)
class LongOpenTransactionIT {
  @Test
  void nothingIsLostAndNothingComesEarly(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack)) {
      replication.tables("create table t (id int primary key, v text)", "public.t");
      replication.start();
      try (Connection slow = replication.openProvider();
          Connection rolledBack = replication.openProvider()) {
        slow.setAutoCommit(false);
        rolledBack.setAutoCommit(false);
        sql(slow, "insert into t select i, 'slow' from generate_series(1, 100) i");
        sql(rolledBack, "insert into t values (5000, 'never')");
        for (int i = 0; i < 30; i++) {
          sql(replication.provider(), "insert into t values (%d, 'quick')".formatted(1000 + i));
          Thread.sleep(20);
        }
        replication.awaitScalar("select count(*) from t where v = 'quick'", "30");
        assertThat(scalar(replication.subscriber(), "select count(*) from t where v = 'slow'"))
            .isEqualTo("0");
        sql(slow, "update t set v = 'slow, changed' where id <= 10");
        slow.commit();
        rolledBack.rollback();
      }
      replication.awaitScalar("select count(*) from t where v like 'slow%'", "100");
      replication.awaitEqual();
    }
  }

  @Test
  void aPreparedTransactionComesWhenItIsCommitted(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack)) {
      replication.tables("create table t (id int primary key, v text)", "public.t");
      replication.start();
      try (Connection writer = replication.openProvider()) {
        writer.setAutoCommit(false);
        sql(writer, "insert into t values (1, 'prepared')");
        sql(writer, "prepare transaction '%s'".formatted(replication.name()));
        writer.setAutoCommit(true);
        sql(writer, "insert into t values (2, 'quick')");
      }
      replication.awaitScalar("select string_agg(v, ' ') from t", "quick");
      sql(replication.provider(), "commit prepared '%s'".formatted(replication.name()));
      replication.awaitScalar("select string_agg(v, ' ' order by id) from t", "prepared quick");
    }
  }
}
