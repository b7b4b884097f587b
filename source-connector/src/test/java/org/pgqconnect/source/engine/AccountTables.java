/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.engine;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.pgqconnect.source.testing.TestSession;

/**
 * Two captured tables of accounts, one by statement triggers and one by row triggers. Every
 * transaction keeps the sum of all balances.
 *
 * <p>Accounts below 100 are everybody's; each slot has two more of its own that always exist, and a
 * range of numbers for accounts that come, go and change their key.
 */
final class AccountTables {
  static final long TOTAL = 1_000_000;

  private static final int SHARED = 30;
  private static final int SLOTS = 3 * Exactness.WRITERS;
  private static final int RANGE = 12;
  private static final String[] TABLES = {"by_statement", "by_row"};

  private AccountTables() {}

  static void create(TestSession session) {
    for (int i = 0; i < TABLES.length; i++) {
      session.run("create table %s (id int primary key, balance bigint)".formatted(TABLES[i]));
      session.text(
          "select pgq_connect.add_table('q', ?::regclass, false, ?)",
          TABLES[i],
          TABLES[i].substring(3));
      session.run(
          "insert into %s select n, 0 from generate_series(1, %d) n".formatted(TABLES[i], SHARED));
      session.run(
          "insert into %s select n, 0 from generate_series(100, %d) n"
              .formatted(TABLES[i], 100 + 2 * SLOTS - 1));
    }
    session.run("update by_row set balance = %d where id = 1".formatted(TOTAL));
  }

  /** Balances by {@code table/id}. */
  static Map<String, Long> content(TestSession session) {
    Map<String, Long> content = new HashMap<>();
    for (String row :
        session.rows(
            "select 'by_statement/' || id, balance from by_statement union all select 'by_row/' ||"
                + " id, balance from by_row")) {
      String[] fields = row.split("\\|");
      content.put(fields[0], Long.parseLong(fields[1]));
    }
    return content;
  }

  /**
   * Changes some rows.
   *
   * @param slot whose accounts to use; no two open transactions may use one slot's
   * @param shared whether to use everybody's accounts, too; others may then wait for this one
   */
  static void change(TestSession session, Random random, int slot, boolean shared) {
    String table = TABLES[random.nextInt(2)];
    String other = TABLES[random.nextInt(2)];
    int own = 100 + 2 * slot + random.nextInt(2);
    int some = 1000 + slot * RANGE + random.nextInt(RANGE);
    int another = 1000 + slot * RANGE + random.nextInt(RANGE);
    switch (random.nextInt(6)) {
      case 0 ->
          session.run(
              "insert into %s values (%d, 0) on conflict (id) do nothing".formatted(table, some));
      case 1 ->
          session.run(
              """
              with gone as (delete from %s where id = %d returning balance)
              update %s set balance = balance + coalesce((select balance from gone), 0) where id = %d\
              """
                  .formatted(table, some, other, own));
      case 2 ->
          session.run(
              "update %1$s set id = %2$d where id = %3$d and not exists (select from %1$s where id = %2$d)"
                  .formatted(table, another, some));
      case 3 ->
          session.run(
              """
              with taken as (update %1$s set balance = balance - 5 where id between %2$d and %3$d returning 1)
              update %4$s set balance = balance + 5 * (select count(*) from taken) where id = %5$d\
              """
                  .formatted(
                      table,
                      1000 + slot * RANGE,
                      1000 + slot * RANGE + RANGE - 1,
                      TABLES[random.nextInt(2)],
                      own));
      default -> {
        int from = shared ? 1 + random.nextInt(SHARED) : 100 + 2 * slot;
        int to = shared ? 1 + random.nextInt(SHARED) : 101 + 2 * slot;
        int amount = random.nextInt(100);
        move(session, table, from, -amount);
        move(session, other, to, amount);
      }
    }
  }

  private static void move(TestSession session, String table, int id, int amount) {
    session.run("update %s set balance = balance + %d where id = %d".formatted(table, amount, id));
  }
}
