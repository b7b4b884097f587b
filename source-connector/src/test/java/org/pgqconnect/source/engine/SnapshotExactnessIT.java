/*
 * Copyright pgq-connect contributors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package org.pgqconnect.source.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;

/**
 * Whatever writers do, every committed event is in exactly one batch, and in none before its commit
 * began. Ticks and rotations happen at random moments meanwhile.
 */
class SnapshotExactnessIT {

  private static final int WRITERS = 8;
  private static final int TRANSACTIONS = 60;

  private final AtomicLong number = new AtomicLong();
  private final Set<String> commitBegun = ConcurrentHashMap.newKeySet();
  private final Set<String> committed = ConcurrentHashMap.newKeySet();
  private final Map<String, Long> batchOf = new ConcurrentHashMap<>();
  private final List<String> wrong = new ArrayList<>();

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void putsEveryCommittedEventIntoExactlyOneBatch(TestServer server) throws Exception {
    long seed = System.nanoTime();
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("select pgq.register_consumer('q', 'c')");
      session.run("update pgq.queue set queue_rotation_period = '20 ms'");
      AtomicBoolean writing = new AtomicBoolean(true);
      ExecutorService pool = Executors.newCachedThreadPool();
      try {
        List<Future<?>> writers = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
          Random random = new Random(seed + i);
          boolean repeatableRead = server == TestServer.EMBEDDED && i == 0;
          writers.add(pool.submit(() -> write(database, random, repeatableRead)));
        }
        Future<?> ticker = pool.submit(() -> tickAndRotate(database, new Random(seed), writing));
        Future<?> consumer = pool.submit(() -> consume(database, writing));
        for (Future<?> writer : writers) {
          writer.get();
        }
        writing.set(false);
        ticker.get();
        consumer.get();
      } finally {
        pool.shutdownNow();
      }

      assertThat(wrong).as("seed " + seed).isEmpty();
      assertThat(batchOf.keySet()).as("seed " + seed).isEqualTo(committed);
      assertThat(committed).hasSizeGreaterThan(WRITERS * TRANSACTIONS);
      assertThat(new java.util.HashSet<>(batchOf.values())).as("batches").hasSizeGreaterThan(20);
    }
  }

  private void write(TestDatabase database, Random random, boolean repeatableRead) {
    try (TestSession session = database.open()) {
      if (repeatableRead) {
        session.connection().setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      }
      for (int i = 0; i < TRANSACTIONS; i++) {
        session.run("begin");
        List<String> events = new ArrayList<>();
        if (random.nextInt(4) == 0) {
          session.run("select 1");
          pause(random, 15);
        }
        insert(session, random, events);
        if (random.nextInt(3) == 0) {
          subtransaction(session, random, events);
        }
        pause(random, random.nextInt(10) == 0 ? 120 : 6);
        end(session, random, events);
      }
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private void subtransaction(TestSession session, Random random, List<String> events) {
    List<String> inner = new ArrayList<>();
    session.run("savepoint s");
    insert(session, random, inner);
    if (random.nextBoolean()) {
      session.run("rollback to s");
    } else {
      session.run("release s");
      events.addAll(inner);
    }
    insert(session, random, events);
  }

  private void end(TestSession session, Random random, List<String> events) throws Exception {
    int kind = random.nextInt(10);
    if (kind < 2) {
      session.run("rollback");
    } else if (kind < 4) {
      String name = "p" + number.incrementAndGet();
      session.run("prepare transaction '" + name + "'");
      pause(random, 20);
      if (kind == 2) {
        session.run("rollback prepared '" + name + "'");
      } else {
        commit(session, "commit prepared '" + name + "'", events);
      }
    } else {
      commit(session, "commit", events);
    }
  }

  private void commit(TestSession session, String sql, List<String> events) {
    commitBegun.addAll(events);
    session.run(sql);
    committed.addAll(events);
  }

  private void insert(TestSession session, Random random, List<String> events) {
    for (int i = random.nextInt(4); i >= 0; i--) {
      String event = "e" + number.incrementAndGet();
      session.text("select pgq.insert_event('q', 'kind', ?)", event);
      events.add(event);
    }
  }

  private void tickAndRotate(TestDatabase database, Random random, AtomicBoolean writing) {
    try (TestSession session = database.open()) {
      while (writing.get()) {
        session.run("select pgq.force_tick('q')");
        session.run("select pgq.ticker('q')");
        pause(random, 12);
        if (random.nextInt(3) == 0) {
          session.run("select pgq.maint_rotate_tables_step1('q')");
          session.run("select pgq.maint_rotate_tables_step2()");
        }
      }
      session.run("select pgq.force_tick('q')");
      session.run("select pgq.ticker('q')");
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void consume(TestDatabase database, AtomicBoolean writing) {
    try (TestSession session = database.open()) {
      int idle = 0;
      while (writing.get() || idle < 20) {
        String batch = session.text("select pgq.next_batch('q', 'c')");
        if (batch == null) {
          idle++;
          Thread.sleep(5);
          continue;
        }
        idle = 0;
        for (String event :
            session.rows("select ev_data from pgq.get_batch_events(?)", Long.parseLong(batch))) {
          if (!commitBegun.contains(event)) {
            wrong.add(event + " was delivered before its commit");
          }
          if (batchOf.put(event, Long.parseLong(batch)) != null) {
            wrong.add(event + " was delivered twice");
          }
        }
        session.run("select pgq.finish_batch(" + batch + ")");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void pause(Random random, int most) throws InterruptedException {
    Thread.sleep(random.nextInt(most));
  }
}
