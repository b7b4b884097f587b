/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;

/** What others plant into a database must not run with our rights, nor be taken for ours. */
class EngineSafetyIT {

  private static final String UNPINNED =
      """
      select p.oid::regprocedure::text
        from pg_proc p
       where p.pronamespace = any (?::regnamespace[])
         and not exists (select from unnest(p.proconfig) setting
                          where setting = 'search_path=pg_catalog, pg_temp')
         and %s
       order by 1\
      """;

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void whatRunsWithItsOwnersRightsChoosesItsSearchPath(TestServer server) {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          """
          create table t (id int primary key, v text);
          create table parts (id int primary key) partition by range (id);
          select pgq_connect.add_table('q', 't'), pgq_connect.add_table('q', 'parts')\
          """);
      String ours = server == TestServer.EMBEDDED ? "{pgq,pgq_connect}" : "{pgq_connect}";
      assertThat(session.rows(UNPINNED.formatted("p.prosecdef"), ours)).isEmpty();
    }
  }

  /** These run as the caller: in the caller's path too, because the caller's expressions do. */
  @Test
  void whatRunsInTheCallersSearchPathIsKnown() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      assertThat(
              session.rows(
                  UNPINNED.formatted("true").replace("::text", "::oid::regproc::text"), "{pgq}"))
          .containsOnly(
              "pgq._trigger_condition",
              "pgq._trigger_event",
              "pgq._trigger_expression",
              "pgq.get_batch_cursor",
              "pgq.jsontriga",
              "pgq.logutriga",
              "pgq.sqltriga");
    }
  }

  @Test
  void plantedObjectsAreNotUsed() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          """
          create table public.t (id int primary key, n numeric, v varchar, j json, d date);
          create trigger l after insert or update or delete on public.t for each row execute function pgq.logutriga('q', 'backup');
          create trigger s after insert or update or delete on public.t for each row execute function pgq.sqltriga('q', 'ignore=j');
          create trigger j after insert or update or delete on public.t for each row execute function pgq.jsontriga('q');
          create table public.c (id int primary key);
          select pgq_connect.add_table('q', 'public.c');
          create schema evil;
          """);
      plant(session);
      session.run("set search_path = evil, public, pg_catalog");
      session.run(
          """
          create temp table queue (queue_name pg_catalog.text);
          create temp table tick ();
          create temp table pg_attribute ();
          create temp table pg_index ();
          create temp table event_1_0 ();
          """);
      session.run("select pgq.register_consumer('q', 'c'), pgq.insert_event('q', 'a', 'b')");
      session.run("insert into public.t values (1, 1.0, 'a b', '{}', '2020-01-01')");
      session.run("update public.t set n = 1.00, v = 'x'");
      session.run("delete from public.t");
      session.run("insert into public.c values (1)");
      session.run("select pgq.force_tick('q'), pgq.ticker('q')");
      assertThat(session.text("select pgq.next_batch('q', 'c')")).isEqualTo("1");
      assertThat(session.rows("select ev_data from pgq.get_batch_events(1)"))
          .hasSize(11)
          .startsWith(
              "b",
              "{\"id\":1,\"n\":\"1.0\",\"v\":\"a b\",\"j\":\"{}\",\"d\":\"2020-01-01\"}",
              "id=1&n=1.0&v=a+b&j=%7b%7d&d=2020-01-01",
              "(id,n,v,d) values ('1','1.0','a b','2020-01-01')");
      session.run("begin; select pgq.get_batch_cursor(1, 'cur', 3); close cur; commit");
      session.run("select pgq.event_retry(1, 1, 0), pgq.batch_retry(1, 0), pgq.finish_batch(1)");
      session.run("select pgq.maint_retry_events()");
      session.run("update pgq.queue set queue_rotation_period = pg_catalog.interval '0'");
      session.run("select pgq.maint_rotate_tables_step1('q')");
      session.run("select pgq.maint_rotate_tables_step2()");
      session.run("select pgq.get_queue_info(), pgq.get_consumer_info(), pgq.maint_operations()");
      session.run(
          "select pgq.create_queue('r'), pgq.set_queue_config('r', 'ticker_paused', 'true')");
      session.run("select pgq.drop_queue('r', true), pgq.unregister_consumer('q', 'c')");
    }
  }

  /** Functions, operators and a type of schema evil that raise an error when anything uses them. */
  private static void plant(TestSession session) {
    session.run(
        """
        create function evil.boom() returns boolean language plpgsql as $$ begin raise 'hijacked'; end $$;
        do $$
        declare f record; o record;
        begin
            -- Same names and arguments as PostgreSQL's own, so that an unqualified call would find these first.
            for f in
                select p.proname, pg_get_function_identity_arguments(p.oid) as args, p.prorettype::regtype as result
                  from pg_proc p
                 where p.pronamespace = 'pg_catalog'::regnamespace and p.prokind = 'f' and not p.proretset
                   and p.provariadic = 0 and p.proargmodes is null
                   and p.proname in ('now', 'nextval', 'setval', 'current_setting', 'set_config', 'quote_ident', 'quote_literal',
                                     'replace', 'strpos', 'substr', 'left', 'length', 'array_append', 'array_position', 'record_eq',
                                     'array_to_string', 'string_to_array', 'row_to_json', 'to_json', 'txid_current',
                                     'txid_current_snapshot', 'txid_snapshot_xmax', 'txid_snapshot_xmin',
                                     'txid_visible_in_snapshot', 'clock_timestamp', 'pg_advisory_xact_lock', 'split_part',
                                     'cardinality', 'format', 'rtrim', 'convert_to', 'encode', 'regexp_replace')
            loop
                execute format('create function evil.%I(%s) returns %s language plpgsql as %L',
                               f.proname, f.args, f.result, 'begin raise ''hijacked''; end');
            end loop;
            for o in
                select oprname, oprleft::regtype as l, oprright::regtype as r
                  from pg_operator
                 where oprresult = 'bool'::regtype and oprname in ('=', '<>', '<', '<=', '>=', '>')
                   and oprleft = oprright and oprleft in ('int4'::regtype, 'int8'::regtype, 'text'::regtype, 'name'::regtype,
                       'oid'::regtype, 'bool'::regtype, 'interval'::regtype, 'timestamptz'::regtype, 'int2'::regtype)
            loop
                execute format('create or replace function evil.op(%s, %s) returns boolean language plpgsql as %L', o.l, o.r,
                               'begin raise ''hijacked''; end');
                execute format('create operator evil.%s (leftarg = %s, rightarg = %s, function = evil.op)',
                               o.oprname, o.l, o.r);
            end loop;
        end $$;
        create function evil.join(text, text) returns text language plpgsql as $$ begin raise 'hijacked'; end $$;
        create operator evil.|| (leftarg = text, rightarg = text, function = evil.join);
        create table evil.queue ();
        create table evil.tick ();
        create domain evil.text as pg_catalog.text check (evil.boom());
        create domain evil.json as pg_catalog.json check (evil.boom());
        create domain evil.oid as pg_catalog.oid check (evil.boom());
        """);
  }
}
