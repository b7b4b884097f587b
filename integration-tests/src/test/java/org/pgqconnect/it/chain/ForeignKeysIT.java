/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.chain;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.pgqconnect.it.stack.Replication.sql;

import java.sql.Connection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.LocalStack;
import org.pgqconnect.postgres.ConnectionConfig;

/**
 * Rows of several tables are applied in an order that their foreign keys allow, by a role that may
 * not switch foreign keys off. The names sort against the order of the keys.
 */
@ExtendWith(TestStack.class)
class ForeignKeysIT {
  private static final String TABLES =
      """
      create table c_parent (id int primary key, v text);
      create table b_child (id int primary key, parent int not null references c_parent);
      create table a_grandchild (id int primary key, child int references b_child, v int);
      create table tree (id int primary key, up int references tree)\
      """;
  private static final String[] NAMES = {
    "public.c_parent", "public.b_child", "public.a_grandchild", "public.tree"
  };

  @Test
  void writesOfManyTables(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack)) {
      replication.tables(TABLES, NAMES);
      deploy(replication);
      replication.awaitCopied();
      Connection provider = replication.provider();
      provider.setAutoCommit(false);
      sql(provider, "insert into c_parent select i, 'p' || i from generate_series(1, 20) i");
      sql(provider, "insert into b_child select i, i % 20 + 1 from generate_series(1, 100) i");
      sql(
          provider,
          "insert into a_grandchild select i, i % 100 + 1, 0 from generate_series(1, 500) i");
      sql(provider, "insert into tree select i, nullif(i / 2, 0) from generate_series(1, 64) i");
      provider.commit();
      sql(provider, "insert into c_parent values (100, 'new')");
      sql(provider, "update b_child set parent = 100 where parent in (3, 4)");
      sql(provider, "delete from c_parent where id in (3, 4)");
      sql(provider, "update a_grandchild set child = null, v = 1 where child = 7");
      sql(provider, "delete from b_child where id = 7");
      sql(provider, "delete from tree where id > 32");
      sql(provider, "update tree set up = 1 where id = 32");
      provider.commit();
      provider.setAutoCommit(true);
      replication.awaitEqual();
      provider.setAutoCommit(false);
      sql(provider, "delete from a_grandchild");
      sql(provider, "delete from b_child");
      sql(provider, "delete from c_parent");
      sql(provider, "delete from tree");
      sql(provider, "insert into c_parent values (1, 'again')");
      sql(provider, "insert into b_child values (1, 1)");
      provider.commit();
      provider.setAutoCommit(true);
      replication.awaitEqual();
    }
  }

  @Test
  void theCopy(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack)) {
      replication.tables(TABLES, NAMES);
      sql(
          replication.provider(),
          """
          insert into c_parent select i, 'p' || i from generate_series(1, 20) i;
          insert into b_child select i, i % 20 + 1 from generate_series(1, 100) i;
          insert into a_grandchild select i, i % 100 + 1, 0 from generate_series(1, 500) i;
          insert into tree select i, nullif(65 - i / 2, 65) from generate_series(1, 64) i\
          """);
      deploy(replication);
      replication.awaitCopied();
      replication.awaitEqual();
    }
  }

  @Test
  void aRowWhoseParentIsGoneStopsTheSinkThoughThatTableHasPartitionsAndRefersBack(LocalStack stack)
      throws Exception {
    try (Replication replication = Replication.of(stack)) {
      replication.tables(
          """
          create table person (id int primary key, home int);
          create table home (id int primary key, owner int references person) partition by range (id);
          create table home_1 partition of home for values from (0) to (100);
          alter table person add foreign key (home) references home\
          """,
          "public.person",
          "public.home");
      sql(replication.provider(), "insert into home values (1), (2)");
      deploy(replication);
      replication.awaitCopied();
      replication.awaitEqual();
      sql(replication.subscriber(), "delete from home where id = 2");
      sql(replication.provider(), "insert into person values (1, 2)");
      assertThatThrownBy(replication::awaitEqual)
          .hasMessageContaining("Key (home)=(2) is not present in table")
          .hasMessageContaining("Replicate the table it refers to");
    }
  }

  private static void deploy(Replication replication) throws Exception {
    try (Connection modest = replication.openSubscriber(1)) {
      sql(modest, "set role " + Replication.MODEST_ROLE);
      assertThatThrownBy(() -> sql(modest, "set session_replication_role = replica"))
          .hasMessageContaining("permission denied");
    }
    replication.deploy(replication.source());
    replication.deploy(replication.sink().with(ConnectionConfig.USER, Replication.MODEST_ROLE));
  }
}
