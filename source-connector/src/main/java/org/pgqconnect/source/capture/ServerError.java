/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.capture;

import java.sql.SQLException;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.postgres.SqlState;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** What the server said, in one message with what to do about it. */
final class ServerError {

  private ServerError() {}

  /** The same failure with the server's detail and hint in its message; the SQLSTATE is kept. */
  static SQLException explained(SQLException failure, String queue) {
    String state = failure.getSQLState();
    if (failure instanceof PSQLException server && server.getServerErrorMessage() != null) {
      return new SQLException(
          message(server.getServerErrorMessage(), state, queue), state, failure);
    }
    return failure;
  }

  private static String message(ServerErrorMessage said, String state, String queue) {
    StringBuilder message = new StringBuilder(String.valueOf(said.getMessage()));
    for (String more : new String[] {said.getDetail(), said.getHint()}) {
      if (more != null) {
        message.append(". ").append(more);
      }
    }
    if (notInstalled(said, state)) {
      message
          .append(". pgq-connect is not installed in this database: ")
          .append(Remedy.ofQueue(queue).install());
    }
    return message.toString();
  }

  private static boolean notInstalled(ServerErrorMessage said, String state) {
    return (SqlState.INVALID_SCHEMA_NAME.equals(state)
            || SqlState.UNDEFINED_FUNCTION.equals(state)
            || SqlState.UNDEFINED_TABLE.equals(state))
        && String.valueOf(said.getMessage()).contains("pgq_connect");
  }
}
