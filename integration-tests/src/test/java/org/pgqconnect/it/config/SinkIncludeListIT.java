/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.it.stack.Replication.scalar;
import static org.pgqconnect.it.stack.Replication.sql;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.it.stack.TopicReader;
import org.pgqconnect.local.LocalStack;

/** A subscriber that takes one table of a queue does not wait for, nor need, the others. */
@ExtendWith(TestStack.class)
class SinkIncludeListIT {
  @Test
  void otherTablesOfTheBatchAreLeftOut(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack)) {
      sql(replication.provider(), "create table other (id int primary key)");
      replication.tables("create table t (id int primary key, v text)", "public.t");
      sql(replication.provider(), "grant select on other to replicator");
      sql(
          replication.provider(),
          "insert into t values (1, 'copied'); insert into other select generate_series(1, 10)");
      replication.deploy(
          replication.source().with("table.include.list", "public\\.t,public\\.other"));
      replication.deploy(replication.sink().with("table.include.list", "public\\.t"));
      replication.awaitCopied();
      sql(
          replication.provider(),
          """
          begin;
          insert into other values (100);
          insert into t values (2, 'new');
          update other set id = -id;
          update t set v = 'changed' where id = 1;
          commit\
          """);
      replication.awaitScalar("select string_agg(v, ' ' order by id) from t", "changed new");
      assertThat(
              scalar(
                  replication.subscriber(),
                  "select string_agg(table_name, ' ') from pgq_connect.subscribed_table"))
          .isEqualTo("t");
      assertThat(
              new TopicReader(stack.kafka().bootstrapServers())
                  .values(replication.name() + ".public.other"))
          .as("records of the table that is left out")
          .hasSizeGreaterThan(10);
    }
  }
}
