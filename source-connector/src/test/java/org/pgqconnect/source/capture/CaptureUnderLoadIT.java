/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.source.engine.LockAttempts;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;

/**
 * Tables are added and removed over and over, by several sessions, while eight writers write to all
 * of them in every order and one transaction stays open for long: no writer is harmed.
 */
class CaptureUnderLoadIT {
  private static final List<String> TABLES = List.of("a", "b", "c", "p");
  private static final int WRITERS = 8;
  private static final Duration LOCK_TIMEOUT = Duration.ofMillis(500);

  /** Less than the long transaction takes, far more than the lock timeout on a busy machine. */
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(7);

  private static final Duration LONG_TRANSACTION = Duration.ofSeconds(8);

  private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
  private final AtomicLong longestWaitNanos = new AtomicLong();
  private final AtomicInteger transactions = new AtomicInteger();
  private volatile boolean captured;
  private volatile boolean stopping;

  private interface Work {
    void run() throws Exception;
  }

  private Thread thread(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (Exception | AssertionError e) {
                failures.add(String.valueOf(e.getMessage()));
              }
            });
    thread.start();
    return thread;
  }

  private void timed(TestSession session, String sql) {
    long begin = System.nanoTime();
    session.run(sql);
    longestWaitNanos.accumulateAndGet(System.nanoTime() - begin, Math::max);
  }

  /** Rows of its own, so that writers never wait for each other. */
  private void write(TestDatabase database, int writer) {
    Random random = new Random(writer);
    try (TestSession session = database.open()) {
      for (int i = 0; !stopping; i++) {
        String mark = captured ? "captured" : "before";
        int id = writer * 1_000_000 + i;
        List<String> order = new ArrayList<>(TABLES);
        Collections.shuffle(order, random);
        timed(session, "begin");
        for (String table : order) {
          // Reads first, as applications do: a reader that becomes a writer must not deadlock.
          timed(session, "select count(*) from %s where id = %d".formatted(table, id));
          timed(session, "insert into %s values (%d, '%s')".formatted(table, id, mark));
          timed(session, "update %s set v = v || '+' where id = %d".formatted(table, id));
        }
        timed(session, random.nextInt(10) == 0 ? "rollback" : "commit");
        transactions.incrementAndGet();
      }
    }
  }

  private void change(TestDatabase database, int seed, CaptureInstaller installer)
      throws SQLException {
    Random random = new Random(seed);
    try (TestSession session = database.open()) {
      while (!changersStop) {
        TableId table = new TableId("public", TABLES.get(random.nextInt(TABLES.size())));
        installer.add(session.connection(), "q", table, CaptureOptions.defaults());
        installer.verify(session.connection(), "q");
        if (random.nextBoolean()) {
          try {
            installer.refresh(session.connection(), "q", table);
          } catch (SQLException e) {
            assertThat(e.getMessage()).contains("is not captured"); // the other one removed it
          }
        }
        installer.remove(session.connection(), "q", table);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void noWriterIsHarmed(TestServer server) throws Exception {
    CaptureInstaller installer =
        new CaptureInstaller(new LockAttempts(LOCK_TIMEOUT, 40, Duration.ofMillis(50)));
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open();
        TestSession old = database.open()) {
      session.run(
          """
          create table a (id int primary key, v text);
          create table b (id int primary key, v text);
          create table c (id int primary key, v text);
          create table p (id int primary key, v text) partition by range (id);
          create table p1 partition of p for values from (minvalue) to (4000000);
          create table p2 partition of p for values from (4000000) to (maxvalue)\
          """);
      List<Thread> writers = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        int writer = i;
        writers.add(thread(() -> write(database, writer)));
      }
      old.run("begin; insert into c values (-1, 'long'); select count(*) from a");
      List<Thread> changers = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        int seed = i;
        changers.add(thread(() -> change(database, seed, installer)));
      }
      Thread.sleep(LONG_TRANSACTION.toMillis());
      old.run("commit");
      Thread.sleep(500);
      stopChangers(changers);
      for (String table : TABLES) {
        installer.add(
            session.connection(), "q", new TableId("public", table), CaptureOptions.defaults());
      }
      captured = true;
      int before = transactions.get();
      while (transactions.get() < before + 20 * WRITERS && failures.isEmpty()) {
        Thread.sleep(20);
      }
      stopping = true;
      for (Thread writer : writers) {
        writer.join();
      }

      assertThat(failures).isEmpty();
      assertThat(Duration.ofNanos(longestWaitNanos.get()))
          .as("longest wait of a writer")
          .isLessThan(LONGEST_WAIT);
      for (String table : TABLES) {
        String marked = "select count(*) from %s where v = 'captured+'".formatted(table);
        String rows = session.text(marked);
        assertThat(Integer.parseInt(rows)).isPositive();
        assertThat(
                session.events("public." + table).stream()
                    .filter(e -> e.startsWith("c|") && e.contains(",captured)"))
                    .count())
            .as("rows of %s inserted after it was added", table)
            .isEqualTo(Long.parseLong(rows));
      }
    }
  }

  private volatile boolean changersStop;

  private void stopChangers(List<Thread> changers) throws InterruptedException {
    changersStop = true;
    for (Thread changer : changers) {
      changer.join();
    }
  }
}
