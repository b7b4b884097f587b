package org.pgqconnect.it;

import java.sql.SQLException;
import org.pgqconnect.cli.demo.Bank;
import org.pgqconnect.local.LocalStack;

/** The demo's bank on a test's databases. */
final class BankReplication {
  private BankReplication() {}

  static Replication of(LocalStack stack, int accounts, int subscribers) throws SQLException {
    Replication replication = Replication.of(stack, subscribers);
    Bank.createTables(replication.provider());
    for (int i = 1; i <= subscribers; i++) {
      Bank.createTables(replication.subscriber(i));
    }
    Bank.openAccounts(replication.provider(), accounts);
    return replication.replicate("public.accounts", "public.transfers", "public.ledger");
  }
}
