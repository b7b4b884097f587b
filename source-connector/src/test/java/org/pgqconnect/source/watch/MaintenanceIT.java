/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;

/** The maintenance of both engines. */
class MaintenanceIT {
  @ParameterizedTest
  @EnumSource(TestServer.class)
  void goesOnWhereOthersQueuesMayNotBeMaintained(TestServer server) throws Exception {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession admin = database.open("postgres");
        TestSession session = database.open()) {
      admin.run(
          "select pgq.create_queue('aaa'); update pgq.queue set queue_extra_maint ="
              + " '{public.londiste}'");
      admin.run("update pgq.queue set queue_rotation_period = '0' where queue_name = 'q'");
      admin.run(
          "create function public.londiste(text) returns void language plpgsql as $$ begin raise"
              + " insufficient_privilege using message = 'no right on ' || $1; end $$");
      admin.run(
          "create schema pgq_node; create table pgq_node.node_info (queue_name text, node_type"
              + " text)");
      admin.run(
          "create function pgq_node.maint_watermark(text) returns int language sql as 'select 1'");
      String before = session.text("select queue_cur_table from pgq.queue where queue_name = 'q'");
      Maintenance maintenance = new Maintenance("q");
      for (int i = 0; i < 3; i++) {
        maintenance.run(session.connection());
      }
      assertThat(session.text("select queue_cur_table from pgq.queue where queue_name = 'q'"))
          .isNotEqualTo(before);
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void putsAllRetriedEventsBack(TestServer server) throws Exception {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("select pgq.register_consumer('q', 'other')");
      session.run("select pgq.insert_event('q', 'a', n::text) from generate_series(1, 25) n");
      session.run("select pgq.force_tick('q')");
      session.run("select pgq.ticker('q')");
      session.run(
          "select pgq.event_retry(b, ev_id, 0) from pgq.next_batch('q', 'other') b, pgq.event_1");
      session.run("select pgq.finish_batch(sub_batch) from pgq.subscription");
      assertThat(session.text("select count(*) from pgq.retry_queue")).isEqualTo("25");

      new Maintenance("q").run(session.connection());

      assertThat(session.rows("select ev_retry from pgq.event_1 where ev_retry is not null"))
          .isEqualTo(Collections.nCopies(25, "1"));
      assertThat(session.text("select count(*) from pgq.retry_queue")).isEqualTo("0");
    }
  }
}
