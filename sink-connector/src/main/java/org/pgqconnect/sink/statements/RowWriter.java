/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.statements;

import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.postgres.SqlState.Verdict;
import org.pgqconnect.sink.assemble.Image;
import org.pgqconnect.sink.plan.NetEffect;
import org.pgqconnect.sink.target.Catalog;
import org.pgqconnect.sink.target.Clash;
import org.pgqconnect.sink.target.ObjectNames;

/**
 * Writes the rows of one table, and pins down what the server refuses: COPY falls back to upserts,
 * and a row that cannot be written is found by halving. Rows that stand in each other's way are
 * left to {@code write.Settlement}.
 */
public final class RowWriter {
  /** From how many rows on COPY is faster than an upsert by arrays. */
  private static final int COPY_ROWS = 50;

  /** From how many rows on a savepoint costs less than applying the batch twice. */
  private static final int SAVEPOINT_ROWS = 200;

  private final Session session;
  private final TableWriter table;
  private final CopyGate gate;
  private final Failure failure;
  private final MissingRows missing;

  /**
   * @param gate whether COPY is worth a try
   * @param context where the rows come from, for messages
   * @param missing what the table's writer counts
   */
  public RowWriter(
      Session session,
      TableWriter table,
      CopyGate gate,
      MessageContext context,
      MissingRows missing) {
    this.session = session;
    this.table = table;
    this.gate = gate;
    this.failure = new Failure(table, context, new Catalog(session));
    this.missing = missing;
  }

  public void delete(NetEffect effect, boolean careful) throws SQLException {
    write(effect.deletes(true), table::deleteExpected, careful);
    write(effect.deletes(false), table::delete, careful);
  }

  public void upsert(NetEffect effect, boolean careful) throws SQLException {
    write(effect.upserts(true), table::update, careful);
    upsert(effect.upserts(false), careful);
  }

  private void upsert(List<Image> rows, boolean careful) throws SQLException {
    write(rows, table::upsert, careful);
  }

  public void insert(List<Image> rows, boolean careful) throws SQLException {
    if (rows.size() < COPY_ROWS || !gate.mayTry()) {
      upsert(rows, careful);
      return;
    }
    Optional<SQLException> refused = attempt(rows, table::copy);
    gate.tried(refused.isEmpty());
    if (refused.isPresent()) {
      upsert(rows, careful);
    }
  }

  private void write(List<Image> rows, Write write, boolean careful) throws SQLException {
    if (careful) {
      halving(rows, write);
    } else if (rows.size() >= SAVEPOINT_ROWS) {
      Optional<SQLException> refused = attempt(rows, write);
      if (refused.isPresent()) {
        if (Clash.of(refused.get()) != null) {
          throw refused.get();
        }
        halve(rows, write, refused.get());
      }
    } else if (!rows.isEmpty()) {
      write.run(rows);
    }
  }

  /**
   * Runs a write under a savepoint; empty when it went well, else what the server said of the data.
   */
  private Optional<SQLException> attempt(List<Image> rows, Write write) throws SQLException {
    Map<TableId, MissingRows.Count> counted = missing.byTable();
    Optional<SQLException> refused =
        session.attempt(
            e -> SqlState.verdict(e) == Verdict.DATA || ObjectNames.isMissing(e, table.target()),
            () -> write.run(rows));
    if (refused.isPresent()) {
      missing.resetTo(counted);
    }
    return refused;
  }

  private void halving(List<Image> rows, Write write) throws SQLException {
    if (rows.isEmpty()) {
      return;
    }
    Optional<SQLException> refused = attempt(rows, write);
    if (refused.isPresent()) {
      halve(rows, write, refused.get());
    }
  }

  private void halve(List<Image> rows, Write write, SQLException refused) throws SQLException {
    if (rows.size() == 1) {
      throw failure.of(rows.get(0), refused);
    }
    int middle = rows.size() / 2;
    halving(rows.subList(0, middle), write);
    halving(rows.subList(middle, rows.size()), write);
  }

  private interface Write {
    void run(List<Image> rows) throws SQLException;
  }
}
