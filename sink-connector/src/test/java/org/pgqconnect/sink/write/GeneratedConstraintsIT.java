/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.write;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.sink.testing.RandomSchema;
import org.pgqconnect.sink.testing.TestDatabase;
import org.pgqconnect.sink.testing.TestProvider;
import org.pgqconnect.sink.testing.TestWorker;
import org.pgqconnect.source.copy.CopyRequests;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the provider committed can be applied on a subscriber with the same constraints: random
 * tables and random transactions, captured by the real triggers, published and applied by the real
 * tasks; with and without the right to switch foreign keys off, batch by batch, merged, streamed,
 * and while tables are copied. The schemas are the same ones in each run, unless {@code
 * -Dpgqconnect.constraints.seconds=600} makes it a soak test of others; {@code
 * -Dpgqconnect.constraints.seed=N} repeats a round that failed.
 */
class GeneratedConstraintsIT {
  private static final Logger LOG = LoggerFactory.getLogger(GeneratedConstraintsIT.class);
  private static final int TRANSACTIONS = 40;

  @Test
  void everyBatchOfTheProviderIsApplied() throws Exception {
    Long fixed = Long.getLong("pgqconnect.constraints.seed");
    if (fixed != null) {
      round(fixed);
      return;
    }
    Long seconds = Long.getLong("pgqconnect.constraints.seconds");
    long until = System.nanoTime() + (seconds == null ? 60 : seconds) * 1_000_000_000L;
    long seed = seconds == null ? 1 : System.currentTimeMillis() * 1000;
    do {
      round(seed++);
    } while (System.nanoTime() < until);
  }

  private static void round(long seed) throws Exception {
    LOG.info("Round with -Dpgqconnect.constraints.seed={}", seed);
    Random random = new Random(seed);
    boolean replica = random.nextBoolean();
    RandomSchema schema = new RandomSchema(random, replica, TestDatabase.major());
    try (TestDatabase provider = new TestDatabase();
        TestDatabase subscriber = new TestDatabase()) {
      prepare(provider, schema);
      provider.run("CREATE SEQUENCE births");
      prepare(subscriber, schema);
      subscriber.createPlainWriter();
      String role = replica ? "postgres" : "plain";
      try (TestWorker worker =
              new TestWorker(
                  subscriber.config("database.user", role, "buffer.max.rows", "1000"), false);
          Connection writer = provider.connectAs("postgres")) {
        write(writer, schema, random, 5);
        try (TestProvider source =
            new TestProvider(
                provider, "copy.chunk.rows", Integer.toString(1 + random.nextInt(4)))) {
          new Round(seed, random, schema, provider, subscriber, worker, source).run(writer);
        }
      } catch (Exception | AssertionError e) {
        throw new AssertionError(
            "-Dpgqconnect.constraints.seed=%d, replica=%s:%n%s;"
                .formatted(seed, replica, String.join(";\n", schema.ddl())),
            e);
      }
    }
  }

  private static void prepare(TestDatabase database, RandomSchema schema) {
    database.run("CREATE EXTENSION btree_gist");
    database.run(
        "CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level2', deterministic ="
            + " false)");
    schema.ddl().forEach(database::run);
  }

  /** Some transactions; statements that the provider refuses are undone. */
  private static void write(Connection writer, RandomSchema schema, Random random, int count)
      throws SQLException {
    writer.setAutoCommit(false);
    try (Statement statement = writer.createStatement()) {
      for (int i = 0; i < count; i++) {
        int statements = random.nextInt(15) == 0 ? 400 : 1 + random.nextInt(12);
        for (int k = 0; k < statements; k++) {
          Savepoint before = writer.setSavepoint();
          try {
            statement.execute(schema.statement());
            writer.releaseSavepoint(before);
          } catch (SQLException e) {
            writer.rollback(before);
          }
        }
        try {
          writer.commit();
        } catch (SQLException e) {
          writer.rollback(); // A deferred constraint.
        }
      }
    }
  }

