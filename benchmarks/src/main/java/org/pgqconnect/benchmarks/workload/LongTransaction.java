/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.benchmarks.workload;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.pgqconnect.benchmarks.report.ExplainedPlan;
import org.pgqconnect.benchmarks.report.Figures;
import org.pgqconnect.benchmarks.stack.ProviderDatabase;
import org.pgqconnect.benchmarks.stack.ProviderEngines;
import org.pgqconnect.benchmarks.stack.ProviderServers;
import org.pgqconnect.local.postgres.PostgresSetup;

/**
 * What a transaction that was open before everything else costs the batch query: at the end of a
 * long queue a batch of 1,000 events is read while it is open, then the batch that its commit makes
 * visible, then once more a batch of 1,000 with nothing open. What makes a transaction "long" is
 * the age of its id and that every snapshot holds it, not the hours.
 */
public final class LongTransaction implements ProviderWorkload {
  private static final int OTHERS = 50;
  private static final int OWN_EVENTS = 10;
  private static final int BATCH = 1000;
  private static final int TIMES = 5;

  private final PostgresSetup own;
  private final int events;
  private final List<ProviderDatabase> databases = new ArrayList<>();

  /**
   * @param own the server for our engine; the extension is on Debian's
   */
  public LongTransaction(PostgresSetup own, int events) {
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
  }

  @Override
  public List<Figures> run() throws SQLException {
    List<Figures> figures = new ArrayList<>();
    for (ProviderDatabase database : databases) {
      figures.add(measure(database));
    }
    return figures;
  }

  private Figures measure(ProviderDatabase database) throws SQLException {
    Figures figures = new Figures("long " + database.variant()).with("events", events);
    List<Connection> open = new ArrayList<>();
    try (Connection session = database.open()) {
      String consumer = "c" + System.nanoTime();
      ProviderDatabase.text(
          session,
          "select pgq.register_consumer('%s', '%s')".formatted(ProviderDatabase.QUEUE, consumer));
      Connection longOne = begin(database, open);
      insert(longOne, OWN_EVENTS);
      for (int i = 0; i < OTHERS; i++) {
        begin(database, open);
      }
      write(session);
      ProviderDatabase.execute(session, "checkpoint");

      measure(session, consumer, figures, "open", () -> insert(session, BATCH), BATCH);
      measure(session, consumer, figures, "committed", longOne::commit, OWN_EVENTS);
      for (Connection other : open) {
        other.rollback();
      }
      measure(session, consumer, figures, "none_open", () -> insert(session, BATCH), BATCH);
    } finally {
      for (Connection other : open) {
        other.close();
      }
    }
    return figures;
  }

  private static Connection begin(ProviderDatabase database, List<Connection> open)
      throws SQLException {
    Connection session = database.open();
    open.add(session);
    session.setAutoCommit(false);
    ProviderDatabase.text(session, "select txid_current()");
    return session;
  }

  /** Transactions of 1,000 events, into the table that producers have to use. */
  private void write(Connection session) throws SQLException {
    ProviderDatabase.execute(
        session,
        """
        do $$
        declare
            target text := pgq.current_event_table('%1$s');
        begin
            for i in 1 .. %2$d loop
                execute format('insert into %%s (ev_id, ev_time, ev_type, ev_data, ev_extra1)'
                               ' select nextval(''pgq.event_1_id_seq''), now(), ''c'', ''('' || i || '',some,text)'', ''public.t'''
                               ' from generate_series(1, %3$d) i', target);
                commit;
            end loop;
        end $$\
        """
            .formatted(ProviderDatabase.QUEUE, events / BATCH, BATCH));
  }

  private static void insert(Connection session, int events) throws SQLException {
    ProviderDatabase.execute(
        session,
        "select pgq.insert_event('%s', 'c', '(1,some,text)') from generate_series(1, %d)"
            .formatted(ProviderDatabase.QUEUE, events));
  }

  private interface Change {
    void make() throws SQLException;
  }

  /** Reads the batch that one change makes, several times, and looks at the query's plan. */
  private static void measure(
      Connection session,
      String consumer,
      Figures figures,
      String name,
      Change change,
      int expected)
      throws SQLException {
    long before = ProviderDatabase.tick(session);
    change.make();
    ProviderDatabase.tick(session);
    ProviderDatabase.text(
        session,
        "select pgq.register_consumer_at('%s', '%s', %d)"
            .formatted(ProviderDatabase.QUEUE, consumer, before));
    String batch =
        ProviderDatabase.text(
            session,
            "select pgq.next_batch('%s', '%s')".formatted(ProviderDatabase.QUEUE, consumer));
    List<Double> millis = new ArrayList<>();
    for (int i = 0; i < TIMES; i++) {
      long begin = System.nanoTime();
      long found =
          Long.parseLong(
              ProviderDatabase.text(
                  session, "select count(*) from pgq.get_batch_events(%s)".formatted(batch)));
      millis.add((System.nanoTime() - begin) / 1e6);
      if (found != expected) {
        throw new IllegalStateException(
            "Batch %s of consumer %s holds %d events, not %d"
                .formatted(name, consumer, found, expected));
      }
    }
    ExplainedPlan plan =
        ExplainedPlan.of(explain(session, "select pgq.batch_event_sql(" + batch + ")"));
    figures
        .with(name + "_ms", millis.stream().sorted().skip(TIMES / 2).findFirst().orElseThrow())
        .with(name + "_rows_read", plan.rowsRead())
        .with(name + "_seq_scans", plan.sequentialScans())
        .with(name + "_buffers", plan.buffers());
    System.err.printf("%s %s:%n%s%n", figures.workload(), name, plan.brief());
    ProviderDatabase.text(session, "select pgq.finish_batch(" + batch + ")");
  }

  private static String explain(Connection session, String query) throws SQLException {
    StringBuilder plan = new StringBuilder();
    try (Statement statement = session.createStatement();
        ResultSet lines =
            statement.executeQuery(
                "explain (analyze, buffers) " + ProviderDatabase.text(session, query))) {
      while (lines.next()) {
        plan.append(lines.getString(1)).append('\n');
      }
    }
    return plan.toString();
  }
}
