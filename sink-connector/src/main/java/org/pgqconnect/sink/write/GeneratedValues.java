/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.write;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.sink.assemble.Image;
import org.pgqconnect.sink.plan.Effects;
import org.pgqconnect.sink.plan.NetEffect;
import org.pgqconnect.sink.statements.ComputedColumns;
import org.pgqconnect.sink.statements.ComputedColumns.Difference;
import org.pgqconnect.sink.statements.MessageContext;
import org.pgqconnect.sink.statements.StagedRows;
import org.pgqconnect.sink.statements.TableWriter;
import org.pgqconnect.sink.target.GeneratedColumns;

/** Requires of written rows that columns which the subscriber computes hold what was sent. */
final class GeneratedValues {
  private final Session session;
  private final TableWriters writers;

  GeneratedValues(Session session, TableWriters writers) {
    this.session = session;
    this.writers = writers;
  }

  /**
   * @param written in the open transaction
   * @param context names the command that brings rows again
   * @throws org.pgqconnect.sink.target.ApplyException when a row holds another value
   */
  void require(Effects written, MessageContext context) throws SQLException {
    for (Map.Entry<TableId, NetEffect> table : written.byTable().entrySet()) {
      TableWriter writer = writers.get(table.getKey());
      if (!writer.computes()) {
        continue;
      }
      List<Image> rows = new ArrayList<>(table.getValue().upserts());
      rows.addAll(table.getValue().inserts());
      require(writer, new ComputedColumns(session, writer).of(rows), context);
    }
  }

  /**
   * @param written as {@link #require(Effects, MessageContext)} takes it
   */
  void require(Collection<StagedRows> written, MessageContext context) throws SQLException {
    for (StagedRows rows : written) {
      TableWriter writer = rows.writer();
      if (!writer.computes()) {
        continue;
      }
      require(writer, new ComputedColumns(session, writer).of(rows), context);
    }
  }

  /**
   * A trigger of the subscriber's may change rows, which the table's note says. What another
   * session altered meanwhile has the batch applied again.
   */
  private void require(TableWriter writer, Optional<Difference> difference, MessageContext context)
      throws SQLException {
    if (difference.isEmpty()
        || writer.mayLeaveOutRows()
        || writers.isAlteredBeside(Set.of(writer.target().id()))) {
      return;
    }
    Difference found = difference.get();
    throw new GeneratedColumns(session)
        .otherValues(
            writer.target(),
            found.columns(),
            found.rows(),
            found.key(),
            context.remedy().resync(writer.target().id()));
  }
}
