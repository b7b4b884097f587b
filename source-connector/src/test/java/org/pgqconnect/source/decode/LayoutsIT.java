/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pgqconnect.source.queue.Event;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;
import org.pgqconnect.time.ManualClock;
import org.pgqconnect.time.NanoClock;

/** A layout whose types may change is read again and again. */
class LayoutsIT {
  @Test
  void aLayoutThatIsReadAgainIsAnotherObjectOnlyWhenItsTypesHaveChanged() throws SQLException {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open();
        TestSession reader = database.open()) {
      reader.run("set search_path = pg_catalog");
      session.run("create type pair as (a int, b text)");
      session.run("create table t (id int primary key, p pair)");
      session.rows("select pgq_connect.add_table('q', 't')::text");
      session.run("insert into t values (1, row(1, 'x'))");
      int id = Integer.parseInt(session.text("select max(layout_id) from pgq_connect.layout"));
      ManualClock clock = new ManualClock();
      Layouts layouts = new Layouts(reader.connection(), clock);
      Layout first = layouts.decoder(id).layout();
      clock.advance(Duration.ofSeconds(1));
      assertThat(layouts.decoder(id).layout()).isSameAs(first);
      session.run("alter type pair add attribute c int");
      clock.advance(Duration.ofSeconds(1).minusNanos(1));
      assertThat(layouts.decoder(id).layout()).as("for a second").isSameAs(first);
      clock.advance(Duration.ofNanos(1));
      Layout altered = layouts.decoder(id).layout();
      assertThat(altered.columns().get(1).expanded()).contains("c integer");
      clock.advance(Duration.ofSeconds(1));
      assertThat(layouts.decoder(id).layout()).isSameAs(altered);
    }
  }

  @Test
  void howPartitionsComputeAColumnIsReadAgain() throws SQLException {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open();
        TestSession reader = database.open()) {
      assumeTrue(
          session.connection().getMetaData().getDatabaseMajorVersion() >= 17,
          "it has no SET EXPRESSION");
      reader.run("set search_path = pg_catalog");
      session.run(
          """
          create table t (id int primary key, g int generated always as (id * 2) stored) partition by range (id);
          create table p partition of t for values from (1) to (10)\
          """);
      session.rows("select pgq_connect.add_table('q', 't')::text");
      session.run("insert into t values (1)");
      int id = Integer.parseInt(session.text("select max(layout_id) from pgq_connect.layout"));
      ManualClock clock = new ManualClock();
      Layouts layouts = new Layouts(reader.connection(), clock);
      Layout alike = layouts.decoder(id).layout();
      assertThat(alike.columns().get(1).generated())
          .isEqualTo("GENERATED ALWAYS AS ((id * 2)) STORED");
      clock.advance(Duration.ofSeconds(1));
      assertThat(layouts.decoder(id).layout()).isSameAs(alike);
      session.run("alter table p alter g set expression as (id * 3)");
      assertThat(layouts.decoder(id).layout()).as("for a second").isSameAs(alike);
      clock.advance(Duration.ofSeconds(1));
      Layout apart = layouts.decoder(id).layout();
      assertThat(apart.columns().get(1).generated())
          .isEqualTo(
              "GENERATED ALWAYS AS (BY PARTITION ('public.p', '(id * 3)', '(id * 2)')) STORED");
      clock.advance(Duration.ofSeconds(1));
      assertThat(layouts.decoder(id).layout()).isSameAs(apart);
    }
  }

  @Test
  void earlierRowsGotTheDefaultOfADomainWhetherOrNotTheServerNotesIt() throws SQLException {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("create domain plain as int");
      session.run("create domain checked as int check (value >= 0)");
      session.run("create domain filled as int default 7");
      session.run("create domain filled_checked as int default 7 check (value >= 0)");
      session.run("create domain filled_not_null as int default 7 not null");
      session.run("create domain over as filled_checked");
      assertThat(fills(session, "", "alter table t add a plain, add b filled"))
          .containsExactly("a NULL", "b DEFAULT '7'::public.filled");
      session.rows("select pgq_connect.remove_table('q', 't')");
      session.run("drop table t");
      assertThat(
              fills(
                  session,
                  "",
                  "alter table t add c checked, add d filled_checked, add e filled_not_null, add f"
                      + " over, add g filled_checked default 9"))
          .containsExactly("c COMPUTED", "d COMPUTED", "e COMPUTED", "f COMPUTED", "g COMPUTED");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          add c int default 5; alter c drop default | DEFAULT '5'::integer
          add c int default 5; alter c drop default; alter v type bigint | COMPUTED
          alter v type bigint, add c int default 5; alter c drop default | COMPUTED
          add c double precision default random(); alter c drop default | COMPUTED
          add c int; alter v type bigint | COMPUTED
          add c int; alter v type int | NULL
          alter v type bigint | none
          """)
  void nullIsClaimedOnlyWhereNothingHidesADefaultThatWasDropped(String altering, String expected)
      throws SQLException {
    String[] statements =
        Arrays.stream(altering.split(";")).map("alter table t "::concat).toArray(String[]::new);
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      assertThat(fills(session, "", statements))
          .isEqualTo(expected.equals("none") ? List.of() : List.of("c " + expected));
    }
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      // The partition that the next row is in has no earlier rows.
      String whole = expected.startsWith("DEFAULT") ? "COMPUTED" : expected;
      String[] withPartition = Arrays.copyOf(statements, statements.length + 1);
      withPartition[statements.length] = "create table t_2 partition of t for values in (2)";
      assertThat(fills(session, "partition by list (id)", withPartition))
          .isEqualTo(expected.equals("none") ? List.of() : List.of("c " + whole));
    }
  }

  /** What the next layout of a table with a row says of its earlier rows, by column. */
  private static List<String> fills(TestSession session, String partitioned, String... altering) {
    session.run("create table t (id int primary key, v int) " + partitioned);
    if (!partitioned.isEmpty()) {
      session.run("create table t_1 partition of t for values in (1)");
    }
    session.run("insert into t values (1, 1)");
    session.rows("select pgq_connect.add_table('q', 't')::text");
    for (String sql : altering) {
      session.run(sql);
    }
    session.run("insert into t (id) values (2)");
    return session.rows(
        """
        select (c ->> 'name') || ' ' || coalesce(c ->> 'fill', 'NULL')
          from jsonb_array_elements((select columns from pgq_connect.layout order by layout_id desc limit 1))
               with ordinality x (c, nr)
         where nr > 2 order by nr\
        """);
  }

  @Test
  void whatEarlierRowsGotIsWrittenAsSinksReadItWhateverTheSessionThatRefreshes()
      throws SQLException {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("create table t (id int primary key, f date)");
      session.rows("select pgq_connect.add_table('q', 't')::text");
      session.run(
          """
          do $$ begin
            perform set_config('datestyle', '%s', true), set_config('intervalstyle', 'sql_standard', true);
            alter table t add g int generated always as (f - date '2024-02-01') stored;
            alter table t add d date not null default date '2024-02-01',
                          add i interval default interval '-1 day +02:03:04';
            perform pgq_connect.refresh_table('q', 't');
          end $$\
          """
              .formatted(session.strangeDateStyle()));
      assertThat(
              session.rows(
                  """
                  select coalesce(c ->> 'expression', c ->> 'fill')
                    from pgq_connect.captured_table t join pgq_connect.layout l on l.layout_id = t.layout_id
                   cross join jsonb_array_elements(l.columns) with ordinality x (c, nr)
                   where nr > 2 order by nr\
                  """))
          .containsExactly(
              "GENERATED ALWAYS AS ((f - '2024-02-01'::date)) STORED",
              "DEFAULT '2024-02-01'::date",
              "DEFAULT '-1 days +02:03:04'::interval");
    }
  }

  @Test
  void whatSomethingElseInsertsIntoTheQueueIsDeletedAsTheMessageSays() throws SQLException {
    try (TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
        TestSession session = database.open()) {
      session.run("create table t (id int primary key)");
      session.rows("select pgq_connect.add_table('q', 't')::text");
      session.run("insert into t values (1)");
      session.rows("select pgq.insert_event('q', 'hello', 'world')");
      EventDecoder decoder =
          new EventDecoder("q", new Layouts(session.connection(), NanoClock.SYSTEM));
      Throwable refused =
          catchThrowable(
              () -> decoder.decode(new Event(2, 0, 0, "hello", "world", null, null, null)));
      assertThat(refused)
          .hasMessageContaining(
              "Event 2 of queue \"q\" (type 'hello', table null): it was not written")
          .hasMessageContaining("and restart the connector's task");
      Matcher command =
          Pattern.compile("delete them: (.*?); and restart").matcher(refused.getMessage());
      assertThat(command.find()).isTrue();
      session.run(command.group(1));
      assertThat(session.events()).containsExactly("c|(1)");
    }
  }
}
