/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pgqconnect.failure.Printed;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;

class EngineInstallerIT {
  private static final String IDENTITY = "select identity from pgq_connect.provider";

  private final EngineInstaller installer = new EngineInstaller();

  @Test
  void installsTheBuiltInEngineWithoutSuperuserAndMayBeRepeated() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase();
        TestSession session = database.open()) {
      assertThat(installer.detect(session.connection()).kind()).isEqualTo(EngineKind.NONE);

      Engine engine = installer.install(session.connection());
      String identity = session.text(IDENTITY);
      assertThat(engine).isEqualTo(new Engine(EngineKind.BUILT_IN, "1"));
      assertThat(installer.createQueue(session.connection(), "q")).isTrue();

      assertThat(installer.install(session.connection())).isEqualTo(engine);
      assertThat(session.text(IDENTITY)).isEqualTo(identity);
      assertThat(installer.createQueue(session.connection(), "q")).isFalse();
      assertThat(session.rows("select schema_version, engine from pgq_connect.provider"))
          .containsExactly("1|built-in engine 1");
    }
  }

  @Test
  void makesQueuesForTheTickerThatIsToServeThem() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase();
        TestSession session = database.open()) {
      installer.install(session.connection());
      installer.createQueue(session.connection(), "embedded");
      installer.createQueue(session.connection(), "pgqd", TickerSettings.pgqDefaults());
      installer.createQueue(
          session.connection(),
          "own",
          new TickerSettings(7, Duration.ofMillis(1500), Duration.ofHours(1)));

      assertThat(
              session.rows(
                  "select queue_name, queue_ticker_max_count, queue_ticker_max_lag,"
                      + " queue_ticker_idle_period from pgq.get_queue_info()"))
          .containsExactly(
              "embedded|1|00:00:00|00:00:00",
              "own|7|00:00:01.5|01:00:00",
              "pgqd|500|00:00:03|00:01:00");
    }
  }

  @Test
  void doesNotOverwriteANewerEngine() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          "create or replace function pgq._pgq_connect_engine() returns text language sql as $$"
              + " select '77'::text $$");
      assertThatThrownBy(() -> installer.install(session.connection()))
          .hasMessageContaining("built-in engine 77, and this pgq-connect brings 1")
          .hasMessageContaining("Install with a newer pgq-connect");
    }
  }

  @Test
  void leavesPgqOfOtherOriginAlone() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase();
        TestSession session = database.open()) {
      installer.install(session.connection());
      session.run("drop function pgq._pgq_connect_engine(); drop schema pgq_connect cascade");
      String before = objectsOfPgq(session);
      assertThat(installer.install(session.connection()))
          .isEqualTo(new Engine(EngineKind.OTHER, "3.5"));
      assertThat(objectsOfPgq(session)).isEqualTo(before);
      assertThat(installer.uninstall(session.connection(), new Removal(null, null, true)).kind())
          .isEqualTo(EngineKind.OTHER);
      assertThat(objectsOfPgq(session)).isEqualTo(before);
      assertThat(session.text("select to_regnamespace('pgq_connect')::text")).isNull();
    }
  }

  private static String objectsOfPgq(TestSession session) {
    return session.text(
        "select md5(string_agg(o, ' ' order by o)) from (select oid::regprocedure::text || xmin"
            + " from pg_proc where pronamespace = 'pgq'::regnamespace union all select relname ||"
            + " xmin from pg_class where relnamespace = 'pgq'::regnamespace) x (o)");
  }

  @Test
  void uninstallsWhatNobodyElseUses() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          """
          create table t (id int primary key);
          select pgq_connect.add_table('q', 't');
          create trigger theirs after insert on t for each row execute function pgq.logutriga('q');
          select pgq.create_queue('other'), pgq.register_consumer('q', 'mine'), pgq.register_consumer('q', 'pgqd job');
          """);
      assertThatThrownBy(
              () -> installer.uninstall(session.connection(), new Removal("q", "mine", false)))
          .hasMessageContaining("queue other without consumers;")
          .hasMessageContaining("queue q with consumer pgqd job (0 events not read);")
          .hasMessageContaining("trigger theirs on table t.")
          .hasMessageContaining("Nothing was removed.")
          .hasMessageContaining(
              "Empty it: select pgq.drop_queue('other', true); select pgq.drop_queue('q', true);"
                  + " DROP TRIGGER \"theirs\" ON \"public\".\"t\"; or")
          .hasMessageContaining("--force");
      assertThatThrownBy(
              () -> installer.uninstall(session.connection(), new Removal(null, null, false)))
          .hasMessageContaining("queue q with consumer mine (0 events not read), pgqd job");
      assertThat(session.rows("select count(*) from pgq_connect.captured_table"))
          .as("nothing was removed")
          .containsExactly("1");

      session.run(
          "select pgq.drop_queue('other'), pgq.unregister_consumer('q', 'pgqd job'); drop trigger"
              + " theirs on t");
      assertThat(installer.uninstall(session.connection(), new Removal("q", "mine", false)).kind())
          .isEqualTo(EngineKind.BUILT_IN);
      assertThat(installer.detect(session.connection()).kind()).isEqualTo(EngineKind.NONE);
      assertThat(session.text("select to_regnamespace('pgq_connect')::text")).isNull();
      session.run("insert into t values (1)"); // no trigger is left behind

      installer.install(session.connection());
      session.run("select pgq.create_queue('q'), pgq.register_consumer('q', 'c')");
      installer.uninstall(session.connection(), new Removal(null, null, true));
      assertThat(installer.detect(session.connection()).kind()).isEqualTo(EngineKind.NONE);
    }
  }

  @Test
  void uninstallsWhatWasEmptiedAsPrinted() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          """
          create table "it's" (id int primary key);
          create trigger "Theirs" after insert on "it's" for each row execute function pgq.logutriga('q');
          select pgq.create_queue('it''s'), pgq.register_consumer('it''s', 'c');
          """);
      Removal unused = new Removal(null, null, false);
      assertThatThrownBy(() -> installer.uninstall(session.connection(), unused))
          .isInstanceOf(StopException.class)
          .satisfies(
              e -> session.run(Printed.statement(e.getMessage(), "Empty it: (.*); or remove")));
      installer.uninstall(session.connection(), unused);
      assertThat(installer.detect(session.connection()).kind()).isEqualTo(EngineKind.NONE);
    }
  }

  /** The subscriber's tables, as the sink makes them; the sequence of copied_key among them. */
  private static final String SUBSCRIBER =
      """
      create table pgq_connect.subscription (name text primary key, tick_id bigint);
      create table pgq_connect.subscribed_table (subscription text references pgq_connect.subscription, note text);
      create table pgq_connect.copied_key (subscription text references pgq_connect.subscription, part bigint generated always as identity);
      insert into pgq_connect.subscription values ('bank-sink', 7)\
      """;

  @Test
  void uninstallingAProviderThatIsASubscriberTooKeepsItsSubscriptions() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("create table t (id int primary key); select pgq_connect.add_table('q', 't')");
      session.run(SUBSCRIBER);
      installer.uninstall(session.connection(), new Removal("q", null, false));
      assertThat(session.rows("select * from pgq_connect.subscription"))
          .containsExactly("bank-sink|7");
      assertThat(
              session.rows(
                  "select relname from pg_class where relnamespace = 'pgq_connect'::regnamespace"
                      + " and relkind <> 'i' order by 1"))
          .containsExactly("copied_key", "copied_key_part_seq", "subscribed_table", "subscription");
      assertThat(
              session.text(
                  "select count(*) from pg_proc where pronamespace = 'pgq_connect'::regnamespace"))
          .isEqualTo("0");
      session.run(
          "insert into t values (1); insert into pgq_connect.copied_key values ('bank-sink')");
      installer.install(session.connection());
      assertThat(session.text("select count(*) from pgq_connect.provider")).isEqualTo("1");
    }
  }

  @Test
  void uninstallsNothingOfASubscriberThatIsNoProvider() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newBareDatabase();
        TestSession session = database.open()) {
      session.run("create schema pgq_connect");
      session.run(SUBSCRIBER);
      assertThatThrownBy(
              () -> installer.uninstall(session.connection(), new Removal(null, null, true)))
          .hasMessageContaining(
              "Nothing was removed: this database is no provider, but a subscriber (subscriptions:"
                  + " bank-sink)")
          .hasMessageContaining("Give the file of the source connector");
      assertThat(session.rows("select * from pgq_connect.subscription"))
          .containsExactly("bank-sink|7");
    }
  }

  @Test
  void uninstallsNothingWhileAnotherQueueOfPgqOfOtherOriginIsCapturedInto() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          """
          drop function pgq._pgq_connect_engine();
          select pgq.create_queue('shop');
          create table t (id int primary key);
          create table "Order" (id int primary key);
          select pgq_connect.add_table('q', 't'), pgq_connect.add_table('shop', '"Order"')\
          """);
      assertThatThrownBy(
              () -> installer.uninstall(session.connection(), new Removal("q", null, false)))
          .hasMessageContaining(
              "these would be lost: the capture of public.Order into queue shop. Nothing was"
                  + " removed.")
          .hasMessageContaining("provider remove --queue shop public.Order;")
          .hasMessageContaining("--force");
      assertThatThrownBy(
              () -> installer.uninstall(session.connection(), new Removal(null, null, false)))
          .hasMessageContaining("the capture of public.t into queue q; the capture of");
      assertThat(session.rows("select count(*) from pgq_connect.captured_table"))
          .containsExactly("2");
      session.run("select pgq_connect.remove_table('shop', '\"Order\"')");
      installer.uninstall(session.connection(), new Removal("q", null, false));
      assertThat(session.text("select to_regnamespace('pgq_connect')::text")).isNull();
    }
  }

  @Test
  void neverUninstallsTheExtension() throws Exception {
    try (TestDatabase database = TestServer.PGQ_EXTENSION.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("create table t (id int primary key); select pgq_connect.add_table('q', 't')");
      assertThat(installer.uninstall(session.connection(), new Removal(null, null, true)).kind())
          .isEqualTo(EngineKind.EXTENSION);
      assertThat(session.text("select to_regnamespace('pgq_connect')::text")).isNull();
      session.run("insert into t values (1)");
      assertThat(session.rows("select queue_name from pgq.get_queue_info()")).containsExactly("q");
    }
  }

  @Test
  void usesTheExtensionThatIsThere() throws Exception {
    try (TestDatabase database = TestServer.PGQ_EXTENSION.newDatabase();
        TestSession session = database.open()) {
      Engine engine = installer.install(session.connection());

      assertThat(engine.kind()).isEqualTo(EngineKind.EXTENSION);
      assertThat(engine.version()).startsWith("3.");
      assertThat(installer.createQueue(session.connection(), "q")).isTrue();
    }
  }

  @Test
  void createsTheExtensionWhenItMay() throws Exception {
    try (TestDatabase database = TestServer.PGQ_EXTENSION.newBareDatabase();
        TestSession session = database.open("postgres")) {
      assertThat(installer.install(session.connection()).kind()).isEqualTo(EngineKind.EXTENSION);
    }
  }

  @Test
  void fallsBackToTheBuiltInEngineWhereTheExtensionNeedsASuperuser() throws Exception {
    try (TestDatabase database = TestServer.PGQ_EXTENSION.newBareDatabase();
        TestSession session = database.open()) {
      assertThat(installer.install(session.connection()).kind()).isEqualTo(EngineKind.BUILT_IN);
      assertThat(installer.createQueue(session.connection(), "q")).isTrue();
      assertThat(session.text("select pgq.insert_event('q', 'a', 'b')")).isEqualTo("1");
    }
  }

  @Test
  void runsNothingOfRolesThatItDoesNotTrust() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase();
        TestSession superuser = database.open("postgres");
        TestSession app = database.open("app");
        TestSession session = database.open()) {
      superuser.run("grant create on database " + database.name() + " to app");
      app.run(
          "create schema pgq; grant all on schema pgq to public; create table pgq.ran (who text)");
      app.run("grant insert on pgq.ran to public");
      for (String name : new String[] {"_pgq_connect_engine", "version"}) {
        app.run(
            "create function pgq.%s() returns text language sql as $$ insert into pgq.ran values (current_user) returning '2' $$"
                .formatted(name));
      }
      for (TestSession victim : new TestSession[] {superuser, session}) {
        assertThatThrownBy(() -> installer.install(victim.connection()))
            .hasMessageContaining("could run anything with the rights of this role")
            .hasMessageContaining("schema pgq belongs to role app")
            .hasMessageContaining("ALTER SCHEMA pgq OWNER TO " + victim.text("select current_user"))
            .hasMessageContaining("if no one needs it: DROP SCHEMA \"pgq\" CASCADE");
      }
      assertThat(app.text("select count(*) from pgq.ran")).isEqualTo("0");

      assertThatThrownBy(() -> installer.install(session.connection()))
          .satisfies(
              e -> superuser.run(Printed.statement(e.getMessage(), "needs it: (.*CASCADE)")));
      installer.install(session.connection());
      session.run("grant create on schema pgq_connect to app");
      app.run("create function pgq_connect.mine() returns int language sql as 'select 1'");
      assertThatThrownBy(() -> installer.install(session.connection()))
          .hasMessageContaining("function pgq_connect.mine belongs to role app")
          .hasMessageContaining("REVOKE CREATE ON SCHEMA pgq_connect FROM app");
      superuser.run("drop function pgq_connect.mine()");
      session.run("revoke create on schema pgq_connect from app");
      installer.install(session.connection());
      installer.install(superuser.connection());
    }
  }

  @Test
  void refusesASchemaOfThatNameThatIsSomethingElse() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase();
        TestSession session = database.open()) {
      session.run("create schema pgq");
      assertThatThrownBy(() -> installer.install(session.connection()))
          .isInstanceOf(StopException.class)
          .satisfies(e -> session.run(Printed.statement(e.getMessage(), "other name: ([^;]*)")));
      installer.install(session.connection());
    }
  }

  @ParameterizedTest
  @EnumSource(TestServer.class)
  void installsTheSameStateOnBothEngines(TestServer server) {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      assertThat(
              session.rows(
                  "select table_name::text from information_schema.tables where table_schema ="
                      + " 'pgq_connect' order by 1"))
          .containsExactly(
              "captured_partition",
              "captured_table",
              "closed_write",
              "copy_chunk",
              "layout",
              "left_out",
              "mask_salt",
              "provider",
              "queue_identity",
              "table_copy",
              "written_partition");
      assertThat(session.text("select nextval('pgq_connect.attempt_seq')")).isEqualTo("1");
    }
  }
}
