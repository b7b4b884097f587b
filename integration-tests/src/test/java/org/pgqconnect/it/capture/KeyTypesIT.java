/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.capture;

import static org.pgqconnect.it.stack.Replication.sql;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.LocalStack;

/** Keys whose values have several spellings, and keys of unusual types, find their rows. */
@ExtendWith(TestStack.class)
class KeyTypesIT {
  @Test
  void equalKeysThatAreSpeltDifferently(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack)) {
      replication.tables(
          """
          create extension citext;
          create table n (k numeric primary key, v int);
          create table f (k float8 primary key, v int);
          create table c (k citext primary key, v int);
          create table b (k char(5) primary key, v int);
          create table i (k interval primary key, v int)\
          """,
          "public.n",
          "public.f",
          "public.c",
          "public.b",
          "public.i");
      replication.start();
      sql(
          replication.provider(),
          """
          insert into n values (1.0, 1), (2.00, 2), ('NaN', 3);
          insert into f values ('-0', 1), ('NaN', 2), (0.1, 3);
          insert into c values ('a', 1), ('B', 2);
          insert into b values ('a', 1), ('b ', 2);
          insert into i values ('24:00', 1), ('1 mon', 2)\
          """);
      replication.awaitEqual();
      sql(
          replication.provider(),
          """
          update n set k = 1.000, v = 10 where k = 1;
          update n set v = 30 where k = 'NaN';
          delete from n where k = 2;
          update f set k = 0, v = 10 where k = 0;
          delete from f where k = 'NaN';
          update f set v = 30 where k = 0.1::float8;
          update c set k = 'A', v = 10 where k = 'a';
          delete from c where k = 'b';
          insert into c values ('b', 3);
          update b set v = 10 where k = 'a';
          delete from b where k = 'b';
          update i set k = '1 day', v = 10 where k = '24:00';
          delete from i where k = '30 days'\
          """);
      replication.awaitEqual();
      sql(
          replication.provider(),
          """
          begin;
          delete from n where k = 1; insert into n values (1, 100);
          update c set k = 'a' where k = 'a';
          update f set k = '-0' where k = 0;
          commit\
          """);
      replication.awaitEqual();
    }
  }

  @Test
  void unusualTypesAndManyColumns(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack)) {
      replication.tables(
          """
          create type color as enum ('red', 'green');
          create table a (k timestamptz primary key, v int);
          create table b (k bytea primary key, v int);
          create table c (k1 text, k2 text, k3 uuid, v int, primary key (k2, k1, k3));
          create table d (k int[] primary key, v int);
          create table e (k color, r int4range, primary key (r, k));
          create table g (k inet primary key, v jsonb)\
          """,
          "public.a",
          "public.b",
          "public.c",
          "public.d",
          "public.e",
          "public.g");
      replication.start();
      String[] writes = {
        """
        insert into a values ('2026-10-25 02:30+02', 1), ('2026-10-25 02:30+01', 2), ('infinity', 3);
        insert into b values ('', 1), ('\\x00', 2), ('\\x0000', 3);
        insert into c select x, y, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 0
          from unnest('{"", ",", "a,b", "\\"", "\\\\", "NULL"}'::text[]) x,
               unnest('{"", ",", "a,b", "\\"", "\\\\", "NULL"}'::text[]) y;
        insert into d values ('{1,NULL}', 1), ('{}', 2);
        insert into e values ('red', '[1,3)'), ('green', 'empty');
        insert into g values ('10.0.0.1/8', '1'), ('10.0.0.1', '2')\
        """,
        """
        update a set v = v * 10;
        update b set v = v * 10;
        update c set v = v + 1 where k1 < k2;
        update c set k1 = k1 || '!' where k1 = k2;
        update d set v = v * 10;
        update e set r = '[2,3)' where k = 'red';
        update g set v = v || '3'\
        """,
        """
        delete from a where v = 20; delete from b where v = 20; delete from c where k1 = ',';
        delete from d where k = '{}'; delete from e where k = 'green'; delete from g where k = '10.0.0.1'\
        """
      };
      for (String write : writes) {
        sql(replication.provider(), write);
        replication.awaitEqual();
      }
    }
  }
}
