/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.connect.Await;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;

/** Writers for whom triggers do not fire as for others, and tables that change without a writer. */
class UnseenWritersIT {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String T = "t (id int primary key, v text)";

  /** A subscription's workers fire no statement trigger, and row triggers only when ALWAYS. */
  @Test
  void aTableThatASubscriptionFillsIsCapturedOnceARow() {
    try (TestDatabase upstream = TestServer.EMBEDDED.newDatabase();
        TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession up = upstream.open("postgres");
        TestSession admin = database.open("postgres");
        TestSession owner = database.open()) {
      up.run("create table " + T + "; insert into t values (1, 'a'), (2, 'b')");
      owner.run("create table " + T);
      try (Subscription subscription = new Subscription(upstream, up, admin)) {
        Await.atMost(PATIENCE, "the subscription's own copy")
            .until(() -> owner.text("select count(*) from t").equals("2"));
        assertThat(owner.text("select form from pgq_connect.add_table('q', 't')")).isEqualTo("row");
        assertThat(state(owner)).isEqualTo("ok|null|null");
        subscription.publish("insert into t values (3, 'c'); update t set v = 'd' where id = 1");
        subscription.publish(
            "delete from t where id = 2; truncate t; insert into t values (9, 'z')");
        Await.atMost(PATIENCE, "what was written upstream").until(() -> owner.events().size() == 5);
        assertThat(owner.events())
            .containsExactly("c|(3,c)", "u|(1,d)", "d|(2,b)", "t|null", "c|(9,z)");
        assertThatThrownBy(
                () ->
                    owner.rows("select pgq_connect.add_table('q', 't', form => 'statement')::text"))
            .hasMessageContaining("because a subscription of logical replication writes to it");
      }
    }
  }

  /** A subscription that comes later is noticed, and so is a trigger that does not fire for it. */
  @ParameterizedTest
  @CsvSource({"statement", "row"})
  void aSubscriptionThatComesLaterIsNoticed(String form) {
    try (TestDatabase upstream = TestServer.EMBEDDED.newDatabase();
        TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession up = upstream.open("postgres");
        TestSession admin = database.open("postgres");
        TestSession owner = database.open()) {
      up.run("create table " + T);
      owner.run("create table " + T);
      owner.rows("select pgq_connect.add_table('q', 't', form => '" + form + "')::text");
      try (Subscription subscription = new Subscription(upstream, up, admin)) {
        if (form.equals("statement")) {
          assertThat(state(owner))
              .isEqualTo(
                  "replication missed|a subscription of logical replication writes to it, and form"
                      + " \"statement\" sees none of it|./pgq-connect provider add --queue q"
                      + " public.t");
          owner.rows("select pgq_connect.add_table('q', 't')::text");
        } else {
          assertThat(state(owner))
              .startsWith(
                  "replication missed|a subscription of logical replication writes to it, and its"
                      + " triggers are not ENABLE ALWAYS|ALTER TABLE public.t ENABLE ALWAYS"
                      + " TRIGGER");
          String remedy = owner.text("select remedy from pgq_connect.capture_status('q')");
          assertThat(remedy).endsWith("; then ./pgq-connect provider resync --queue q public.t");
          owner.run(remedy.substring(0, remedy.indexOf("; then")));
          assertThat(state(owner)).startsWith("changes missed|");
          owner.rows("select pgq_connect.request_copy('q', 'public', 't')::text");
        }
        assertThat(state(owner)).isEqualTo("ok|null|null");
        subscription.publish("insert into t values (1, 'a')");
        Await.atMost(PATIENCE, "what was written upstream")
            .until(() -> owner.events().equals(List.of("c|(1,a)")));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"statement", "row"})
  void aTriggerForReplicatingSessionsOnlyLosesChanges(String form) {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession owner = database.open()) {
      owner.run("create table " + T);
      owner.rows("select pgq_connect.add_table('q', 't', form => '" + form + "')::text");
      String trigger =
          owner.text("select min(tgname) from pg_trigger where tgrelid = 't'::regclass");
      for (String mode :
          List.of("enable replica trigger \"" + trigger + "\"", "disable trigger user")) {
        owner.run("alter table t " + mode);
        assertThat(state(owner))
            .startsWith("disabled|00_pgq_connect_")
            .contains("|ALTER TABLE public.t ENABLE");
        owner.run(owner.text("select remedy from pgq_connect.capture_status('q')"));
        assertThat(state(owner)).startsWith("changes missed|");
        owner.rows("select pgq_connect.add_table('q', 't')::text");
        assertThat(state(owner)).isEqualTo("ok|null|null");
      }
      owner.run("alter table t enable always trigger \"" + trigger + "\"");
      assertThat(state(owner)).startsWith("changes missed|");
      owner.rows("select pgq_connect.add_table('q', 't')::text");
      assertThat(state(owner)).isEqualTo("ok|null|null");
    }
  }

