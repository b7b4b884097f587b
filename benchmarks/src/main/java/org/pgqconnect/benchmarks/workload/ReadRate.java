/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.benchmarks.workload;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.pgqconnect.benchmarks.report.Figures;
import org.pgqconnect.benchmarks.stack.ProviderDatabase;
import org.pgqconnect.benchmarks.stack.ProviderEngines;
import org.pgqconnect.benchmarks.stack.ProviderServers;
import org.pgqconnect.benchmarks.stack.Sql;
import org.pgqconnect.local.postgres.PostgresSetup;
import org.pgqconnect.source.capture.CaptureForm;
import org.pgqconnect.source.queue.Event;
import org.pgqconnect.source.queue.EventCursor;
import org.pgqconnect.source.queue.OpenBatch;
import org.pgqconnect.source.queue.Queue;

/**
 * How many events per second one connection reads from one batch: through the classes that the
 * source uses, and by {@code get_batch_cursor} and FETCH alone.
 */
public final class ReadRate implements ProviderWorkload {
  private static final int FETCH_ROWS = 2000;
  private static final int ROWS_A_TRANSACTION = 1000;

  private final PostgresSetup own;
  private final int events;
  private final List<ProviderDatabase> databases = new ArrayList<>();

  /**
   * @param own the server for our engine; the extension is on Debian's
   */
  public ReadRate(PostgresSetup own, int events) {
    this.own = own;
    this.events = events;
  }

  @Override
  public List<PostgresSetup> servers() {
    return ProviderEngines.servers(own);
  }

  @Override
  public void prepare(ProviderServers servers) throws SQLException {
    databases.addAll(ProviderEngines.databases(servers));
    for (ProviderDatabase database : databases) {
      try (Connection session = database.open()) {
        Sql.run(session, "w2.sql");
        database.capture(List.of("bench_w2"), CaptureForm.AUTO);
        new Queue(session, ProviderDatabase.QUEUE, ProviderDatabase.CONSUMER).register();
        try (PreparedStatement insert = session.prepareStatement(Sql.file("w2_insert.sql"))) {
          for (int from = 1; from <= events; from += ROWS_A_TRANSACTION) {
            insert.setLong(1, from);
            insert.setLong(2, Math.min(events, from + ROWS_A_TRANSACTION - 1));
            insert.execute();
          }
        }
        ProviderDatabase.tick(session);
        ProviderDatabase.execute(session, "checkpoint");
      }
    }
  }

  @Override
  public List<Figures> run() throws SQLException {
    List<Figures> figures = new ArrayList<>();
    for (ProviderDatabase database : databases) {
      try (Connection session = database.open()) {
        Queue queue = new Queue(session, ProviderDatabase.QUEUE, ProviderDatabase.CONSUMER);
        OpenBatch batch =
            queue.nextBatch(queue.subscription().orElseThrow(), events, 0).orElseThrow();
        figures.add(
            new Figures("read " + database.variant())
                .with("events", events)
                .with("cursor_class_events_per_s", Math.round(rate(() -> read(queue, batch))))
                .with("sql_events_per_s", Math.round(rate(() -> fetch(session, batch)))));
      }
    }
    return figures;
  }

  private interface Reading {
    long read() throws SQLException;
  }

  private double rate(Reading reading) throws SQLException {
    long begin = System.nanoTime();
    long found = reading.read();
    double seconds = (System.nanoTime() - begin) / 1e9;
    if (found != events) {
      throw new IllegalStateException("The batch holds %d events, not %d".formatted(found, events));
    }
    return events / seconds;
  }

  private static long read(Queue queue, OpenBatch batch) throws SQLException {
    long found = 0;
    try (EventCursor cursor = queue.events(batch, 0, FETCH_ROWS)) {
      for (List<Event> some = cursor.next(); !some.isEmpty(); some = cursor.next()) {
        found += some.size();
      }
    }
    return found;
  }

  private static long fetch(Connection session, OpenBatch batch) throws SQLException {
    session.setAutoCommit(false);
    try (Statement statement = session.createStatement()) {
      long all = 0;
      long some =
          count(
              statement.executeQuery(
                  "select * from pgq.get_batch_cursor(%d, 'bench', %d)"
                      .formatted(batch.batchId(), FETCH_ROWS)));
      while (some > 0) {
        all += some;
        some = count(statement.executeQuery("fetch " + FETCH_ROWS + " from bench"));
      }
      return all;
    } finally {
      session.rollback();
      session.setAutoCommit(true);
    }
  }

  private static long count(ResultSet rows) throws SQLException {
    try (rows) {
      long count = 0;
      while (rows.next()) {
        count++;
      }
      return count;
    }
  }
}
