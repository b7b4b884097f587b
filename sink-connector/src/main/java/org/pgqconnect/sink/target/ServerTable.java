/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import java.sql.SQLException;
import java.util.Optional;
import org.pgqconnect.batch.TableId;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** The table that the server names in an error: of a constraint the one that has it. */
public final class ServerTable {
  private ServerTable() {}

  public static Optional<TableId> of(SQLException failure) {
    return of(failure instanceof PSQLException postgres ? postgres.getServerErrorMessage() : null);
  }

  public static Optional<TableId> of(ServerErrorMessage server) {
    return server == null || server.getSchema() == null || server.getTable() == null
        ? Optional.empty()
        : Optional.of(new TableId(server.getSchema(), server.getTable()));
  }
}