  private static final String ALWAYS =
      "select 'alter table t ' || string_agg(format('enable always trigger %I', tgname), ', ')"
          + " from pg_trigger where tgrelid = 't'::regclass and not tgisinternal";
  private static final String NOT_ALWAYS =
      "select count(*) from pg_trigger where tgrelid = 't'::regclass and not tgisinternal and"
          + " tgenabled <> 'A'";

  /** As the database's own sink writes. */
  private static void writeAsReplica(TestSession admin, int id) {
    admin.run(
        "set session_replication_role = replica; insert into t values (%d, 'x'); reset session_replication_role"
            .formatted(id));
  }

  @Test
  void triggersThatFiredAlwaysDoSoWhenTheyAreEnabledOrMadeAgain() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession admin = database.open("postgres");
        TestSession owner = database.open()) {
      owner.run("create table " + T);
      owner.rows("select pgq_connect.add_table('q', 't')::text");
      owner.run(owner.text(ALWAYS));
      assertThat(state(owner)).startsWith("changes missed|");
      owner.rows("select pgq_connect.forget_partitions('q', 'public', 't')::text");
      assertThat(state(owner)).isEqualTo("ok|null|null");

      owner.run("alter table t disable trigger all");
      assertThat(state(owner))
          .startsWith("disabled|")
          .contains("|ALTER TABLE public.t ENABLE ALWAYS TRIGGER");
      owner.run(owner.text("select remedy from pgq_connect.capture_status('q')"));
      owner.rows("select pgq_connect.request_copy('q', 'public', 't')::text");
      assertThat(state(owner)).isEqualTo("ok|null|null");
      writeAsReplica(admin, 1);
      assertThat(owner.events()).containsExactly("c|(1,x)");

      owner.run("alter table t disable trigger user; alter table t enable trigger user");
      owner.rows("select pgq_connect.request_copy('q', 'public', 't')::text");
      assertThat(state(owner))
          .startsWith(
              "replication missed|its triggers were ENABLE ALWAYS, and are not any more: what"
                  + " sessions with session_replication_role = replica write is not captured|ALTER"
                  + " TABLE public.t ENABLE ALWAYS");

      owner.rows("select pgq_connect.add_table('q', 't', form => 'row')::text");
      assertThat(state(owner)).isEqualTo("ok|null|null");
      assertThat(owner.text(NOT_ALWAYS)).isEqualTo("0");
      writeAsReplica(admin, 2);
      assertThat(owner.events()).containsExactly("c|(1,x)", "c|(2,x)");

      owner.rows("select pgq_connect.remove_table('q', 't')");
      owner.rows("select pgq_connect.add_table('q', 't')::text");
      assertThat(owner.text(NOT_ALWAYS)).as("only provider remove ends it").isNotEqualTo("0");
      assertThat(state(owner)).isEqualTo("ok|null|null");
    }
  }

  @Test
  void aTableThatASinkOfTheDatabaseWritesIsCapturedByTriggersThatFireAlways() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession admin = database.open("postgres");
        TestSession owner = database.open()) {
      owner.run("create table " + T);
      owner.rows("select pgq_connect.add_table('q', 't')::text");
      owner.run(
          """
          create table pgq_connect.subscribed_table (table_schema text, table_name text);
          insert into pgq_connect.subscribed_table values ('public', 't')\
          """);
      assertThat(state(owner))
          .startsWith(
              "replication missed|a sink of pgq-connect writes to it, and its triggers are not"
                  + " ENABLE ALWAYS|ALTER TABLE public.t ENABLE ALWAYS");
      owner.rows("select pgq_connect.add_table('q', 't')::text");
      assertThat(state(owner)).isEqualTo("ok|null|null");
      writeAsReplica(admin, 1);
      assertThat(owner.events()).containsExactly("c|(1,x)");
    }
  }

  /**
   * The subscriber's part may be another role's: what cannot be known is not taken for harmless.
   */
  @Test
  void aTableThatASinkMayWriteIsReportedUntilThatIsKnown() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession admin = database.open("postgres");
        TestSession owner = database.open()) {
      owner.run("create table t (id int primary key, v text); create table u (id int primary key)");
      owner.rows("select pgq_connect.add_table('q', 't')::text");
      owner.rows("select pgq_connect.add_table('q', 'u')::text");
      admin.run(
          """
          create table pgq_connect.subscribed_table (table_schema text, table_name text, note text);
          insert into pgq_connect.subscribed_table values ('public', 't')\
          """);
      String reason = owner.text("select detail from pgq_connect.capture_status('q') limit 1");
      assertThat(reason).startsWith("a sink may write to it");
      Matcher grant = Pattern.compile("GRANT .* TO [^,]+(?=,)").matcher(reason);
      assertThat(grant.find()).isTrue();
      admin.run(grant.group());
      assertThat(
              owner.rows(
                  "select table_name, state from pgq_connect.capture_status('q') order by 1"))
          .containsExactly("t|replication missed", "u|ok");
    }
  }

  /** Who only may add it cannot set its triggers: what has to be run is not lost. */
  @Test
  void whatAddingATableWarnsOfIsHandedOver() throws SQLException {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession admin = database.open("postgres");
        TestSession role = database.open()) {
      admin.run("create table " + T + "; grant select, trigger on t to installer");
      role.run(
          """
          create table pgq_connect.subscribed_table (table_schema text, table_name text);
          insert into pgq_connect.subscribed_table values ('public', 't')\
          """);
      CaptureInstaller.Added added =
          new CaptureInstaller()
              .addAndTell(
                  role.connection(), "q", new TableId("public", "t"), CaptureOptions.defaults());
      assertThat(added.warnings())
          .singleElement(InstanceOfAssertFactories.STRING)
          .startsWith("The triggers of table public.t are not ENABLE ALWAYS yet")
          .contains("The table's owner has to run: ALTER TABLE public.t ENABLE ALWAYS TRIGGER");
      admin.run(added.warnings().get(0).replaceFirst("(?s).*has to run: ", ""));
      assertThat(state(role)).startsWith("changes missed|");
    }
  }

  /** A crash empties it, and no trigger fires. */
  @Test
  void anUnloggedTableIsRefusedAndReported() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession owner = database.open()) {
      owner.run("create unlogged table " + T);
      assertThatThrownBy(() -> owner.rows("select pgq_connect.add_table('q', 't')::text"))
          .hasMessageContaining("Table public.t is unlogged: a crash of the server empties it")
          .hasMessageContaining("ALTER TABLE public.t SET LOGGED;");
      owner.run("create temporary table passing (id int primary key)");
      assertThatThrownBy(() -> owner.rows("select pgq_connect.add_table('q', 'passing')::text"))
          .hasMessageContaining("passing is temporary");
      owner.run("alter table t set logged");
      owner.rows("select pgq_connect.add_table('q', 't')::text");
      assertThat(state(owner)).isEqualTo("ok|null|null");
      owner.run("alter table t set unlogged");
      assertThat(state(owner))
          .isEqualTo(
              "unlogged|a crash of the server empties it without an event|ALTER TABLE t SET LOGGED"
                  .replace("TABLE t", "TABLE public.t"));
      owner.run(owner.text("select remedy from pgq_connect.capture_status('q')"));
      assertThat(state(owner)).isEqualTo("ok|null|null");
    }
  }

  /** A remedy can be given to a shell as it is printed. */
  @Test
  void aRemedyQuotesNamesForAShell() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession owner = database.open()) {
      owner.run("create table \"It's Mixed\" (id int primary key)");
      owner.rows("select pgq_connect.add_table('q', '\"It''s Mixed\"')::text");
      owner.run("drop table \"It's Mixed\"");
      assertThat(owner.text("select remedy from pgq_connect.capture_status('q')"))
          .isEqualTo("./pgq-connect provider remove --queue q 'public.It'\\''s Mixed'");
    }
  }

  private static String state(TestSession session) {
    return session.rows("select state, detail, remedy from pgq_connect.capture_status('q')").get(0);
  }

  /** Native logical replication of table t between two databases of one server. */
  private static final class Subscription implements AutoCloseable {
    private final TestSession up;
    private final TestSession down;
    private final String name;

    Subscription(TestDatabase upstream, TestSession up, TestSession down) {
      this.up = up;
      this.down = down;
      this.name = "s_" + upstream.name();
      Map<String, String> keys = upstream.connectorKeys();
      up.run("alter role installer replication");
      up.run("create publication p for table t; grant select on t to installer");
      // Before, because a slot of the same server waits for the transaction that makes it.
      up.rows("select pg_create_logical_replication_slot(?, 'pgoutput')::text", name);
      down.run(
          "create subscription %s connection 'host=%s port=%s dbname=%s user=installer password=secret' publication p with (create_slot = false, slot_name = '%s')"
              .formatted(
                  name,
                  keys.get("database.hostname"),
                  keys.get("database.port"),
                  upstream.name(),
                  name));
    }

    /** Writes upstream. */
    void publish(String sql) {
      up.run(sql);
    }

    @Override
    public void close() {
      down.run("alter subscription " + name + " disable");
      down.run("alter subscription " + name + " set (slot_name = none)");
      down.run("drop subscription " + name);
      Await.atMost(PATIENCE, "the end of the subscription's workers")
          .until(
              () ->
                  up.text("select active from pg_replication_slots where slot_name = ?", name)
                      .equals("f"));
      up.rows("select pg_drop_replication_slot(?)::text", name);
    }
  }
}
