/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.benchmarks.workload;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pgqconnect.benchmarks.report.Figures;
import org.pgqconnect.benchmarks.report.PgbenchOutput;
import org.pgqconnect.benchmarks.report.RatioTable;
import org.pgqconnect.benchmarks.stack.ProviderDatabase;
import org.pgqconnect.benchmarks.stack.ProviderServers;
import org.pgqconnect.benchmarks.stack.Sql;
import org.pgqconnect.local.postgres.PostgresServer;
import org.pgqconnect.local.postgres.PostgresSetup;
import org.pgqconnect.source.capture.CaptureForm;
import org.postgresql.PGConnection;

/**
 * W5: what capture costs the application. Every measure is taken of all variants one right after
 * the other, so that a disturbance of the machine does not hit one of them only.
 */
public final class Overhead implements ProviderWorkload {
  static final String NONE = "none";
  static final String LOGUTRIGA = "logutriga";
  static final String OURS = "ours";
  static final String OURS_BY_ROW = "ours_by_row";
  static final String OURS_ON_EXTENSION = "ours_on_extension";

  /** Not a capture that could be used: the least that a trigger in PL/pgSQL can do. */
  static final String LEAST = "least";

  private static final List<String> VARIANTS =
      List.of(NONE, LOGUTRIGA, OURS, OURS_BY_ROW, OURS_ON_EXTENSION, LEAST);
  private static final List<String> TABLES =
      List.of(
          "pgbench_accounts", "pgbench_branches", "pgbench_tellers", "pgbench_history", "bench_w2");
  private static final int ROWS_A_TRANSACTION = 1000;
  private static final int SLICE_SECONDS = 3;

  private final int seconds;
  private final int rows;
  private final List<ProviderDatabase> databases = new ArrayList<>();
  private byte[] copyRows;

  /**
   * @param seconds of pgbench for each of the four rates of a variant, in slices of three
   * @param rows of each bulk statement
   */
  public Overhead(int seconds, int rows) {
    this.seconds = seconds;
    this.rows = rows;
  }

  @Override
  public List<PostgresSetup> servers() {
    return List.of(PostgresServer.debian15());
  }

  @Override
  public Optional<String> unavailable() {
    Optional<String> server = ProviderWorkload.super.unavailable();
    if (server.isPresent() || Files.isExecutable(pgbench())) {
      return server;
    }
    return Optional.of(
        pgbench() + " is not here; it comes with: apt-get install postgresql-contrib-15");
  }

  private Path pgbench() {
    return servers().get(0).installation().bin().resolve("pgbench");
  }

  @Override
  public void prepare(ProviderServers servers) throws Exception {
    for (String variant : VARIANTS) {
      ProviderDatabase database = ProviderDatabase.create(servers.get(0), variant);
      databases.add(database);
      try (Connection session = database.open()) {
        Sql.run(session, TpcBBacklog.TABLES_FILE);
        Sql.run(session, "w2.sql");
      }
      switch (variant) {
        case LOGUTRIGA:
          createLogutriga(database);
          break;
        case OURS:
        case OURS_BY_ROW:
        case OURS_ON_EXTENSION:
          database.install(variant.equals(OURS_ON_EXTENSION));
          database.capture(
              TABLES, variant.equals(OURS_BY_ROW) ? CaptureForm.ROW : CaptureForm.AUTO);
          break;
        case LEAST:
          database.install(false);
          createLeast(database);
          break;
        default:
          break;
      }
    }
    ProviderDatabase first = databases.get(0);
    bulkInsert(first);
    copyRows = copyOut(first);
    first.execute("truncate bench_w2");
  }

  private static void createLogutriga(ProviderDatabase database) throws SQLException {
    database.execute("create extension pgq");
    database.execute("select pgq.create_queue('" + ProviderDatabase.QUEUE + "')");
    for (String table : TABLES) {
      database.execute(
          "create trigger log after insert or update or delete on %s for each row execute function pgq.logutriga('%s')"
              .formatted(table, ProviderDatabase.QUEUE));
    }
  }

  private static void createLeast(ProviderDatabase database) throws SQLException {
    String sql = Sql.file("w5_least.sql");
    for (String table : TABLES) {
      database.execute(sql.formatted(table));
    }
  }

  @Override
  public List<Figures> run() throws Exception {
    Map<String, Figures> figures = new LinkedHashMap<>();
    for (ProviderDatabase database : databases) {
      figures.put(database.variant(), new Figures("w5 " + database.variant()));
      emptyQueue(database);
      database.execute("vacuum pgbench_branches, pgbench_tellers, pgbench_accounts");
    }
    databases.get(0).execute("checkpoint");
    slices(figures, "tps_4_clients", database -> tps(database, 4, true));
    slices(figures, "tps_4_clients_async", database -> tps(database, 4, false));
    slices(figures, "tps_1_client", database -> tps(database, 1, true));
    slices(figures, "tps_1_client_async", database -> tps(database, 1, false));
    databases.get(0).execute("checkpoint");
    each(figures, "insert_rows_per_s", this::bulkInsert);
    each(figures, "update_rows_per_s", this::bulkUpdate);
    figures.get(OURS).with("ready_events_per_s", Math.round(readyEvents(database(OURS))));
    for (ProviderDatabase database : databases) {
      database.execute("truncate bench_w2");
    }
    databases.get(0).execute("checkpoint");
    each(figures, "copy_rows_per_s", this::copyIn);
    for (ProviderDatabase database : databases) {
      database.execute("truncate bench_w2");
      requireEvents(database);
    }
    return List.copyOf(figures.values());
  }

