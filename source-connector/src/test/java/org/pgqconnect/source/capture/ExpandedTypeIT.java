/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.capture;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.connect.Await;
import org.pgqconnect.source.decode.Layouts;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;
import org.pgqconnect.time.NanoClock;

/** Definitions say what types are made of, and that may change without the table. */
class ExpandedTypeIT {
  private final TestDatabase database = TestServer.EMBEDDED.newDatabase().withQueue();
  private final TestSession app = database.open();
  private final TestSession source = database.open();

  @BeforeEach
  void types() {
    source.run("set search_path = pg_catalog");
    app.run(
        """
        create type mood as enum ('low', 'high');
        create domain cents as numeric(12,2);
        create domain deep as cents check (value > 0);
        create domain whole as int[];
        create type pair as ("Odd, name" deep, t timestamp(3));
        create type item as (id int, pairs pair[], m mood);
        create domain items as item[];
        create type span as range (subtype = cents%s);
        create table t (id int primary key, c cents, p pair, v text)\
        """
            .formatted(app.isAtLeast(14) ? ", multirange_type_name = spans" : ""));
  }

  @AfterEach
  void close() {
    source.close();
    app.close();
    database.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "int |",
        "numeric(12,4)[] |",
        "mood |",
        "mood[] |",
        "int4range |",
        "int4multirange[] |",
        "oidvector |",
        "cents | numeric(12,2)",
        "deep[] | numeric(12,2)[]",
        "whole[] | integer[][]",
        "pair | row(\"Odd, name\" numeric(12,2), t timestamp(3) without time zone)",
        "items[] | row(id integer, pairs row(\"Odd, name\" numeric(12,2), t timestamp(3) without"
            + " time zone)[], m public.mood)[][]",
        "t | row(id integer, c numeric(12,2), p row(\"Odd, name\" numeric(12,2), t timestamp(3)"
            + " without time zone), v text)",
        "span | range(numeric(12,2))",
        "spans[] | multirange(numeric(12,2))[]"
      })
  void saysWhatATypeIsMadeOfWhereThatIsMore(String type, String expanded) {
    if (expanded != null && expanded.startsWith("multirange") || type.contains("multirange")) {
      app.assumeAtLeast(14, "it has no multiranges");
    }
    app.run("create table x (v %s)".formatted(type));
    assertThat(
            app.text(
                "select pgq_connect.expanded_type(atttypid, atttypmod) from pg_attribute"
                    + " where attrelid = 'x'::regclass and attname = 'v'"))
        .isEqualTo(expanded);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ", masks => '{\"v\": \"null\"}'"})
  void aTypeThatIsAlteredGivesTheDefinitionAnotherMeaningAndTheTableNoOtherLayout(String options)
      throws SQLException {
    app.rows("select pgq_connect.add_table('q', 't'%s)::text".formatted(options));
    app.rows("select pgq_connect.renew_row_marks('q')");
    app.run("insert into t values (1, 1.25, row(1.5, now()), 'x')");
    Layouts layouts = new Layouts(source.connection(), NanoClock.SYSTEM);
    assertThat(expanded(layouts))
        .containsExactly(
            null,
            "numeric(12,2)",
            "row(\"Odd, name\" numeric(12,2), t timestamp(3) without time zone)",
            null);
    app.run("alter type pair drop attribute t, add attribute t timestamp");
    app.run("insert into t values (2, 1.25, row(1.5, now()), 'x')");
    Await.atMost(Duration.ofMinutes(2), "the layout to be read again")
        .until(
            () ->
                expanded(layouts)
                    .contains("row(\"Odd, name\" numeric(12,2), t timestamp without time zone)"));
    app.rows("select pgq_connect.refresh_table('q', 't')::text");
    app.run("insert into t values (3, 1.25, row(1.5, now()), 'x')");
    assertThat(app.rows("select count(*) from pgq_connect.layout")).containsExactly("1");
    assertThat(app.rows("select state from pgq_connect.capture_status('q')"))
        .containsExactly("type altered");
  }

  /** Rows from before are still what they were. */
  @Test
  void aColumnThatHasAnotherTypeByNowKeepsItsMeaningInEarlierLayouts() throws SQLException {
    app.rows("select pgq_connect.add_table('q', 't')::text");
    app.run("insert into t values (1, 1.25, row(1.5, now()), 'x')");
    app.run("alter table t alter c type text, drop column p");
    assertThat(expanded(new Layouts(source.connection(), NanoClock.SYSTEM)))
        .containsExactly(
            null,
            "numeric(12,2)",
            "row(\"Odd, name\" numeric(12,2), t timestamp(3) without time zone)",
            null);
  }

  private List<String> expanded(Layouts layouts) throws SQLException {
    int first = Integer.parseInt(app.text("select min(layout_id) from pgq_connect.layout"));
    return layouts.decoder(first).layout().definition().columns().stream()
        .map(TableDefinition.Column::expanded)
        .toList();
  }
}
