/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.stack;

import java.sql.SQLException;
import org.pgqconnect.demo.Bank;
import org.pgqconnect.local.LocalStack;

/** The demo's bank on a test's databases. */
public final class BankReplication {
  private BankReplication() {}

  public static Replication of(LocalStack stack, int accounts) throws SQLException {
    return at(Place.of(stack), accounts);
  }

  public static Replication at(Place place, int accounts) throws SQLException {
    Replication replication = Replication.at(place);
    Bank.createTables(replication.provider());
    Bank.createTables(replication.subscriber());
    Bank.openAccounts(replication.provider(), accounts);
    return replication.replicate("public.accounts", "public.transfers", "public.ledger");
  }
}
