/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.settle;

import java.sql.SQLException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.sink.write.TableWriter;

/**
 * The tables that are copied again in place and whose old rows may make way, while one set of rows
 * is written.
 */
final class OldRows {
  private final Session session;
  private final Settling settling;
  private final TablesInCopy inCopy;
  private final Map<TableId, TableWriter> writers = new LinkedHashMap<>();
  private final Map<TableId, Boolean> mayGo = new HashMap<>();

  OldRows(Session session, Settling settling, TablesInCopy inCopy, TableWriters known)
      throws SQLException {
    this.session = session;
    this.settling = settling;
    this.inCopy = inCopy;
    for (TableId table : inCopy.clearable()) {
      TableWriter writer = known.get(table);
      writers.put(
          table, writer == null ? known.of(table, inCopy.definitions().get(table)) : writer);
    }
  }

  /** The writers of these tables. */
  Map<TableId, TableWriter> writers() {
    return writers;
  }

  /**
   * Can rows of the table that the copy has not brought go without those of others going along that
   * the provider may have?
   */
  boolean mayGo(TableId table) throws SQLException {
    Boolean known = mayGo.get(table);
    if (known == null) {
      known = ask(writers.get(table));
      mayGo.put(table, known);
    }
    return known;
  }

  /** The plan for reading all of a table is none for the statements that follow. */
  private boolean ask(TableWriter writer) throws SQLException {
    if (!writer.target().deletesReachOthers()) {
      return true;
    }
    if (inCopy.stale().contains(writer.target().id())) {
      return false;
    }
    return !session.undone(() -> settling.reachesStale(writer, inCopy));
  }
}
