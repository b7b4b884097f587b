/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.pgqconnect.failure.Printed.statement;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pgqconnect.connect.Await;
import org.pgqconnect.source.lock.AdvisoryLock;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;

/** Whatever holds rotation up is named, with what fixes it, and what is said fixes it. */
class RotationCheckIT {
  private static final RotationCheck CHECK =
      new RotationCheck("q", "own", Duration.ofMillis(-1), true);

  private static TestDatabase prepare(TestServer server) {
    TestDatabase database = server.newDatabase().withQueue();
    try (TestSession admin = database.open("postgres")) {
      admin.run("update pgq.queue set queue_rotation_period = '0'");
      admin.run("select pgq.register_consumer('q', 'own')");
    }
    return database;
  }

  private static void consume(TestSession session, String consumer) {
    session.run("select txid_current()"); // so that the tick's snapshot lies after step 2
    session.run("select pgq.force_tick('q'), pgq.ticker('q')");
    for (String batch;
        (batch = session.text("select pgq.next_batch('q', '" + consumer + "')")) != null; ) {
      session.run("select pgq.finish_batch(" + batch + ")");
    }
  }

  /** True when a switch to the next table happened. */
  private static boolean rotates(TestSession session) throws SQLException {
    String before = session.text("select queue_cur_table from pgq.queue");
    session.run("select pgq.maint_rotate_tables_step1('q')");
    session.run("select pgq.maint_rotate_tables_step2()");
    return !session.text("select queue_cur_table from pgq.queue").equals(before);
  }

