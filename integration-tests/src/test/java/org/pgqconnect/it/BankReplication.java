/*
 * Copyright pgq-connect contributors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package org.pgqconnect.it;

import java.sql.SQLException;
import org.pgqconnect.cli.demo.Bank;
import org.pgqconnect.local.LocalStack;

/** The demo's bank on a test's databases. */
final class BankReplication {
  private BankReplication() {}

  static Replication of(LocalStack stack, int accounts) throws SQLException {
    return at(Place.of(stack), accounts);
  }

  static Replication at(Place place, int accounts) throws SQLException {
    Replication replication = Replication.at(place);
    Bank.createTables(replication.provider());
    Bank.createTables(replication.subscriber());
    Bank.openAccounts(replication.provider(), accounts);
    return replication.replicate("public.accounts", "public.transfers", "public.ledger");
  }
}