  private interface Measure {
    double of(ProviderDatabase database) throws Exception;
  }

  private void each(Map<String, Figures> figures, String name, Measure measure) throws Exception {
    for (ProviderDatabase database : databases) {
      figures.get(database.variant()).with(name, Math.round(measure.of(database)));
    }
  }

  /**
   * The mean of short slices, of all variants in turn: the machine changes its pace by the minute.
   */
  private void slices(Map<String, Figures> figures, String name, Measure measure) throws Exception {
    int slices = Math.max(1, seconds / SLICE_SECONDS);
    Map<String, Double> sums = new HashMap<>();
    for (int slice = 0; slice < slices; slice++) {
      for (ProviderDatabase database : databases) {
        sums.merge(database.variant(), measure.of(database), Double::sum);
      }
    }
    sums.forEach((variant, sum) -> figures.get(variant).with(name, Math.round(sum / slices)));
  }

  /** A queue without a reader grows; its events must not fill the disk over many runs. */
  private static void emptyQueue(ProviderDatabase database) throws SQLException {
    if (!database.variant().equals(NONE)) {
      for (int table = 0; table < 3; table++) {
        database.execute("truncate pgq.event_1_" + table);
      }
    }
  }

  /** A capture that lost events would be fast. Three bulk statements have changed every row. */
  private void requireEvents(ProviderDatabase database) throws SQLException {
    if (database.variant().equals(NONE)) {
      return;
    }
    try (Connection session = database.open()) {
      String of =
          " from pgq.event_1 where ev_extra1 in ('bench_w2', 'public.bench_w2') and ev_type ~*"
              + " '^[ciu]'";
      long events = Long.parseLong(ProviderDatabase.text(session, "select count(*)" + of));
      // The rates of ready events are of this table, too.
      long expected = (database.variant().equals(OURS) ? 4L : 3L) * rows;
      if (events != expected) {
        throw new IllegalStateException(
            "%s captured %d changes of %d".formatted(database.variant(), events, expected));
      }
    }
  }

  private double tps(ProviderDatabase database, int clients, boolean synchronous)
      throws IOException, InterruptedException {
    PostgresServer server = database.server();
    ProcessBuilder builder =
        new ProcessBuilder(
            pgbench().toString(),
            "--no-vacuum",
            "--protocol=simple",
            "--client=" + clients,
            "--jobs=" + Math.min(clients, 2),
            "--time=" + Math.min(seconds, SLICE_SECONDS),
            "--host=" + server.host(),
            "--port=" + server.port(),
            "--username=" + server.user(),
            database.variant());
    builder.environment().put("PGPASSWORD", server.password());
    builder.environment().put("PGOPTIONS", "-c synchronous_commit=" + (synchronous ? "on" : "off"));
    builder.redirectErrorStream(true);
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IllegalStateException("pgbench failed in database " + database + ": " + output);
    }
    return PgbenchOutput.tps(output);
  }

  private double bulkInsert(ProviderDatabase database) throws SQLException {
    return chunks(database, Sql.file("w2_insert.sql"));
  }

  private double bulkUpdate(ProviderDatabase database) throws SQLException {
    return chunks(database, "update bench_w2 set active = not active where id between ? and ?");
  }

  /**
   * Events whose text is there already, of about the length of w2's rows, written straight into an
   * event table: what no capture can be faster than.
   */
  private double readyEvents(ProviderDatabase database) throws SQLException {
    return chunks(
        database,
        "insert into pgq.event_1_0 (ev_time, ev_type, ev_data, ev_extra1, ev_extra3) select now(),"
            + " 'c', repeat('x', 200), 'public.bench_w2', '1' from generate_series(?::bigint,"
            + " ?::bigint)");
  }

  private ProviderDatabase database(String variant) {
    return databases.stream()
        .filter(database -> database.variant().equals(variant))
        .findFirst()
        .orElseThrow();
  }

  /** Rows per second of a statement with two ids as parameters, a transaction each time. */
  private double chunks(ProviderDatabase database, String sql) throws SQLException {
    try (Connection session = database.open();
        PreparedStatement statement = session.prepareStatement(sql)) {
      long begin = System.nanoTime();
      for (int from = 1; from <= rows; from += ROWS_A_TRANSACTION) {
        statement.setLong(1, from);
        statement.setLong(2, Math.min(rows, from + ROWS_A_TRANSACTION - 1));
        statement.execute();
      }
      return rows / seconds(begin);
    }
  }

  private double copyIn(ProviderDatabase database) throws SQLException, IOException {
    try (Connection session = database.open()) {
      long begin = System.nanoTime();
      session
          .unwrap(PGConnection.class)
          .getCopyAPI()
          .copyIn("copy bench_w2 from stdin", new ByteArrayInputStream(copyRows));
      return rows / seconds(begin);
    }
  }

  private static byte[] copyOut(ProviderDatabase database) throws SQLException, IOException {
    try (Connection session = database.open()) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      session.unwrap(PGConnection.class).getCopyAPI().copyOut("copy bench_w2 to stdout", out);
      return out.toByteArray();
    }
  }

  private static double seconds(long begin) {
    return (System.nanoTime() - begin) / 1e9;
  }

  @Override
  public List<String> summary(List<Figures> medians) {
    return RatioTable.of(medians, LOGUTRIGA);
  }
}
