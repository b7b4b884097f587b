/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import java.sql.SQLException;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.SqlState;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * What a constraint over several rows refused. Rows that are written one after the other may meet
 * one that does not stand in their way at the end.
 *
 * @param constraint its name, or null
 * @param detail the key at fault in the server's words, or null
 */
public record Clash(String state, TableId table, String constraint, String detail) {

  /** Null when no other row of the batch can be the reason. */
  public static Clash of(SQLException refused) {
    if (!SqlState.is(refused, SqlState.UNIQUE_VIOLATION)
        && !SqlState.is(refused, SqlState.EXCLUSION_VIOLATION)
        && SqlState.of(refused).filter(SqlState::isForeignKey).isEmpty()) {
      return null;
    }
    ServerErrorMessage server =
        refused instanceof PSQLException postgres ? postgres.getServerErrorMessage() : null;
    return new Clash(
        SqlState.of(refused).orElseThrow(),
        ServerTable.of(server).orElse(null),
        server == null ? null : server.getConstraint(),
        server == null ? null : server.getDetail());
  }
}
