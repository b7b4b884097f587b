/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;

/** ALTER TABLE gives earlier rows other values without an event, and that is noticed. */
class RewrittenRowsIT {
  private final TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
  private final TestSession app = database.open();

  @BeforeEach
  void tables() {
    app.run(
        """
        create domain pos as int check (value > 0);
        create table t (id int primary key, a int, b varchar(10), p pos);
        create table parted (id int, a int, primary key (id)) partition by range (id);
        create table low partition of parted for values from (0) to (10);
        create table high partition of parted for values from (10) to (20);
        insert into t values (1, 1, 'x', 1), (2, 2, 'y', 2);
        insert into parted values (1, 1), (11, 2)\
        """);
    app.rows("select pgq_connect.add_table('q', 't')::text");
    app.rows("select pgq_connect.add_table('q', 'parted')::text");
    look();
  }

  @AfterEach
  void close() {
    app.close();
    database.close();
  }

  /** As the source connector looks, again and again. */
  private List<String> look() {
    app.rows("select pgq_connect.renew_row_marks('q')");
    app.rows("select pgq_connect.refresh_table('q', 't')::text");
    app.rows("select pgq_connect.refresh_table('q', 'parted')::text");
    return app.rows(
        "select table_name, detail from pgq_connect.capture_status('q') where state = 'rows"
            + " rewritten'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "alter table t alter a type int using a * 100; | a",
        "alter table t alter b type text using b || 'x'; | b",
        "alter table t alter p type int using p + 1; | p",
        "alter table t add u uuid default gen_random_uuid(); alter table t alter u drop default |"
            + " u",
        "alter table t add u int default 5; alter table t alter u drop default; vacuum full t | u",
        "alter table t add g int generated always as (a * 2) stored; alter table t alter g drop"
            + " expression | g",
        "alter table t add s bigserial; alter table t alter s drop default, alter s drop not null |"
            + " s",
        "alter table t alter a type int using a * 100; grant select on t to public; vacuum full t |"
            + " a"
      })
  void valuesThatMayDifferAreReportedUntilTheTableIsCopiedAgain(String input) {
    String[] parts = input.split("\\|(?=[^|]*$)");
    for (String statement : parts[0].split(";")) {
      app.run(statement);
    }
    String expected =
        "t|ALTER TABLE wrote its rows anew without an event, and may have given them other values"
            + " of "
            + parts[1].strip();
    assertThat(look()).containsExactly(expected);
    assertThat(look()).containsExactly(expected);
    app.run("insert into t (id) values (3)");
    assertThat(look()).containsExactly(expected);
    app.rows("select pgq_connect.add_table('q', 't')::text");
    assertThat(look()).as("adding it again requests no copy").containsExactly(expected);
    app.rows("select pgq_connect.request_copy('q', 'public', 't')::text");
    assertThat(look()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "alter type pair drop attribute x, add attribute x int | pair (column v)",
        "alter type pair add attribute z int | pair (column v)",
        "alter type mood rename value 'low' to 'down' | mood (column v), mood (column w)"
      })
  void aTypeThatIsAlteredIsReportedUntilTheTableIsCopiedAgain(String input) {
    String[] parts = input.split("\\|");
    app.run("create type mood as enum ('low', 'high'); create type pair as (x int, y int, m mood)");
    app.run(
        "create domain moods as mood[]; create table typed (id int primary key, v pair[], w"
            + " moods)");
    app.rows("select pgq_connect.add_table('q', 'typed')::text");
    app.run("alter type mood add value 'middle' before 'high'");
    app.run("alter type pair rename attribute y to yy");
    assertThat(typed()).isEqualTo("ok|null");
    look();
    app.run(parts[0]);
    String expected =
        "type altered|ALTER TYPE gave values of earlier rows another text without an event: "
            + parts[1].strip().replaceAll("(pair|mood) ", "public.$1 ");
    assertThat(typed()).isEqualTo(expected);
    look();
    assertThat(typed()).isEqualTo(expected);
    app.rows("select pgq_connect.request_copy('q', 'public', 'typed')::text");
    assertThat(typed()).isEqualTo("ok|null");
  }

  private String typed() {
    return app.rows(
            "select state, detail from pgq_connect.capture_status('q') where table_name = 'typed'")
        .get(0);
  }

  @Test
  void theRemedyOfValuesThatAreWhatTheyWereIsAStatement() {
    app.run("alter table t alter a type bigint");
    assertThat(look()).hasSize(1);
    String remedy =
        app.text("select remedy from pgq_connect.capture_status('q') where table_name = 't'");
    assertThat(remedy).startsWith("./pgq-connect provider resync --queue q public.t; or, ");
    app.rows(remedy.substring(remedy.indexOf("select pgq_connect")));
    assertThat(look()).isEmpty();
  }

  @Test
  void rowsOfPartitionsAreSeen() {
    app.run("alter table parted alter a type int using a + 1");
    assertThat(look()).singleElement().asString().startsWith("parted|").endsWith(" values of a");
  }

  @Test
  void aNewPartitionAndOneThatGoesHaveNoEarlierRows() {
    app.run("create table more partition of parted for values from (20) to (30)");
    app.run("drop table high");
    app.run("vacuum full low");
    assertThat(look()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "vacuum full t",
        "truncate t",
        "alter table t alter a set statistics 50",
        "alter table t alter a set not null",
        "alter table t rename a to z",
        "alter table t alter b type varchar(20)",
        "alter table t add n int",
        "alter table t drop a",
        "alter table t set unlogged",
        "grant select (a) on t to public",
        "create index on t (a)"
      })
  void whatLeavesTheValuesIsNotReportedHoweverOftenItIsDone(String statement) {
    for (String next :
        List.of(
            statement, "vacuum full t", "analyze t", "alter table t alter b set statistics 1")) {
      app.run(next);
      assertThat(look()).as(next).isEmpty();
    }
  }
}