  private static List<RotationBlocker> blockers(TestSession session) throws SQLException {
    return CHECK.look(session.connection()).blockers();
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void aDeadConsumer(TestServer server) throws Exception {
    try (TestDatabase database = prepare(server);
        TestSession session = database.open()) {
      session.run("select pgq.register_consumer('q', 'it''s dead')");
      session.run("select pgq.insert_event('q', 'a', 'b')");
      consume(session, "own");
      assertThat(rotates(session)).isFalse();

      RotationState state = CHECK.look(session.connection());
      assertThat(state.blocked()).isTrue();
      assertThat(state.retainedBytes()).isPositive();
      assertThat(state.pendingEvents()).isZero();
      assertThat(state.blockers()).hasSize(1);
      RotationBlocker blocker = state.blockers().get(0);
      assertThat(blocker.description())
          .startsWith("consumer \"it's dead\" is at tick ")
          .contains("last seen 00:00:0")
          .contains("events pending");
      assertThat(blocker.remedy())
          .isEqualTo(
              "start it, or if it is not needed any more: select pgq.unregister_consumer('q',"
                  + " 'it''s dead')");
      session.run(blocker.remedy().substring(blocker.remedy().indexOf("select")));
      assertThat(rotates(session)).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void theConnectorsOwnConsumer(TestServer server) throws Exception {
    try (TestDatabase database = prepare(server);
        TestSession session = database.open()) {
      session.run("select pgq.insert_event('q', 'a', 'b')");
      session.run("select pgq.insert_event('q', 'a', 'c')");
      session.run("select txid_current()");
      session.run("select pgq.force_tick('q'), pgq.ticker('q')");
      assertThat(rotates(session)).isFalse();
      assertThat(CHECK.look(session.connection()).pendingEvents()).isGreaterThanOrEqualTo(2);
      assertThat(blockers(session)).hasSize(1);
      assertThat(blockers(session).get(0).description())
          .startsWith("this connector's own consumer \"own\" is at tick ")
          .contains("it is paused, or far behind, or Kafka does not take its records");
      assertThat(blockers(session).get(0).remedy())
          .contains("PUT /connectors/<name>/resume")
          .doesNotContain("unregister");
      consume(session, "own");
      assertThat(rotates(session)).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void aLongTransactionOfAnotherDatabase(TestServer server) throws Exception {
    try (TestDatabase database = prepare(server);
        TestDatabase other = server.newDatabase();
        TestSession session = database.open();
        TestSession own = other.open();
        TestSession strange = other.open("postgres")) {
      for (TestSession old : List.of(own, strange)) {
        old.run("set application_name = 'night job'; begin; select txid_current()");
        old.run("select 'password of somebody'");
      }
      consume(session, "own");
      assertThat(rotates(session)).isTrue();
      consume(session, "own");
      assertThat(rotates(session)).as("no tick sees past the switch").isFalse();

      String pid = pid(own);
      String strangePid = pid(strange);
      own.run("select 'password of somebody'");
      assertThat(blockers(session)).hasSize(2);
      RotationBlocker blocker = byIdentity(session, "pid " + pid);
      assertThat(blocker.description())
          .startsWith("the transaction of pid " + pid + " (database it_")
          .contains(
              "user installer, application 'night job', idle in transaction, transaction open for")
          .doesNotContain("select", "password");
      assertThat(blocker.remedy())
          .isEqualTo("end it: select pg_terminate_backend(%s)".formatted(pid));
      assertThat(byIdentity(session, "pid " + strangePid).description())
          .contains(
              "user postgres, application 'night job', what it does is not shown to this role:")
          .contains("GRANT pg_read_all_stats TO \"installer\";");
      seen(database, session, strangePid);

      strange.run("commit");
      session.run(blocker.remedy().substring(blocker.remedy().indexOf("select")));
      assertThatThrownBy(() -> own.run("select 1")).hasMessageContaining("terminat");
      Await.atMost(Duration.ofSeconds(30), "the end of its transaction")
          .until(() -> session.rows("select from pg_locks where pid = ?::int", pid).isEmpty());
      consume(session, "own");
      assertThat(rotates(session)).isTrue();
    }
  }

  private static String pid(TestSession session) {
    return session.text("select pg_backend_pid()");
  }

  /** The reader is in the middle of a batch, as it is for long while Kafka takes a large one. */
  /** What the role is shown after the statement that the description prints. */
  private static void seen(TestDatabase database, TestSession session, String pid)
      throws Exception {
    try (TestSession admin = database.open("postgres")) {
      admin.run(
          statement(
              byIdentity(session, "pid " + pid).description(),
              "not shown to this role: (GRANT .*?;)"));
      try {
        assertThat(byIdentity(session, "pid " + pid).description())
            .contains("idle in transaction, transaction open for");
      } finally {
        admin.run("revoke pg_read_all_stats from installer");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void theConnectorsOwnReaderIsNotToBeEnded(TestServer server) throws Exception {
    try (TestDatabase database = prepare(server);
        TestSession session = database.open();
        TestSession reader = database.open();
        TestSession foreign = database.open()) {
      consume(session, "own");
      assertThat(AdvisoryLock.reader("q", "own").tryTake(reader.connection())).isEmpty();
      for (TestSession any : List.of(reader, foreign)) {
        any.run(
            "set application_name = 'pgq-connect source any'; begin; select txid_current();"
                + " select * from pgq.event_1_1");
      }
      assertThat(rotates(session)).isFalse();
      assertThat(blockers(session)).hasSize(2);
      assertThat(byIdentity(session, "pid " + pid(reader)).description())
          .startsWith("a lock on event table pgq.event_1_1 of pid " + pid(reader))
          .endsWith("this connector's own: it is in the middle of a long batch");
      assertThat(byIdentity(session, "pid " + pid(reader)).remedy())
          .startsWith("wait: rotation continues when the batch is published")
          .doesNotContain("pg_terminate_backend");
      assertThat(byIdentity(session, "pid " + pid(foreign)).description())
          .contains("application 'pgq-connect source any'")
          .endsWith("a connector's: a reader's lasts as long as its batch");
      assertThat(byIdentity(session, "pid " + pid(foreign)).remedy())
          .startsWith("wait. If it does not end, check that connector")
          .doesNotContain("pg_terminate_backend");
      foreign.run("commit");
      reader.run("commit");
      assertThat(rotates(session)).isTrue();

      reader.run("begin; select txid_current()");
      consume(session, "own");
      assertThat(rotates(session)).isTrue();
      consume(session, "own");
      assertThat(rotates(session)).as("no tick sees past the switch").isFalse();
      assertThat(blockers(session)).hasSize(1);
      assertThat(blockers(session).get(0).description())
          .startsWith("the transaction of pid " + pid(reader))
          .endsWith("this connector's own: it is in the middle of a long batch");
      reader.run("commit");
    }
  }

  private static RotationBlocker byIdentity(TestSession session, String identity)
      throws SQLException {
    return blockers(session).stream()
        .filter(b -> b.identity().equals(identity))
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void aPreparedTransaction(TestServer server) throws Exception {
    try (TestDatabase database = prepare(server);
        TestSession session = database.open()) {
      session.run("create table t (id int)");
      String gid = "it's forgotten " + server;
      session.run("begin; insert into t values (1)");
      session.run("prepare transaction '%s'".formatted(gid.replace("'", "''")));
      try {
        consume(session, "own");
        assertThat(rotates(session)).isTrue();
        consume(session, "own");
        assertThat(rotates(session)).isFalse();
        assertThat(blockers(session)).hasSize(1);
        RotationBlocker blocker = blockers(session).get(0);
        assertThat(blocker.description())
            .startsWith("prepared transaction '%s' (database it_".formatted(gid))
            .contains("owner installer, prepared 00:00:0");
        assertThat(blocker.remedy()).contains("commit prepared 'it''s forgotten");
        session.run(blocker.remedy().substring(blocker.remedy().indexOf("rollback prepared")));
      } finally {
        for (String left :
            session.rows("select gid from pg_prepared_xacts where database = current_database()")) {
          session.run("rollback prepared '%s'".formatted(left.replace("'", "''")));
        }
      }
      consume(session, "own");
      assertThat(rotates(session)).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void somebodyReadsTheTableThatIsToBeEmptied(TestServer server) throws Exception {
    try (TestDatabase database = prepare(server);
        TestSession session = database.open();
        TestSession dump = database.open("postgres")) {
      consume(session, "own");
      dump.run("set application_name = 'pg_dump'; begin; select * from pgq.event_1_1");
      assertThat(rotates(session)).isFalse();
      assertThat(blockers(session)).hasSize(1);
      assertThat(blockers(session).get(0).description())
          .startsWith("a lock on event table pgq.event_1_1 of pid ")
          .contains("application 'pg_dump'");
      dump.run("commit");
      assertThat(rotates(session)).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void aSwitchOfTheFuture(TestServer server) throws Exception {
    try (TestDatabase database = prepare(server);
        TestSession session = database.open();
        TestSession admin = database.open("postgres")) {
      admin.run("update pgq.queue set queue_switch_step2 = 8589935592");
      assertThatThrownBy(() -> CHECK.look(session.connection()))
          .hasMessageContaining("its last rotation was made at transaction id 8589935592")
          .hasMessageContaining("provider repair-ticks --queue q --confirm");
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void nobodyRunsTheMaintenance(TestServer server) throws Exception {
    try (TestDatabase database = prepare(server);
        TestSession session = database.open()) {
      consume(session, "own");
      RotationCheck external = new RotationCheck("q", "own", Duration.ofMillis(-1), false);
      assertThat(external.look(session.connection()).blockers().get(0).description())
          .contains("no program runs PgQ's maintenance: pgqd");
      RotationCheck patient = new RotationCheck("q", "own", Duration.ofMinutes(1), false);
      assertThat(patient.look(session.connection()).blocked()).isFalse();
    }
  }
}