  private record Round(
      long seed,
      Random random,
      RandomSchema schema,
      TestDatabase provider,
      TestDatabase subscriber,
      TestWorker worker,
      TestProvider source) {

    void run(Connection writer) throws Exception {
      boolean started = false;
      int copies = random.nextInt(3);
      int noted = -1;
      for (int i = 0; i < TRANSACTIONS; i++) {
        write(writer, schema, random, 1);
        if (random.nextInt(3) == 0) {
          source.poll(worker);
        }
        if (started && random.nextInt(4) == 0) {
          worker.poll();
        }
        if (!started && i > 3) {
          publishAll(1);
          worker.maxPollRecords = 1 + random.nextInt(300);
          worker.start();
          started = true;
        }
        if (i == TRANSACTIONS / 4) {
          settle();
          noted = Integer.parseInt(provider.value("SELECT last_value FROM births"));
          for (String table : schema.tables()) {
            subscriber.run("ALTER TABLE " + table + " ADD note text");
            subscriber.run("UPDATE " + table + " SET note = 'n' || b");
          }
        }
        if (i > TRANSACTIONS / 3 && copies > 0 && random.nextInt(8) == 0) {
          copies--;
          String table = schema.tables().get(random.nextInt(schema.tables().size()));
          if (random.nextBoolean()) {
            leaveBehind(writer, table);
          }
          try (Connection connection = provider.connectAs("postgres")) {
            CopyRequests.request(connection, "bank", new TableId("public", table));
          }
        }
      }
      settle();
      for (String table : schema.tables()) {
        assertThat(
                subscriber.rows(
                    "SELECT * FROM %s WHERE b <= %d AND note IS DISTINCT FROM 'n' || b"
                        .formatted(table, noted)))
            .as("columns of %s that only the subscriber has", table)
            .isEmpty();
      }
    }

    /** The table waits for its copy, and what refers to it and what it refers to goes on. */
    private void leaveBehind(Connection writer, String table) throws Exception {
      worker.stop();
      subscriber.run(
          "UPDATE pgq_connect.subscribed_table SET state = 'expecting-copy' WHERE table_name = '%s'"
              .formatted(table));
      worker.start();
      for (int i = 0; i < 3; i++) {
        write(writer, schema, random, 1);
        source.poll(worker);
        worker.poll();
      }
    }

    private void publishAll(int ticks) throws InterruptedException {
      for (int i = 0; i < ticks; i++) {
        source.poll(worker);
      }
    }

    /** Until all that was written is applied, all tables are copied and equal. */
    private void settle() throws InterruptedException {
      long patience = System.nanoTime() + 120_000_000_000L;
      while (true) {
        source.poll(worker);
        worker.poll();
        List<String> open =
            subscriber.rows(
                "SELECT table_name, state, note FROM pgq_connect.subscribed_table WHERE state <>"
                    + " 'ok'");
        boolean allKnown =
            subscriber
                .value("SELECT count(*) FROM pgq_connect.subscribed_table")
                .equals("" + schema.tables().size());
        List<String> different = open.isEmpty() && allKnown ? different() : open;
        if (allKnown && open.isEmpty() && different.isEmpty() && !copyRequested()) {
          return;
        }
        if (System.nanoTime() > patience) {
          throw new AssertionError("Not equal after two minutes: " + open + different);
        }
      }
    }

    private boolean copyRequested() {
      return !provider
          .value(
              "SELECT count(*) FROM pgq_connect.table_copy WHERE state IN ('requested', 'copying')")
          .equals("0");
    }

    private List<String> different() {
      List<String> result = new ArrayList<>();
      for (String table : schema.tables()) {
        List<String> columns =
            provider.rows(
                "SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = '%s'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY 1"
                    .formatted(table));
        String query =
            "SELECT %s FROM %s ORDER BY id, r".formatted(String.join(", ", columns), table);
        List<String> there = provider.rows(query);
        List<String> here = subscriber.rows(query);
        if (!there.equals(here)) {
          result.add("%s: provider %s, subscriber %s".formatted(table, there, here));
        }
      }
      return result;
    }
  }
}
