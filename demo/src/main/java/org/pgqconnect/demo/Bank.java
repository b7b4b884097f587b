/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.demo;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.SqlScript;

/**
 * The bank's schema and what its application does. Money only moves: the sum over all accounts
 * never changes, and the two sides of the ledger always cancel out.
 */
public final class Bank {
  /** The tables, those that others refer to first. */
  public static final List<TableId> TABLES =
      List.of(
          new TableId("public", "accounts"),
          new TableId("public", "transfers"),
          new TableId("public", "ledger"));

  private static final BigDecimal FIRST_BALANCE = new BigDecimal("1000.00");

  private static final String OPEN_ACCOUNTS =
      """
      insert into accounts (id, owner, balance)
      select i, 'Owner ' || i, ?::numeric from generate_series(1, ?) i\
      """;

  private static final String MOVE =
      "update accounts set balance = balance + ?, updated_at = clock_timestamp() where id = ?";

  private static final String TRANSFER =
      """
      with made as (
        insert into transfers (from_account, to_account, amount, note)
        values (?, ?, ?, ?) returning id, from_account, to_account, amount)
      insert into ledger (transfer_id, side, account_id, amount)
      select id, 'D', from_account, -amount from made
      union all
      select id, 'C', to_account, amount from made\
      """;

  private static final String PRUNE =
      "delete from transfers where id in (select id from transfers order by id limit 2 for update"
          + " skip locked)";

  private static final String RENUMBER =
      """
      update accounts set id = case when id > 1000000 then id - 1000000 else id + 1000000 end
       where id in (?, ? + 1000000)\
      """;

  private static final String TOTALS =
      """
      select (select coalesce(sum(balance), 0) from accounts),
             (select coalesce(sum(amount), 0) from ledger),
             (select count(*) from transfers) * 2 - (select count(*) from ledger)\
      """;

  private Bank() {}

  /** What a reader sees in one snapshot. */
  public record Totals(BigDecimal balances, BigDecimal ledger, long missingSides) {
    /** True when the money is all there and every transfer has both its sides. */
    public boolean areSound(BigDecimal expectedBalances) {
      return balances.compareTo(expectedBalances) == 0 && ledger.signum() == 0 && missingSides == 0;
    }
  }

  /** The sum over all accounts, at any time. */
  public static BigDecimal expectedBalances(int accounts) {
    return FIRST_BALANCE.multiply(BigDecimal.valueOf(accounts));
  }

  /** Creates the tables, empty. */
  public static void createTables(Connection connection) throws SQLException {
    new Session(connection).execute(SqlScript.text(Bank.class, "bank.sql"));
  }

  /** Opens accounts 1..n with the same balance each. */
  public static void openAccounts(Connection connection, int accounts) throws SQLException {
    new Session(connection).update(OPEN_ACCOUNTS, FIRST_BALANCE, accounts);
  }

  /**
   * One business transaction: mostly a transfer over three tables; now and then old transfers are
   * pruned, an account gets another number, or a transfer is rolled back.
   *
   * @param connection not in autocommit mode
   */
  public static void transact(Connection connection, int accounts) throws SQLException {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    int dice = random.nextInt(100);
    if (dice < 3) {
      new Session(connection).execute(PRUNE);
    } else if (dice < 5) {
      renumber(connection, 1 + random.nextInt(accounts));
    } else {
      transfer(connection, accounts, random);
    }
    if (dice == 99) {
      connection.rollback();
    } else {
      connection.commit();
    }
  }

  private static void transfer(Connection connection, int accounts, ThreadLocalRandom random)
      throws SQLException {
    int one = 1 + random.nextInt(accounts);
    int other = 1 + (one + random.nextInt(accounts - 1)) % accounts;
    BigDecimal amount = BigDecimal.valueOf(1 + random.nextInt(10_000), 2);
    // Locked in the order of their numbers, so that two transfers never wait for each other.
    int low = Math.min(one, other);
    int high = Math.max(one, other);
    if (move(connection, low, low == one ? amount.negate() : amount)
        && move(connection, high, high == one ? amount.negate() : amount)) {
      String note = random.nextInt(4) == 0 ? null : "it's \\ 100% \"fine\"\n";
      new Session(connection).update(TRANSFER, one, other, amount, note);
    } else {
      connection.rollback(); // one of the two has another number at the moment
    }
  }

  private static boolean move(Connection connection, int account, BigDecimal amount)
      throws SQLException {
    return new Session(connection).update(MOVE, amount, account) == 1;
  }

  private static void renumber(Connection connection, int account) throws SQLException {
    new Session(connection).update(RENUMBER, account, account);
  }

  /** What one snapshot of the database holds. */
  public static Totals totals(Connection connection) throws SQLException {
    // Asked all the time while the demo runs: unlike one of a Session, this is parsed once only.
    try (PreparedStatement statement = connection.prepareStatement(TOTALS);
        ResultSet rows = statement.executeQuery()) {
      rows.next();
      return new Totals(rows.getBigDecimal(1), rows.getBigDecimal(2), rows.getLong(3));
    }
  }
}
