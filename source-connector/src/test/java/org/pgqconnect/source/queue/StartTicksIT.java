/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pgqconnect.batch.StartTick;
import org.pgqconnect.source.history.TickRepair;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;

/** The ticks that batches name, of a queue that was ticked while nobody read it. */
class StartTicksIT {
  private static final int WANTED = 1_000_000;

  private static TestDatabase prepare(TestServer server) {
    TestDatabase database = server.newDatabase().withQueue();
    try (TestSession session = database.open()) {
      session.run("select pgq.ticker('q')");
      session.run("select pgq.register_consumer('q', 'c')");
      session.run("select pgq.set_queue_config('q', 'external_ticker', 'true')");
    }
    return database;
  }

  /** Makes ticks, each so many events after the one before. */
  private static void tick(TestSession session, int ticks, int events) {
    session.rows(
        """
        select count(pgq.ticker('q', t.tick_id + i, now() + i * interval '1 second', t.tick_event_seq + i * ?::int))::text
          from (select * from pgq.tick order by tick_id desc limit 1) t, generate_series(1, ?::int) i\
        """,
        String.valueOf(events),
        String.valueOf(ticks));
  }

  private static List<OpenBatch> readAll(Queue queue, long newest) throws SQLException {
    List<OpenBatch> batches = new ArrayList<>();
    Tick position = queue.subscription().orElseThrow();
    for (Optional<OpenBatch> next;
        (next = queue.nextBatch(position, WANTED, newest)).isPresent(); ) {
      batches.add(next.get());
      queue.finish(next.get());
      position = next.get().tick();
    }
    return batches;
  }

  private static void assertAllAreNamed(List<OpenBatch> batches, TestSession session) {
    assertThat(batches).allMatch(batch -> batch.startTicks().size() <= StartTicks.MOST);
    assertThat(batches).allMatch(b -> b.startTicks().get(0).id() == b.bounds().prevTickId());
    assertThat(batches.stream().flatMap(b -> b.startTicks().stream()).map(StartTick::id))
        .map(String::valueOf)
        .containsExactlyElementsOf(
            session.rows(
                """
                select tick_id::text from pgq.tick t
                 where tick_id >= ?::bigint and tick_id < (select max(tick_id) from pgq.tick) order by t.tick_id\
                """,
                String.valueOf(batches.get(0).bounds().prevTickId())));
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void aLongBacklogIsReadInBatchesThatNameAllTheirTicks(TestServer server) throws Exception {
    try (TestDatabase database = prepare(server);
        TestSession session = database.open()) {
      tick(session, 3500, 2);
      Queue queue = new Queue(session.connection(), "q", "c");
      List<OpenBatch> batches = readAll(queue, queue.lastTick().orElseThrow().id());
      assertThat(batches).hasSize(4);
      assertAllAreNamed(batches, session);
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void moreIdleTicksThanABatchMayNameAreReadOneByOne(TestServer server) throws Exception {
    try (TestDatabase database = prepare(server);
        TestSession session = database.open()) {
      tick(session, 1100, 0);
      tick(session, 10, 5);
      Queue queue = new Queue(session.connection(), "q", "c");
      List<OpenBatch> batches = readAll(queue, queue.lastTick().orElseThrow().id());
      assertThat(batches.get(0).startTicks()).hasSize(1);
      assertThat(batches).hasSizeBetween(100, 120);
      assertAllAreNamed(batches, session);
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void aLongerBatchThatAnEarlierSessionLeftOpenIsCutShorter(TestServer server) throws Exception {
    try (TestDatabase database = prepare(server);
        TestSession session = database.open()) {
      tick(session, 2500, 1);
      Queue queue = new Queue(session.connection(), "q", "c");
      Tick position = queue.subscription().orElseThrow();
      OpenBatch left = queue.nextBatch(position, WANTED, 0).orElseThrow();
      assertThat(left.tick()).isEqualTo(queue.lastTick().orElseThrow());
      assertThat(left.startTicks()).isEmpty();
      List<OpenBatch> batches = readAll(queue, left.tick().id());
      assertThat(batches).hasSizeLessThan(6);
      assertThat(batches.get(0).bounds().prevTickId()).isEqualTo(position.id());
      assertAllAreNamed(batches, session);
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void ticksBeforeARepairAreNotNamed(TestServer server) throws Exception {
    try (TestDatabase database = prepare(server);
        TestSession session = database.open()) {
      tick(session, 3, 1);
      session.connection().setAutoCommit(false);
      TickRepair.Plan repaired = new TickRepair("q").run(session.connection());
      session.connection().commit();
      session.connection().setAutoCommit(true);
      session.run("select pgq.set_queue_config('q', 'external_ticker', 'true')");
      tick(session, 2, 1);
      Queue queue = new Queue(session.connection(), "q", "c");
      List<OpenBatch> batches = readAll(queue, queue.lastTick().orElseThrow().id());
      assertThat(batches.stream().flatMap(b -> b.startTicks().stream()).map(StartTick::id))
          .containsExactly(repaired.nextTick(), repaired.nextTick() + 1);
      assertThat(batches.get(0).bounds().prevTickId()).isLessThan(repaired.lastTick());
    }
  }
}
