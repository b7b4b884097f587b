/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.sql.Connection;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.source.copy.CopyRequests;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;

/** Columns left out, masks, row conditions and unchanged rows; and that what is hidden stays so. */
class CaptureOptionsIT {

  private static final String CUSTOMER =
      """
      create table customer (id int primary key, ssn text, email text, phone text, note text, status text,
                             "o%dd" int)\
      """;

  static Stream<Arguments> serversAndForms() {
    return Stream.of(TestServer.values())
        .flatMap(server -> Stream.of("statement", "row").map(form -> Arguments.of(server, form)));
  }

  private static String hash(String value) throws Exception {
    return HexFormat.of()
        .formatHex(
            MessageDigest.getInstance("SHA-256")
                .digest(("pepper" + value).getBytes(StandardCharsets.UTF_8)));
  }

  private static void add(TestSession session, String table, String form, String options) {
    session.rows(
        "select pgq_connect.add_table('q', ?::regclass, form => ?, " + options + ")::text",
        table,
        form);
  }

  private static List<String> all(TestSession session) {
    return session.rows(
        "select ev_type || ev_data || coalesce('|' || ev_extra2, '') from pgq.event_1 order by"
            + " ev_id");
  }

  private static String state(TestSession session) {
    return session.text("select state from pgq_connect.capture_status('q')");
  }

