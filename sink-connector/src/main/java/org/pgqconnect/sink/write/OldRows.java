/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.write;

import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.sink.statements.TableWriter;

/**
 * The tables that are copied again in place and whose old rows may make way, while one set of rows
 * is written.
 */
final class OldRows {
  private final Session session;
  private final Settling settling;
  private final TablesInCopy inCopy;
  private final TableWriters known;
  private final Map<TableId, Boolean> mayGo = new HashMap<>();

  OldRows(Session session, Settling settling, TablesInCopy inCopy, TableWriters known) {
    this.session = session;
    this.settling = settling;
    this.inCopy = inCopy;
    this.known = known;
  }

  /** These tables. */
  Set<TableId> tables() {
    return inCopy.clearable();
  }

  TableWriter writer(TableId table) throws SQLException {
    TableWriter writer = known.get(table);
    return writer == null ? known.of(table, inCopy.definition(table)) : writer;
  }

  /**
   * Can rows of the table that the copy has not brought go without those of others going along that
   * the provider may have?
   */
  boolean mayGo(TableId table) throws SQLException {
    Boolean answer = mayGo.get(table);
    if (answer == null) {
      answer = ask(writer(table));
      mayGo.put(table, answer);
    }
    return answer;
  }

  /** The plan for reading all of a table is none for the statements that follow. */
  private boolean ask(TableWriter writer) throws SQLException {
    if (!writer.target().deletesReachOthers()) {
      return true;
    }
    if (inCopy.isStale(writer.target().id())) {
      return false;
    }
    return !session.undone(() -> settling.reachesStale(writer, inCopy));
  }
}
