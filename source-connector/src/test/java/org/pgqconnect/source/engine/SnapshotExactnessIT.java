/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;

/**
 * Whatever writers, tickers and rotations do, every committed event is in exactly one batch of each
 * consumer, in none before its commit began, and the batches up to a tick make up the tables as the
 * tick's snapshot sees them. {@code -Dpgqconnect.exactness.seconds} is how long to try, {@code
 * -Dpgqconnect.exactness.seed} repeats a run.
 */
class SnapshotExactnessIT {
  private static final long SECONDS = Long.getLong("pgqconnect.exactness.seconds", 15);
  private static final long SEED = Long.getLong("pgqconnect.exactness.seed", System.nanoTime());

  /** PgQ itself loses events of writers with old snapshots: see RotationIT. */
  private static final boolean OLD_SNAPSHOTS_EVERYWHERE =
      Boolean.getBoolean("pgqconnect.exactness.old-snapshots");

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void batchesAreExactlyWhatTheSnapshotsOfTicksSee(TestServer server) throws Exception {
    try (TestDatabase database = server.newDatabase().withQueue()) {
      boolean oldSnapshots = server == TestServer.EMBEDDED || OLD_SNAPSHOTS_EVERYWHERE;
      Exactness run = new Exactness(server, database, oldSnapshots, SEED, SECONDS);
      run.run();

      assertThat(run.faults()).as(run.toString()).isEmpty();
      System.out.println(server + " " + run);
      assertThat(run.committed()).as(run.toString()).hasSizeGreaterThan(500);
      for (String needed :
          new String[] {
            "prepared",
            "kept open",
            "overflown",
            "rolled back",
            "rotations",
            "returns",
            "row events",
            "contents compared"
          }) {
        assertThat(run.counted(needed)).as(needed + " in " + run).isPositive();
      }
    }
  }

  /** What the test above is worth: it finds each of these mistakes in an engine. */
  enum Mistake {
    OLD_TRANSACTIONS_FORGOTTEN(
        "batch_event_sql(bigint)",
        "filter (where id < b.prev_xmax - near)",
        "filter (where false)"),
    LOWER_BOUND_NOT_MOVED_DOWN(
        "batch_event_sql(bigint)",
        "coalesce(min(id) filter (where id >= b.prev_xmax - near), b.prev_xmax)",
        "b.prev_xmax"),
    BEGIN_BY_ID(
        "batch_event_sql(bigint)",
        "' and not pg_catalog.txid_visible_in_snapshot(ev.ev_txid, %L)'",
        "' and ev.ev_txid >= pg_catalog.txid_snapshot_xmax(%L)'"),
    END_BY_ID(
        "batch_event_sql(bigint)",
        "'pg_catalog.txid_visible_in_snapshot(ev.ev_txid, %L)'",
        "'ev.ev_txid < pg_catalog.txid_snapshot_xmax(%L)'"),
    OLDER_TABLES_FORGOTTEN(
        "batch_event_tables(bigint)",
        "reverse b.queue_ntables - 1 .. 1",
        "reverse b.queue_ntables - 1 .. 2"),
    OLD_TICK_SNAPSHOTS("_tick_if_due(pgq.queue)", "perform pgq._require_fresh_snapshot(q);", "");

    private final String function;
    private final String right;
    private final String wrong;

    Mistake(String function, String right, String wrong) {
      this.function = function;
      this.right = right;
      this.wrong = wrong;
    }
  }

  @ParameterizedTest
  @EnumSource(Mistake.class)
  void findsMistakes(Mistake mistake) throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue()) {
      try (TestSession session = database.open()) {
        String source =
            session.text("select pg_get_functiondef(?::regprocedure)", "pgq." + mistake.function);
        assertThat(source).contains(mistake.right);
        session.run(source.replace(mistake.right, mistake.wrong));
      }
      Exactness run = new Exactness(TestServer.EMBEDDED, database, true, SEED, 30);
      run.run();
      assertThat(run.faults()).as(run.toString()).isNotEmpty();
    }
  }
}