  /** What any role could read of a secret, or a reader of the queue. */
  private static void assertHidden(TestSession session, String... secrets) {
    for (String secret : secrets) {
      assertThat(
              session.text(
                  """
                  select coalesce(string_agg(place, ' '), '') from (
                      select 'event ' || e::text as place, e::text as content from pgq.event_1 e
                      union all select 'layout', l::text from pgq_connect.layout l
                      union all select 'table', t::text from pgq_connect.captured_table t
                      union all select 'function ' || proname, prosrc from pg_proc
                      union all select 'status', s::text from pgq_connect.capture_status() s) x
                   where content like '%' || ? || '%'\
                  """,
                  secret))
          .as(secret)
          .isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("serversAndForms")
  void everyOptionTogether(TestServer server, String form) throws Exception {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(CUSTOMER);
      add(
          session,
          "customer",
          form,
          """
          old_row => true, exclude => '{note}', condition => $$status = 'active'$$, skip_unchanged => true, salt => 'pepper',
          masks => '{"ssn": "null", "email": "hash", "phone": "constant:***"}'\
          """);
      session.run(
          "insert into customer values (1, 'S1', 'E1', 'P1', 'N1', 'active', 1), (2, 'S2', null,"
              + " null, 'N2', 'off', 2)");
      session.run("update customer set note = 'N9', ssn = 'S9', phone = 'P9', status = status");
      session.run("update customer set \"o%dd\" = 5");
      session.run("update customer set status = 'active' where id = 2");
      session.run("update customer set status = 'off' where id = 1");
      session.run("update customer set id = 20 where id = 2");
      session.run("update customer set id = 21, status = 'off' where id = 20");
      session.run("delete from customer where id = 21");
      session.run("update customer set status = 'active', id = 3");
      session.run("truncate customer");

      String one = "," + hash("E1") + ",***,active,";
      assertThat(all(session))
          .containsExactly(
              "c(1," + one + "1)",
              "u(1," + one + "5)|(1," + one + "1)",
              "c(2,,,***,active,5)",
              "d(1," + one + "5)",
              "d(2,,,***,active,5)",
              "c(20,,,***,active,5)",
              "d(20,,,***,active,5)",
              "c(3," + one + "5)",
              null);
      assertHidden(session, "S1", "S9", "E1", "P1", "P9", "N1", "N9", "pepper");
      assertThat(session.text("select options from pgq_connect.capture_status('q')"))
          .isEqualTo(
              "without note; masked ssn=null, email=hash, phone=constant; where status = 'active';"
                  + " skips unchanged rows");
      assertThat(session.text("select columns::text from pgq_connect.layout"))
          .contains("\"ssn\"", "\"email\"")
          .doesNotContain("note");
    }
  }

  @ParameterizedTest
  @MethodSource("serversAndForms")
  void eachOptionAlone(TestServer server, String form) throws Exception {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          "create table a (id int primary key, v text, n numeric); create table b (like a including"
              + " all); create table c (like a including all); create table d (like a including"
              + " all)");
      add(session, "a", form, "exclude => '{v}'");
      add(
          session,
          "b",
          form,
          "masks => '{\"v\": \"hash\", \"n\": \"constant:0.00\"}', salt => 'pepper'");
      add(session, "c", form, "condition => 'n > 1'");
      add(session, "d", form, "skip_unchanged => true");
      for (String table : List.of("a", "b", "c", "d")) {
        session.run(
            "insert into T values (1, 'x', 1.0), (2, 'y', 2.0); update T set v = v; update T set n = n + 1;"
                    .replace("T", table)
                + "update T set n = 3.00 where id = 2; delete from T".replace("T", table));
      }
      assertThat(session.events("public.a"))
          .containsExactly(
              "c|(1,1.0)",
              "c|(2,2.0)",
              "u|(1,1.0)",
              "u|(2,2.0)",
              "u|(1,2.0)",
              "u|(2,3.0)",
              "u|(2,3.00)",
              "d|(1,2.0)",
              "d|(2,3.00)");
      assertThat(session.events("public.b").get(0)).isEqualTo("c|(1," + hash("x") + ",0.00)");
      assertThat(session.events("public.c"))
          .containsExactly(
              "c|(2,y,2.0)",
              "u|(2,y,2.0)",
              "c|(1,x,2.0)",
              "u|(2,y,3.0)",
              "u|(2,y,3.00)",
              "d|(1,x,2.0)",
              "d|(2,y,3.00)");
      assertThat(session.events("public.d"))
          .as("3.0 and 3.00 are equal numbers, but not the same value")
          .containsExactly(
              "c|(1,x,1.0)",
              "c|(2,y,2.0)",
              "u|(1,x,2.0)",
              "u|(2,y,3.0)",
              "u|(2,y,3.00)",
              "d|(1,x,2.0)",
              "d|(2,y,3.00)");
    }
  }

  /** PostgreSQL 18 fails when a statement names such a column of a transition table. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "exclude => '{v}'|(1,2,)",
        "masks => '{\"v\": \"null\"}'|(1,2,,)",
        "masks => '{\"v\": \"constant:x\", \"twice\": \"null\"}'|(1,2,,x)",
        "masks => '{\"twice\": \"constant:7\"}'|(1,2,7,v)",
        "condition => 'n > 0'|(1,2,,v)",
        "skip_unchanged => true|(1,2,,v)",
      })
  void virtualColumnsDoNotReachTheApplication(String options, String row) throws Exception {
    for (String form : List.of("statement", "row")) {
      try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
          TestSession session = database.open()) {
        assumeTrue(
            session.connection().getMetaData().getDatabaseMajorVersion() >= 18,
            "it has no virtual columns");
        session.run(
            "create table t (id int primary key, n int, twice int generated always as (n * 2), v"
                + " text)");
        add(session, "t", form, options);
        session.run(
            """
            insert into t (id, n, v) values (1, 2, 'v');
            insert into t (id, n, v) values (1, 2, 'v'), (3, 2, 'v') on conflict do nothing;
            insert into t (id, n, v) values (1, 2, 'v') on conflict (id) do update set n = 5;
            update t set n = 2, v = 'w' where id = 1;
            merge into t using (values (3), (4)) s (i) on id = i
             when matched then update set n = 7 when not matched then insert (id, n) values (i, 9);
            update t set id = -id where id = 3;
            delete from t where id = 1;
            with gone as (delete from t returning *) insert into t (id, n, v) select id + 100, n, v from gone\
            """);
        assertThat(session.events("public.t")).as(form).hasSizeGreaterThan(9).contains("c|" + row);
        assertThat(state(session)).isEqualTo("ok");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"statement", "row"})
  void aMaskStaysWithItsColumnAndWithItsName(String form) throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession app = database.open();
        TestSession dba = database.open()) {
      dba.run(CUSTOMER);
      add(
          dba,
          "customer",
          form,
          "exclude => '{note}', masks => '{\"ssn\": \"null\", \"email\": \"hash\"}', salt =>"
              + " 'pepper', condition => 'id < 100'");
      String write =
          "insert into customer select 1; update customer set %s; update customer set id = 2;"
              + " delete from customer";
      for (int i = 0; i < 7; i++) {
        app.run(write.formatted("ssn = 'S1', email = 'E1', note = 'N1'"));
      }
      dba.run("alter table customer rename ssn to tax; alter table customer rename note to remark");
      app.run(write.formatted("tax = 'S2', email = 'E2', remark = 'N2'"));
      assertThat(state(dba)).isEqualTo("layout changed");
      dba.rows("select pgq_connect.refresh_table('q', 'customer')::text");
      app.run(write.formatted("tax = 'S3', email = 'E3', remark = 'N3'"));
      dba.run("alter table customer drop tax; alter table customer add tax text");
      app.run(write.formatted("tax = 'S4', email = 'E4', remark = 'N4'"));
      // The same names and types at the same places, but another column is the masked one.
      dba.run(
          "alter table customer drop \"o%dd\"; alter table customer rename email to \"o%dd\"; alter"
              + " table customer add email text");
      app.run(write.formatted("\"o%dd\" = 'S5', email = 'E5', tax = 'T5', remark = 'N5'"));
      dba.run("alter table customer alter email type bytea using null, add fresh text");
      app.run(
          write.formatted(
              "\"o%dd\" = 'S6', email = '\\x7365637265744536', tax = 'T6', remark = 'N6', fresh ="
                  + " 'clear'"));
      assertThat(dba.rows("select state, detail from pgq_connect.capture_status('q')").get(0))
          .startsWith(
              "options closed|column email is replaced by NULL, because a hash is 64 characters");
      dba.run("alter table customer drop note2".replace("note2", "remark"));
      app.run(
          write.formatted(
              "\"o%dd\" = 'S7', email = '\\x7365637265744537', tax = 'T7', fresh = 'clear'"));
      assertHidden(
          dba, "S1 E1 N1 S2 E2 N2 S3 E3 N3 S4 E4 N4 S5 E5 T5 N5 S6 T6 N6 S7 T7 pepper".split(" "));
      // Long enough not to occur in a time, an OID or a fingerprint by chance.
      assertHidden(dba, "7365637265744536", "7365637265744537");
      assertThat(all(dba)).last().asString().contains(",clear)").contains(hash("S7"));
      dba.run("alter table customer alter id type bigint");
      app.run("insert into customer (id) values (5)");
      assertThat(dba.rows("select state, detail from pgq_connect.capture_status('q')").get(0))
          .isEqualTo(
              "condition closed|column email is replaced by NULL, because a hash is 64 characters"
                  + " of text, which type bytea does not hold; column id, which the row condition"
                  + " needs, was dropped or is no integer any more, so no row is captured");
      assertThat(all(dba)).last().asString().startsWith("d(2");
    }
  }

  /** Another collation makes the condition true of other rows, also of those that are there. */
  @ParameterizedTest
  @CsvSource({"statement,false", "statement,true", "row,false", "row,true"})
  void anotherCollationOfAConditionsColumnClosesIt(String form, boolean refreshed) {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession dba = database.open();
        TestSession app = database.open()) {
      dba.run("create table t (id int primary key, k text collate \"und-x-icu\")");
      add(dba, "t", form, "condition => 'k < ''b'' and id > 0'");
      app.run("insert into t values (1, 'a')");
      dba.run("alter table t alter k type text collate \"C\"");
      if (refreshed) {
        dba.rows("select pgq_connect.refresh_table('q', 't')::text");
      }
      assertThat(dba.rows("select state, detail from pgq_connect.capture_status('q')").get(0))
          .isEqualTo(
              "condition closed|column k, which the row condition needs, is compared by collation C"
                  + " and no longer by und-x-icu, so no row is captured");
      app.run("insert into t values (2, 'Z')");
      assertThat(all(dba)).hasSize(1);
      dba.run("update pgq_connect.table_copy set state = 'done'");
      dba.run("alter table t alter k type text collate \"und-x-icu\"");
      assertThat(dba.rows("select state from pgq_connect.capture_status('q')"))
          .containsExactly("changes missed");
      dba.run("alter table t alter k type text collate \"C\"");
      add(dba, "t", form, "condition => 'k < ''b'' and id > 0'");
      assertThat(dba.rows("select state from pgq_connect.capture_status('q')"))
          .containsExactly("ok");
      assertThat(dba.rows("select state from pgq_connect.table_copy")).containsExactly("requested");
      app.run("insert into t values (3, 'Y')");
      assertThat(all(dba)).hasSize(2);
    }
  }

  /** The note is for each queue that the table is captured into. */
  @Test
  void eachQueueNotesWhatItsConditionDidNotSee() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession dba = database.open()) {
      dba.run("create table t (id int primary key, k text); select pgq.create_queue('q2')");
      add(dba, "t", "auto", "condition => 'k = ''DE'''");
      dba.rows("select pgq_connect.add_table('q2', 't', condition => 'k = ''FR''')::text");
      dba.run("alter table t alter k type varchar");
      dba.run("insert into t values (1, 'DE')");
      dba.run("alter table t alter k type text");
      assertThat(dba.rows("select queue_name, state from pgq_connect.capture_status()"))
          .containsExactly("q|changes missed", "q2|changes missed");
      dba.rows(
          "select pgq_connect.renew_row_marks('q')::text, pgq_connect.renew_row_marks('q2')::text");
      assertThat(dba.rows("select queue_name, state from pgq_connect.capture_status()"))
          .containsExactly("q|changes missed", "q2|changes missed");
      assertThat(dba.rows("select from pgq_connect.closed_write")).isEmpty();
    }
  }

  /** A copy would bring nothing and empty the subscribers' table. */
  @Test
  void aTableWhoseConditionIsClosedIsNotCopied() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession dba = database.open()) {
      dba.run("create table t (id int primary key, k text)");
      add(dba, "t", "auto", "condition => 'k = ''DE'''");
      dba.run("alter table t alter k type varchar");
      TableId table = new TableId("public", "t");
      assertThatThrownBy(() -> CopyRequests.request(dba.connection(), "q", table))
          .hasMessageContaining("The row condition of table public.t cannot be evaluated now")
          .hasMessageContaining("./pgq-connect provider add --queue q public.t --where CONDITION");
      dba.run("alter table t alter k type text");
      CopyRequests.request(dba.connection(), "q", table);
    }
  }

  /** Each writer notes it: the note that one of them sees may be taken back before it commits. */
  @Test
  void aWriterThatSeesTheNoteOfAnotherNotesItToo() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession dba = database.open();
        TestSession app = database.open()) {
      dba.run("create table t (id int primary key, k text)");
      add(dba, "t", "auto", "condition => 'k = ''DE'''");
      dba.run("alter table t alter k type varchar");
      dba.run("insert into t values (1, 'DE'), (2, 'DE'); insert into t values (3, 'DE')");
      app.connection().setAutoCommit(false);
      app.run("insert into t values (4, 'DE')");
      dba.run("select pgq_connect.forget_partitions('q', 'public', 't')");
      assertThat(dba.rows("select state from pgq_connect.capture_status('q')"))
          .containsExactly("condition closed");
      app.connection().commit();
      dba.run("alter table t alter k type text");
      assertThat(dba.rows("select state from pgq_connect.capture_status('q')"))
          .containsExactly("changes missed");
      dba.rows("select pgq_connect.add_table('q', 't', copy => false)::text");
      assertThat(dba.rows("select state from pgq_connect.capture_status('q')"))
          .containsExactly("ok");
    }
  }

  /** Its rows are not captured as deletes, nor those of a partition that is attached. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "truncate t_1",
        "create table t_2 (id int not null, k varchar); insert into t_2 values (20, 'DE');"
            + " alter table t attach partition t_2 for values from (10) to (99);"
            + " select pgq_connect.refresh_table('q', 't')"
      })
  void whatHappensToPartitionsWhileAConditionIsClosedIsReported(String change) {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession dba = database.open()) {
      dba.run(
          "create table t (id int primary key, k text) partition by range (id);"
              + " create table t_1 partition of t for values from (1) to (10)");
      add(dba, "t", "auto", "condition => 'k = ''DE'''");
      dba.run("insert into t values (1, 'DE')");
      dba.run("alter table t alter k type varchar");
      dba.run(change);
      dba.run("alter table t alter k type text");
      assertThat(dba.rows("select state from pgq_connect.capture_status('q')"))
          .containsExactly("changes missed");
    }
  }

  /** An ALTER that is taken back, with no look of the source in between. */
  @ParameterizedTest
  @CsvSource({"statement,false", "statement,true", "row,false", "row,true"})
  void whatAConditionDidNotSeeIsReported(String form, boolean refreshed) {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession dba = database.open()) {
      dba.run("create table t (id int primary key, k text)");
      add(dba, "t", form, "condition => 'k = ''DE'''");
      String state = "select state, detail, remedy from pgq_connect.capture_status('q')";
      dba.run("alter table t alter k type varchar; alter table t alter k type text");
      assertThat(dba.rows(state).get(0)).doesNotContain("missed").doesNotContain("closed");
      dba.run("alter table t alter k type varchar");
      if (refreshed) {
        dba.rows("select pgq_connect.refresh_table('q', 't')::text");
      }
      assertThat(dba.rows(state).get(0)).startsWith("condition closed|");
      dba.run("insert into t values (1, 'DE'); insert into t values (2, 'DE')");
      assertThat(dba.rows(state).get(0)).startsWith("condition closed|");
      assertThat(dba.rows("select count(*) from pgq_connect.closed_write")).containsExactly("1");
      dba.run("alter table t alter k type text");
      String missed =
          "changes missed|a column that its row condition needs was another one for a while, and"
              + " changes were not captured|./pgq-connect provider resync --queue q public.t";
      assertThat(dba.rows(state).get(0)).startsWith(missed);
      dba.rows("select pgq_connect.renew_row_marks('q')::text");
      assertThat(dba.rows(state).get(0)).startsWith(missed);
      dba.run("update pgq_connect.table_copy set state = 'done'");
      dba.rows("select pgq_connect.add_table('q', 't')::text");
      assertThat(dba.rows(state).get(0)).startsWith("ok|");
      assertThat(dba.rows("select state from pgq_connect.table_copy")).containsExactly("requested");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"statement", "row"})
  void anOlderSnapshotHidesTheSame(String form) throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession app = database.open();
        TestSession dba = database.open()) {
      dba.run(CUSTOMER + "; create table other (id int)");
      add(
          dba,
          "customer",
          form,
          "exclude => '{note}', masks => '{\"ssn\": \"null\", \"email\": \"hash\"}'");
      app.connection().setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      app.connection().setAutoCommit(false);
      app.rows("select * from other");
      dba.run(
          "alter table customer rename ssn to tax; alter table customer rename note to ssn; alter"
              + " table customer add n text");
      app.run(
          "insert into customer (id, tax, ssn, email, phone, n) values (1, 'S1', 'N1', 'E1',"
              + " 'clear', 'late')");
      app.connection().commit();
      assertThat(all(dba)).hasSize(1).first().asString().contains("clear").startsWith("c(1,,");
      assertHidden(dba, "S1", "N1", "E1");
      // A salt that the snapshot does not show: to be repeated, not hashed with another.
      app.rows("select * from other");
      add(dba, "customer", form, "masks => '{\"email\": \"hash\"}', salt => 'other'");
      assertThatThrownBy(() -> app.run("insert into customer (id, email) values (2, 'E2')"))
          .hasMessageContaining("The salt 2 that masks captured columns is not to be seen")
          .hasMessageContaining("Repeat the transaction");
      app.connection().rollback();
    }
  }

  @Test
  void aRestoredTableIsClosedWhenNamesAreMissing() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(CUSTOMER);
      add(session, "customer", "statement", "masks => '{\"ssn\": \"null\"}'");
      // As after a dump and restore of a table whose masked column had been renamed.
      session.run("create table c2 (id int primary key, tax text, v text)");
      for (String trigger :
          session.rows(
              "select pg_get_triggerdef(oid) from pg_trigger where tgrelid = 'customer'::regclass"
                  + " order by tgname")) {
        session.run(trigger.replace(" ON public.customer ", " ON public.c2 "));
      }
      session.run(
          "alter table customer rename to old; drop table old cascade; alter table c2 rename to"
              + " customer");
      session.run("insert into customer values (1, 'S1', 'x')");
      session.rows("select pgq_connect.refresh_table('q', 'customer')::text");
      session.run("insert into customer values (2, 'S2', 'y')");
      assertThat(all(session)).containsExactly("c(1,,)", "c(2,,)");
      // In a catalog that was not restored, other triggers are ones that were away.
      session.rows("select pgq_connect.forget_partitions('q', 'public', 'customer')::text");
      assertThat(session.rows("select state, detail from pgq_connect.capture_status('q')").get(0))
          .startsWith(
              "options closed|the columns called ssn when the table was added cannot be found");
    }
  }

  /** As after a restore into a cluster that has given the oids of the dumped one to others. */
  @Test
  void anOidThatMeansAnotherRelationAfterARestoreIsNotTrusted() throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open();
        TestSession admin = database.open("postgres")) {
      session.run(CUSTOMER);
      session.run(
          "create table plain (id int primary key, v text); create table third (id int primary"
              + " key)");
      String secret = "masks => '{\"ssn\": \"null\"}', condition => 'id < 100'";
      for (String form : List.of("statement", "row")) {
        add(session, "customer", form, secret);
        add(session, "plain", "statement", "key_columns => null");
        add(session, "third", "row", "key_columns => null");
        admin.run(
            """
            update pgq_connect.captured_table set home = 1;
            update pgq_connect.captured_table set table_oid = 2 where table_name = 'plain';
            update pgq_connect.captured_table set table_oid = 'plain'::regclass where table_name = 'third';
            update pgq_connect.captured_table set table_oid = 'third'::regclass where table_name = 'plain';
            update pgq_connect.captured_table set table_oid = (select reltoastrelid from pg_class where oid = 'customer'::regclass)
             where table_name = 'customer'\
            """);
        assertThat(session.rows("select table_name, state from pgq_connect.capture_status('q')"))
            .containsExactly(
                "customer|table missing", "plain|table missing", "third|table missing");
        for (String table : List.of("customer", "plain", "third")) {
          session.rows("select pgq_connect.refresh_table('q', ?::regclass)::text", table);
        }
        assertThat(
                session.rows(
                    "select table_name, form, pgq_connect.options_text(options), table_oid ="
                        + " table_name::regclass from pgq_connect.captured_table order by 1"))
            .containsExactly(
                "customer|" + form + "|masked ssn=null; where id < 100|t",
                "plain|statement|null|t",
                "third|row|null|t");
        session.run(
            "truncate pgq.event_1; insert into customer (id, ssn) values (1, 'S1'), (100, 'S2');"
                + " insert into plain values (1, 'v'); insert into third values (1); delete from"
                + " customer; delete from plain; delete from third");
        assertThat(
                session.rows("select ev_type || ev_data from pgq.event_1 order by ev_id limit 3"))
            .containsExactly("c(1,,,,,,)", "c(1,v)", "c(1)");
        assertHidden(session, "S1", "S2");
      }
    }
  }

  @Test
  void aRepairKeepsTheOptionsAndOthersCopyAgain() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(CUSTOMER);
      session.run("alter table customer alter column status set not null");
      add(
          session,
          "customer",
          "auto",
          "exclude => '{note}', key_columns => '{id,status}', old_row => true");
      session.run("update pgq_connect.table_copy set state = 'done'");
      session.rows("select pgq_connect.add_table('q', 'customer')::text");
      assertThat(
              session.rows(
                  "select pgq_connect.options_text(options), key_columns::text, old_row, state from"
                      + " pgq_connect.captured_table cross join pgq_connect.table_copy"))
          .containsExactly("without note|{id,status}|t|done");
      add(session, "customer", "auto", "masks => '{\"ssn\": \"null\"}'");
      assertThat(
              session.rows(
                  "select pgq_connect.options_text(options), state from pgq_connect.captured_table"
                      + " cross join pgq_connect.table_copy"))
          .containsExactly("without note; masked ssn=null|requested");
      add(session, "customer", "auto", "exclude => '{}', masks => '{}'");
      assertThat(session.text("select options::text from pgq_connect.captured_table")).isNull();
    }
  }

  @Test
  void onlySomeColumns() {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(CUSTOMER);
      add(session, "customer", "auto", "only_columns => '{status}'");
      session.run("insert into customer values (1, 'S1', 'E1', 'P1', 'N1', 'ok', 3)");
      session.run(
          "alter table customer rename status to s; alter table customer rename ssn to status;"
              + " alter table customer add n text");
      session.run("update customer set n = 'S2'");
      assertThat(all(session)).containsExactly("c(1,ok)", "u(1,ok)");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "exclude => '{nope}'|Table public.customer has no column nope",
        "exclude => '{id}'|Column id of table public.customer belongs to its key",
        "masks => '{\"id\": \"null\"}'|Mask it with hash, which is different for each key",
        "masks => '{\"id\": \"hash\"}'|a hash is 64 characters of text, which type integer does not"
            + " hold",
        "masks => '{\"short\": \"hash\"}'|too long for character varying(10)",
        "masks => '{\"short\": \"constant:12345678901\"}'|too long for character varying(10)",
        "masks => '{\"n\": \"constant:x\"}'|is no integer",
        "masks => '{\"n\": \"rot13\"}'|There is no mask \"rot13\"",
        "condition => 'nope = 1'|The row condition \"nope = 1\" of table public.customer cannot be"
            + " used",
        "condition => 'n > (select 1)'|no subqueries",
        "condition => 'n > random()'|only immutable functions",
        "condition => 'n = 1) or (n = 1'|cannot be used",
        "condition => 'customer is null'|cannot be used",
        "exclude => '{email}'|column lower_email is generated from hidden ones",
      })
  void refuses(String options, String message) {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          "create table customer (id int primary key, email text, n int, short varchar(10),"
              + " lower_email text generated always as (lower(email)) stored)");
      if (options.contains("n = 1)")) {
        // Balanced parentheses make one expression; it is harmless, because it is parsed as one.
        add(session, "customer", "auto", options);
        assertThat(
                session.text("select options -> 'where' ->> 'sql' from pgq_connect.captured_table"))
            .isEqualTo("((n = 1) OR (n = 1))");
        return;
      }
      assertThatThrownBy(() -> add(session, "customer", "auto", options))
          .hasStackTraceContaining(message);
      assertThat(
              session.text("select count(*) from pg_class where relname like 'condition_probe%'"))
          .isEqualTo("0");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"statement", "row"})
  void hashesAKeyTheSameWayEverywhere(String form) throws Exception {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("create table person (ssn text primary key, v text)");
      add(session, "person", form, "masks => '{\"ssn\": \"hash\"}', salt => 'pepper'");
      session.run(
          "insert into person values ('S1', 'a'); update person set v = 'b'; update person set ssn"
              + " = 'S2'");
      assertThat(all(session))
          .containsExactly(
              "c(" + hash("S1") + ",a)",
              "u(" + hash("S1") + ",b)",
              "d(" + hash("S1") + ",b)",
              "c(" + hash("S2") + ",b)");
      assertThat(
              session.text(
                  "select "
                      + session.text(
                          "select image from pgq_connect.copy_source('q', 'public', 'person')")
                      + " from person t"))
          .isEqualTo("(" + hash("S2") + ",b)");
    }
  }

  @ParameterizedTest
  @CsvSource({"statement,before", "row,before", "row,after"})
  void nestedWritesEndWithWhatIsInTheTable(String form, String time) {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run(
          """
          create table addr (id int primary key, owner int, is_default boolean, secret text default 'S1');
          create function one_default() returns trigger language plpgsql as $$
          begin
            if new.is_default then
              update addr set is_default = false where owner = new.owner and is_default and id <> new.id;
            end if;
            return new;
          end $$;
          """
              + "create trigger one_default %s insert or update on addr for each row execute function one_default()"
                  .formatted(time));
      add(
          session,
          "addr",
          form,
          "exclude => '{secret}', condition => 'is_default or id % 2 = 0', skip_unchanged => true");
      for (String change :
          List.of(
              "insert into addr values (1, 7, true), (2, 7, true)",
              "insert into addr select g, g % 3, true from generate_series(10, 30) g",
              "update addr set owner = 7 where id > 20",
              "update addr set id = id + 101 where not is_default",
              "alter table addr add column n int; update addr set owner = 50 where id in (10, 112)",
              "insert into addr values (200, 50, true)",
              "update addr set is_default = false where id % 3 = 0",
              "delete from addr where id > 120")) {
        session.run(change);
        var rows = new java.util.TreeMap<String, String>();
        for (String event : session.events("public.addr")) {
          String key = event.substring(3, event.indexOf(','));
          if (event.startsWith("d")) {
            rows.remove(key);
          } else {
            rows.put(key, event.substring(3).replaceFirst(",\\)$", ")"));
          }
        }
        assertThat(rows.values())
            .as(change)
            .containsExactlyInAnyOrderElementsOf(
                session.rows(
                    "select format('%s,%s,%s)', id, owner, left(is_default::text, 1)) from addr"
                        + " where is_default or id % 2 = 0"));
      }
      assertHidden(session, "S1");
    }
  }

  @ParameterizedTest
  @MethodSource("serversAndForms")
  void aConditionsBackslashesMeanTheSameInEverySession(TestServer server, String form) {
    try (TestDatabase database = server.newDatabase().withQueue();
        TestSession session = database.open();
        TestSession writer = database.open()) {
      writer.run("set standard_conforming_strings = off; set escape_string_warning = off");
      session.run(
          "create table t (id int primary key, v text, n int[]); create table u (like t including"
              + " all)");
      String digits = "condition => $$v ~ '^\\d+$' and v <> '\\'$$";
      add(session, "t", form, digits);
      add(writer, "u", form, digits);
      for (String table : List.of("t", "u")) {
        writer.run("insert into T values (1, '12'), (2, 'dd'), (3, 'x')".replace("T", table));
        writer.run("update T set v = '34' where v = 'x'".replace("T", table));
        session.run("alter table T add column late int".replace("T", table)); // the slow path
        writer.run("set array_nulls = off");
        writer.run(
            "insert into T values (4, '45', array[1, null]), (5, 'd', null)".replace("T", table));
        writer.run("delete from T where id = 4".replace("T", table));
        writer.run("reset array_nulls");
        assertThat(session.events("public." + table))
            .as(table)
            .containsExactly(
                "c|(1,12,)", "c|(3,34,)", "c|(4,45,\"{1,NULL}\",)", "d|(4,45,\"{1,NULL}\",)");
      }
    }
  }

  @Test
  void nobodyElseReadsTheSalt() {
    try (TestDatabase database = TestServer.PGQ_EXTENSION.newDatabase().withQueue();
        TestSession session = database.open();
        TestSession admin = database.open("postgres")) {
      session.run(CUSTOMER);
      add(session, "customer", "auto", "masks => '{\"email\": \"hash\"}', salt => 'pepper'");
      assertThat(
              admin.rows(
                  """
                  select r, has_table_privilege(r, 'pgq_connect.mask_salt', 'select'),
                         has_function_privilege(r, 'pgq_connect.salt_of(integer)', 'execute')
                    from unnest('{app,pgq_admin}'::text[]) r\
                  """))
          .containsExactly("app|f|f", "pgq_admin|f|f");
      session.run("grant insert on customer to app");
      try (TestSession app = database.open("app")) {
        app.run("insert into customer (id, email) values (1, 'E1')");
      }
      assertHidden(session, "E1", "pepper");
      assertThat(
              new RowOptions(
                      null, null, null, null, null, new org.pgqconnect.postgres.Secret("pepper"))
                  .toString())
          .doesNotContain("pepper");
    }
  }
}
