/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;
import org.pgqconnect.source.watch.Maintenance;

/** A transaction that begins to write after rotations that its snapshot does not see. */
class LateWriterIT {
  private static final int REPEATABLE_READ = Connection.TRANSACTION_REPEATABLE_READ;

  static List<Object[]> servers() {
    List<Object[]> all = new ArrayList<>();
    for (TestServer server : TestServer.values()) {
      for (int isolation : new int[] {REPEATABLE_READ, Connection.TRANSACTION_SERIALIZABLE}) {
        for (int rotations = 1; rotations <= 3; rotations++) {
          all.add(new Object[] {server, isolation, rotations});
        }
      }
    }
    return all;
  }

  private static TestDatabase prepare(TestServer server) {
    TestDatabase database = server.newDatabase().withQueue();
    try (TestSession session = database.open()) {
      session.run("update pgq.queue set queue_rotation_period = '0'");
      session.run("select pgq.register_consumer('q', 'c')");
    }
    return database;
  }

  private static void takeSnapshot(TestSession late, int isolation) throws SQLException {
    late.connection().setTransactionIsolation(isolation);
    late.connection().setAutoCommit(false);
    late.run("select count(*) from pgq.queue");
  }

  private static void write(TestSession session, String data) {
    session.run("select pgq.insert_event('q', 'a', '" + data + "')");
  }

  /** Step 1 and step 2 with what they need; true when the queue's table is another one then. */
  private static boolean rotates(TestSession session) throws SQLException {
    String before = session.text("select queue_cur_table from pgq.queue");
    new Maintenance("q").run(session.connection());
    new Maintenance("q").run(session.connection());
    return !session.text("select queue_cur_table from pgq.queue").equals(before);
  }

  private static List<String> consume(TestSession session) {
    session.run("select txid_current()"); // so that the tick's snapshot lies after step 2
    session.run("select pgq.force_tick('q'), pgq.ticker('q')");
    List<String> events = new ArrayList<>();
    for (String batch; (batch = session.text("select pgq.next_batch('q', 'c')")) != null; ) {
      String sql = session.text("select pgq_connect.batch_event_sql(" + batch + ")");
      events.addAll(session.rows("select ev_data from (" + sql + ") batch"));
      session.run("select pgq.finish_batch(" + batch + ")");
    }
    return events;
  }

  @ParameterizedTest
  @MethodSource("servers")
  void itsEventsAreRead(TestServer server, int isolation, int rotations) throws Exception {
    try (TestDatabase database = prepare(server);
        TestSession session = database.open();
        TestSession late = database.open()) {
      takeSnapshot(late, isolation);
      for (int i = 0; i < rotations; i++) {
        write(session, "before " + i);
        assertThat(consume(session)).containsExactly("before " + i);
        assertThat(rotates(session)).isTrue();
      }
      assertThat(consume(session)).isEmpty();

      write(late, "late 1");
      write(session, "meanwhile 1");
      assertThat(consume(session)).containsExactly("meanwhile 1");
      write(session, "meanwhile 2");
      write(late, "late 2");
      late.connection().commit();
      write(session, "after");
      assertThat(consume(session)).containsExactly("late 1", "meanwhile 2", "late 2", "after");
      assertThat(consume(session)).as("each event once").isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void theTableOfItsUnreadEventsIsNotEmptied(TestServer server) throws Exception {
    try (TestDatabase database = prepare(server);
        TestSession session = database.open();
        TestSession late = database.open()) {
      takeSnapshot(late, REPEATABLE_READ);
      for (int i = 0; i < 2; i++) {
        consume(session);
        assertThat(rotates(session)).isTrue();
      }
      consume(session);
      String before = session.text("select max(tick_id) from pgq.tick");

      write(late, "late");
      assertThat(rotates(session)).as("the writer holds the table").isFalse();
      late.connection().commit();
      assertThat(rotates(session)).as("its event is not read").isFalse();
      assertThat(consume(session)).containsExactly("late");
      consume(session);
      assertThat(rotates(session)).isTrue();
      assertThatThrownBy(
              () -> session.run("select pgq.register_consumer_at('q', 'c', " + before + ")"))
          .as("the late event is gone, so nobody may start before it")
          .hasMessageContaining("cannot reposition, tick not found: " + before);
    }
  }
}
