/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.local.postgres.PostgresServer;
import org.pgqconnect.local.postgres.PostgresSetup;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestSession;

/** One queue's life with the built-in engine, on every major version that is supported. */
class MajorVersionsIT {

  private static final String TICK = "select pgq.force_tick('q'), pgq.ticker('q')";

  @ParameterizedTest
  @ValueSource(ints = {13, 14, 15, 16, 17, 18})
  void aQueueLives(int major) throws Exception {
    PostgresSetup setup =
        PostgresServer.embedded(major).notDurable().setting("shared_buffers", "16MB");
    setup.unavailable().ifPresent(reason -> assumeTrue(false, reason));
    try (PostgresServer server = setup.start();
        TestDatabase database = TestDatabase.create(server, false).withQueue();
        TestSession session = database.open()) {
      assertThat(session.text("show server_version")).startsWith(major + ".");
      session.run("select pgq.register_consumer('q', 'c')");
      session.run(
          """
          create table t (id int primary key, v numeric, at date);
          create trigger l after insert or update or delete on t for each row
              execute function pgq.logutriga('q', 'backup', 'ev_extra3=id+1');
          create trigger s after insert or update or delete on t for each row execute function pgq.sqltriga('q');
          create trigger j after insert or update or delete on t for each row
              execute function pgq.jsontriga('q', 'when=v > 1');
          create trigger r after truncate on t for each statement execute function pgq.logutriga('q');
          create table captured (id int primary key, v text);
          """);
      session.run("select pgq_connect.add_table('q', 'captured')");
      session.run("insert into t values (1, 1.5, '2020-02-03')");
      session.run("update t set v = 2");
      session.run("update t set v = 2.0");
      session.run("truncate t");
      session.run("insert into captured values (1, 'a')");
      session.run("update captured set id = 2");
      session.run("select pgq.insert_event('q', 'own', 'event')");
      session.run(TICK);

      List<String> events =
          session.rows(
              "select ev_type, ev_data, ev_extra2, ev_extra3 from pgq.get_batch_events("
                  + "pgq.next_batch('q', 'c')) where ev_extra1 = 'public.t' or ev_extra1 is null");
      assertThat(events)
          .containsExactly(
              "{\"op\":\"INSERT\",\"table\":[\"public\",\"t\"],\"pkey\":[\"id\"]}"
                  + "|{\"id\":1,\"v\":\"1.5\",\"at\":\"2020-02-03\"}|null|null",
              "I:id|id=1&v=1.5&at=2020-02-03|null|2",
              "I|(id,v,at) values ('1','1.5','2020-02-03')|null|null",
              "{\"op\":\"UPDATE\",\"table\":[\"public\",\"t\"],\"pkey\":[\"id\"]}"
                  + "|{\"id\":1,\"v\":\"2\",\"at\":\"2020-02-03\"}|null|null",
              "U:id|id=1&v=2&at=2020-02-03|id=1&v=1.5&at=2020-02-03|2",
              "U|v='2' where id='1'|null|null",
              "{\"op\":\"UPDATE\",\"table\":[\"public\",\"t\"],\"pkey\":[\"id\"]}"
                  + "|{\"id\":1,\"v\":\"2.0\",\"at\":\"2020-02-03\"}|null|null",
              "U:id|id=1&v=2.0&at=2020-02-03|id=1&v=2&at=2020-02-03|2",
              "U|id='1' where id='1'|null|null",
              "R||null|null",
              "own|event|null|null");
      assertThat(
              session.text(
                  "select count(*) from pgq.get_batch_events(1) where ev_extra1 ="
                      + " 'public.captured'"))
          .isEqualTo("3");
      session.connection().setAutoCommit(false);
      assertThat(session.rows("select ev_id from pgq.get_batch_cursor(1, 'cur', 2)")).hasSize(2);
      assertThat(session.rows("fetch all from cur")).hasSize(12);
      session.connection().commit();
      session.connection().setAutoCommit(true);

      session.run("select pgq.event_retry(1, (select max(ev_id) from pgq.get_batch_events(1)), 0)");
      session.run("select pgq.finish_batch(1)");
      assertThat(session.text("select pgq.maint_retry_events()")).isEqualTo("1");
      for (int rotation = 1; rotation <= 3; rotation++) {
        session.run("update pgq.queue set queue_rotation_period = '0'");
        session.run("select pgq.maint_rotate_tables_step1('q')");
        session.run("select pgq.maint_rotate_tables_step2()");
        session.run("select pgq.insert_event('q', 'rotation', '" + rotation + "')");
        session.run(TICK);
        assertThat(session.text("select queue_cur_table from pgq.queue"))
            .isEqualTo(Integer.toString(rotation % 3));
        String batch = session.text("select pgq.next_batch('q', 'c')");
        assertThat(session.rows("select ev_type, ev_data from pgq.get_batch_events(" + batch + ")"))
            .containsExactlyElementsOf(
                rotation == 1
                    ? List.of("own|event", "rotation|1")
                    : List.of("rotation|" + rotation));
        session.run("select pgq.finish_batch(" + batch + ")");
      }
      session.run(TICK);
      assertThat(new EngineInstaller().install(session.connection()).kind())
          .isEqualTo(EngineKind.BUILT_IN);
      session.run("drop table t, captured");
      assertThat(session.text("select pgq.drop_queue('q', true)")).isEqualTo("1");
      new EngineInstaller().uninstall(session.connection(), new Removal(null, null, false));
    }
  }
}
