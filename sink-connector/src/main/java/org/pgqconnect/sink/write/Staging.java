/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.write;

import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.sink.plan.Effects;
import org.pgqconnect.sink.plan.NetEffect;
import org.pgqconnect.sink.statements.MessageContext;
import org.pgqconnect.sink.statements.StagedRows;
import org.pgqconnect.sink.statements.TableWriter;
import org.pgqconnect.sink.target.ApplyException;

/** The parts of a streamed batch that wait for those that follow, in the open transaction. */
final class Staging {
  private final Session session;
  private final Map<TableId, StagedRows> tables = new LinkedHashMap<>();
  private int parts;

  Staging(Session session) {
    this.session = session;
  }

  /**
   * @param context where the rows come from, for messages
   * @throws ApplyException when the role cannot create temporary tables, or a row's values are
   *     refused
   */
  void add(Effects effects, Function<TableId, TableWriter> writers, MessageContext context)
      throws SQLException {
    parts++;
    for (Map.Entry<TableId, NetEffect> entry : effects.byTable().entrySet()) {
      StagedRows rows = tables.get(entry.getKey());
      TableWriter writer = writers.apply(entry.getKey());
      if (rows == null) {
        rows = stage(writer);
        tables.put(entry.getKey(), rows);
      }
      rows.writtenBy(writer);
      rows.add(entry.getValue(), parts, context);
    }
  }

  private StagedRows stage(TableWriter writer) throws SQLException {
    // The driver asks the server, which answers nothing more after a failure.
    String database = session.connection().getCatalog();
    try {
      return new StagedRows(session, writer, tables.size() + 1);
    } catch (SQLException e) {
      if (!SqlState.is(e, SqlState.INSUFFICIENT_PRIVILEGE)
          || !String.valueOf(e.getMessage()).contains("temporary")) {
        throw e;
      }
      throw new ApplyException(Settlement.mayNotStage(database, session.role()));
    }
  }

  /** All that was added, as it is to be written by what is known of the tables now. */
  Map<TableId, StagedRows> tables(Function<TableId, TableWriter> writers) throws SQLException {
    for (Map.Entry<TableId, StagedRows> entry : tables.entrySet()) {
      TableWriter writer = writers.apply(entry.getKey());
      if (writer != null) {
        entry.getValue().writtenBy(writer);
      }
    }
    return tables;
  }
}
