/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.external;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.batch.Operation;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Printed;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.source.copy.CopyRequests;
import org.pgqconnect.source.decode.DecodedChange;
import org.pgqconnect.source.decode.EventDecoder;
import org.pgqconnect.source.decode.Layout;
import org.pgqconnect.source.decode.Layouts;
import org.pgqconnect.source.decode.RowDecoder;
import org.pgqconnect.source.queue.Event;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;
import org.pgqconnect.time.NanoClock;

/** What the real triggers of extension pgq write, and what is made of it. */
class ExternalEventDecoderIT {
  private static final ExternalPolicy STRICT =
      new ExternalPolicy(table -> true, true, Set.of(), true, true);

  private static TestDatabase database;
  private static TestSession session;

  private ExternalEventDecoder decoder;
  private long read;

  @BeforeAll
  static void openDatabase() {
    database = TestServer.PGQ_EXTENSION.newDatabase().withQueue();
    session = database.open();
  }

  @AfterAll
  static void closeDatabase() {
    if (session != null) {
      session.close();
      database.close();
    }
  }

  /** What a test does is undone after it: only the ids of events go on. */
  @BeforeEach
  void begin() throws SQLException {
    session.connection().setAutoCommit(false);
    decoder = decoder(STRICT);
  }

  @AfterEach
  void undo() throws SQLException {
    session.connection().rollback();
  }

  private ExternalEventDecoder decoder(ExternalPolicy policy) {
    return new ExternalEventDecoder(
        database.name(),
        "q",
        new EventDecoder("q", new Layouts(session.connection(), NanoClock.SYSTEM)),
        new ExternalTables(session.connection(), "q"),
        policy,
        Remedy.ofQueue("q"));
  }

  private void table(String ddl, String function, String arguments) {
    session.run("create table " + ddl);
    String name = ddl.substring(0, ddl.indexOf(" ("));
    session.run(
        "create trigger rows after insert or update or delete on %s for each row execute function pgq.%s('q'%s)"
            .formatted(name, function, arguments));
    session.run(
        "create trigger truncates after truncate on %s for each statement execute function pgq.%s('q')"
            .formatted(name, function));
  }

  /** The events since the last call. */
  private List<Event> events() throws SQLException {
    List<Event> events = new ArrayList<>();
    try (Statement statement = session.connection().createStatement();
        ResultSet rows =
            statement.executeQuery(
                "select ev_id, ev_txid, ev_type, ev_data, ev_extra1, ev_extra2, ev_extra3,"
                    + " ev_extra4"
                    + " from pgq.event_1 where ev_id > %d order by ev_id".formatted(read))) {
      while (rows.next()) {
        events.add(
            new Event(
                rows.getLong(1),
                0,
                rows.getLong(2),
                rows.getString(3),
                rows.getString(4),
                rows.getString(5),
                rows.getString(6),
                rows.getString(7),
                rows.getString(8)));
        read = rows.getLong(1);
      }
    }
    return events;
  }

  private List<String> decoded() throws SQLException {
    decoder.batchBegins();
    List<String> texts = new ArrayList<>();
    for (Event event : events()) {
      decoder.decode(event).map(ExternalEventDecoderIT::text).ifPresent(texts::add);
    }
    return texts;
  }

  private static String text(DecodedChange change) {
    List<String> names = change.layout().columns().stream().map(Layout.Column::name).toList();
    return "%s %s %s %s key=%s"
        .formatted(
            change.operation().code(),
            change.layout().table(),
            image(names, change.before()),
            image(names, change.after()),
            change.layout().key());
  }

  private static String image(List<String> names, Object[] values) {
    if (values == null) {
      return "-";
    }
    List<String> pairs = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      pairs.add(names.get(i) + "=" + values[i]);
    }
    return pairs.toString();
  }

  private String message() throws SQLException {
    List<Event> events = events();
    Event last = events.get(events.size() - 1);
    try {
      Optional<DecodedChange> change = decoder.decode(last);
      throw new AssertionError("decoded: " + change);
    } catch (StopException e) {
      return e.getMessage();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"logutriga", "jsontriga"})
  void valuesAreThoseThatOurOwnCaptureWouldWrite(String function) throws SQLException {
    session.run("create domain positive as int check (value > 0)");
    session.run("create type mood as enum ('sad', 'o&k=')");
    table(
        """
        "T b" (id int, "k,2" text, b bool, i2 int2, i8 int8, f float8, n numeric, nan numeric, by bytea,
               d date, di date, ts timestamp, tz timestamptz, tzi timestamptz, bc timestamptz, t0 time, iv interval,
               j json, jb jsonb, u uuid, a text[], r int4range, m mood, p positive, "ü" text, nl text, empty text,
               c char(5), ip inet, bi bit(3), pt point, primary key (id, "k,2"))\
        """,
        function,
        ", 'backup'");
    session.run(
        """
        insert into "T b" values (-1, 'x y&', true, 32767, -9223372036854775808, 0.1, 1.500, 'NaN', '\\x00ff5c',
          '2026-02-01', 'infinity', '2026-02-01 03:04:05.000001', '1999-12-31 23:59:59.5+05:45', '-infinity',
          '0044-03-15 12:00:00+00 BC', '23:59:59.9', '1 year -2 days 03:04:05', '{"a" :  "ü&=%+"}', '{"b": [1, null]}',
          '123e4567-e89b-12d3-a456-426614174000', array['a,b', null, '"'], '[1,5)', 'o&k=', 7,
          E'a&b=c+d%\\n\\t\\\\ é \\'', null, '', 'ab', '10.0.0.1/8', '101', '(1.5,-2)')\
        """);
    session.run("update \"T b\" set \"ü\" = null, nl = 'set', b = false");
    session.run("delete from \"T b\"");
    session.run("truncate \"T b\"");
    List<DecodedChange> changes = new ArrayList<>();
    for (Event event : events()) {
      changes.add(decoder.decode(event).orElseThrow());
    }
    assertThat(changes)
        .extracting(DecodedChange::operation)
        .containsExactly(Operation.CREATE, Operation.UPDATE, Operation.DELETE, Operation.TRUNCATE);

    session.run(
        """
        insert into "T b" values (-1, 'x y&', true, 32767, -9223372036854775808, 0.1, 1.500, 'NaN', '\\x00ff5c',
          '2026-02-01', 'infinity', '2026-02-01 03:04:05.000001', '1999-12-31 23:59:59.5+05:45', '-infinity',
          '0044-03-15 12:00:00+00 BC', '23:59:59.9', '1 year -2 days 03:04:05', '{"a" :  "ü&=%+"}', '{"b": [1, null]}',
          '123e4567-e89b-12d3-a456-426614174000', array['a,b', null, '"'], '[1,5)', 'o&k=', 7,
          E'a&b=c+d%\\n\\t\\\\ é \\'', null, '', 'ab', '10.0.0.1/8', '101', '(1.5,-2)')\
        """);
    Layout layout = changes.get(0).layout();
    assertThat(layout.key()).containsExactly("id", "k,2");
    assertThat(layout)
        .isEqualTo(
            Layouts.layout(
                new TableId("public", "T b"),
                session.text("select pgq_connect.columns_of('\"T b\"'::regclass)::text"),
                "[\"id\", \"k,2\"]"));
    Object[] first = new RowDecoder(layout).values(session.text("select t::text from \"T b\" t"));
    session.run("update \"T b\" set \"ü\" = null, nl = 'set', b = false");
    Object[] second = new RowDecoder(layout).values(session.text("select t::text from \"T b\" t"));
    assertThat(changes.get(0).before()).isNull();
    assertThat(changes.get(0).after()).isEqualTo(first);
    assertThat(changes.get(1).before()).isEqualTo(first);
    assertThat(changes.get(1).after()).isEqualTo(second);
    assertThat(changes.get(2).before()).isEqualTo(second);
    assertThat(changes.get(2).after()).isNull();
    assertThat(changes.get(3).layout().table()).isEqualTo(new TableId("public", "T b"));
    assertThat(changes.get(3).layout().key()).containsExactly("id", "k,2");
  }

  @Test
  void bytesAreReadInEitherForm() throws SQLException {
    table("t (id int primary key, v bytea)", "logutriga", "");
    session.run("set bytea_output = escape");
    session.run("insert into t values (1, '\\x00415c27ff'), (2, ''), (3, null)");
    assertThat(events())
        .extracting(event -> decoder.decode(event).orElseThrow().after()[1])
        .containsExactly(new byte[] {0, 'A', '\\', '\'', (byte) 0xff}, new byte[0], null);
  }

  @Test
  void aDateInAnotherFormThanIsoIsNotGuessed() throws SQLException {
    table("t (id int primary key, v date)", "logutriga", "");
    // The driver itself insists on ISO, so the setting lasts as long as a function.
    session.run(
        """
        create function write() returns void language sql set datestyle = 'German'
            as $$ insert into t values (1, '2026-02-01') $$\
        """);
    session.run("select write()");
    String message = message();
    assertThat(message)
        .contains("of queue \"q\" (type 'I:id', ev_extra1 'public.t')")
        .contains("column \"v\" (date) holds a date that is not in ISO form")
        .contains("ALTER DATABASE \"%s\" SET DateStyle = 'ISO'".formatted(database.name()))
        .contains("external.dates=pass")
        .doesNotContain("01.02.2026");
    try (TestSession owner = database.open("postgres")) {
      owner.run(Printed.statement(message, "that setting: (.*?)\\. For"));
    }
    read = 0;
    decoder = decoder(new ExternalPolicy(table -> true, true, Set.of(), true, false));
    assertThat(decoded()).containsExactly("c public.t - [id=1, v=01.02.2026] key=[id]");
  }

  /**
   * Every type of dates in every style: what is not ISO stops, what is ISO goes through as it is.
   */
  @Test
  void neitherAreDatesInArraysAndRangesGuessed() throws SQLException {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("date[]", "array[null, '2024-03-04', 'infinity', '0044-03-15 BC']::date[]");
    values.put(
        "timestamp without time zone[]", "'[0:1]={2024-03-04 10:00:00.5,-infinity}'::timestamp[]");
    values.put(
        "timestamp with time zone[]", "array[array['2024-03-04 10:00:00+05:45'::timestamptz]]");
    values.put("daterange", "daterange('2024-03-04', '2024-03-09')");
    values.put("tsrange", "tsrange(null, '2024-03-09 11:12:13')");
    values.put("tstzrange", "tstzrange('2024-03-04 10:00:00+00', 'infinity', '[]')");
    values.put("daterange[]", "array['empty', daterange('2024-03-04', '2024-03-09')]");
    values.put("tsrange[]", "array[tsrange('2024-03-04 10:00:00', '2024-03-09 10:00:00'), '(,)']");
    values.put("tstzrange[]", "array[tstzrange('2024-03-04 10:00:00+00', null)]");
    values.put("datemultirange", "datemultirange(daterange('2024-03-04', '2024-03-09'))");
    values.put(
        "tsmultirange",
        "tsmultirange(tsrange('2024-03-04 10:00:00', null), tsrange(null, '2000-01-31'))");
    values.put("tstzmultirange", "tstzmultirange(tstzrange('2024-03-04 10:00:00+00', null))");
    values.put(
        "datemultirange[]", "array[datemultirange(daterange('2024-03-04', '2024-03-09')), '{}']");
    values.put("public.days", "array['2024-03-04']::date[]");
    session.run("create domain days as date[]");
    List<String> types = List.copyOf(values.keySet());
    for (int i = 0; i < types.size(); i++) {
      table("t%d (id int primary key, v %s)".formatted(i, types.get(i)), "logutriga", "");
      session.run("insert into t%d values (1, %s)".formatted(i, values.get(types.get(i))));
      assertThat(decoded())
          .containsExactly(
              "c public.t%d - [id=1, v=%s] key=[id]"
                  .formatted(i, session.text("select v::text from t" + i)));
      for (String style :
          List.of("German", "SQL, DMY", "SQL, MDY", "Postgres, DMY", "Postgres, MDY")) {
        session.run(
            "create or replace function write() returns void language sql set datestyle = %s as $$ update t%d set id = id $$"
                .formatted(style, i));
        session.run("select write()");
        assertThat(message())
            .as(types.get(i) + " " + style)
            .contains("column \"v\" (" + types.get(i))
            .contains("holds a date that is not in ISO form");
      }
    }
  }

  /** Whatever the writer's and the subscriber's style, an interval stays the same. */
  @Test
  void intervalsMeanTheSameInEveryStyle() throws SQLException {
    table("t (id int primary key, v interval, a interval[])", "logutriga", "");
    String insert =
        """
        insert into t (id, v)
        select row_number() over (), make_interval(months => m, days => d, secs => s)
          from unnest(array[0, 14, -14, 1]) m, unnest(array[0, 3, -3]) d,
               unnest(array[0, 7384.25, -7384.25, 1, -1, 360000]) s;
        update t set a = array[v, null, -v, v]\
        """;
    List<String> styles = List.of("postgres", "postgres_verbose", "iso_8601", "sql_standard");
    for (String style : styles) {
      session.run(
          "create or replace function write() returns void language sql set intervalstyle = %s as $$ delete from t; %s $$"
              .formatted(style, insert));
      session.run("select write()");
      int checked = 0;
      for (Event event : events()) {
        DecodedChange change = decoder.decode(event).orElseThrow();
        if (change.operation() != Operation.UPDATE) {
          continue;
        }
        checked++;
        for (String reads : styles) {
          session.run("set intervalstyle = " + reads);
          assertThat(
                  session.text(
                      "select (v = ?::interval and a = ?::interval[])::text from t where id = "
                          + change.after()[0],
                      change.after()[1],
                      change.after()[2]))
              .as(
                  "%s and %s, written as %s and read as %s",
                  change.after()[1], change.after()[2], style, reads)
              .isEqualTo("true");
        }
        session.run("reset intervalstyle");
      }
      assertThat(checked).isEqualTo(72);
    }
  }

  @Test
  void followsATableThatIsAltered() throws SQLException {
    table("t (id int primary key, v int, gone text, old_name text)", "logutriga", "");
    session.run("insert into t values (1, 10, 'g', 'o')");
    assertThat(decoded()).containsExactly("c public.t - [id=1, v=10, gone=g, old_name=o] key=[id]");
    session.run("insert into t values (2, 20, 'g', 'o')");
    session.run("alter table t alter v type bigint, drop gone, add more text");
    session.run("alter table t rename old_name to new_name");
    session.run("insert into t values (3, 3000000000, 'n', 'm')");
    assertThat(decoded())
        .as("columns that the table no longer has are known as long as the session has seen them")
        .containsExactly(
            "c public.t - [id=2, v=20, gone=g, old_name=o] key=[id]",
            "c public.t - [id=3, v=3000000000, new_name=n, more=m] key=[id]");
    session.run("alter table t alter v type text using 'x' || v");
    session.run("insert into t values (4, 'word', null, null)");
    assertThat(decoded())
        .containsExactly("c public.t - [id=4, v=word, new_name=null, more=null] key=[id]");

    decoder = decoder(STRICT);
    read = 0;
    assertThat(decoded())
        .as("and left out when the catalog does not have them")
        .startsWith("c public.t - [id=1, v=10] key=[id]", "c public.t - [id=2, v=20] key=[id]");
  }

  /** No value shows it: subscribers would round what they get. */
  @ParameterizedTest
  @CsvSource({
    "'alter table t alter v type numeric(12,4)', 'numeric(12,4)'",
    "alter table t alter v type text, text",
    "'alter table t drop v; alter table t add v numeric(10,2)', 'numeric(10,2)'"
  })
  void anotherTypeIsNoticedInTheNextBatch(String alter, String type) throws SQLException {
    table("t (id int primary key, v numeric(10,2), w int)", "logutriga", "");
    session.run("insert into t values (1, 1.25)");
    Layout.Column before = column("v");
    session.run(alter);
    session.run("insert into t (id, v) values (2, 1.25)");
    Layout.Column after = column("v");
    assertThat(after.type()).isEqualTo(type);
    assertThat(after).isNotEqualTo(before);
    session.run("insert into t (id, v) values (3, 1.25)");
    assertThat(column("v")).isEqualTo(after);
  }

  private Layout.Column column(String name) throws SQLException {
    decoder.batchBegins();
    List<Event> events = events();
    Layout layout = decoder.decode(events.get(events.size() - 1)).orElseThrow().layout();
    return layout.columns().stream().filter(c -> c.name().equals(name)).findFirst().orElseThrow();
  }

  @Test
  void aTableThatIsGoneTravelsAsText() throws SQLException {
    table("t (id int primary key, v int)", "logutriga", "");
    session.run("insert into t values (1, 10)");
    session.run("truncate t");
    session.run("alter table t rename to t2");
    List<Event> events = events();
    DecodedChange change = decoder.decode(events.get(0)).orElseThrow();
    assertThat(text(change)).isEqualTo("c public.t - [id=1, v=10] key=[id]");
    assertThat(change.after()).containsExactly("1", "10");
    assertThat(change.layout().complete()).isFalse();
    assertThat(text(decoder(STRICT).decode(events.get(1)).orElseThrow()))
        .isEqualTo("t public.t - - key=[]");
  }

  @Test
  void obeysTheTriggersArguments() throws SQLException {
    table(
        "t (id int primary key, code text unique, secret text)",
        "logutriga",
        ", 'pkey=code', 'ignore=id,secret', 'ev_extra1=''other.name'''");
    session.run("insert into t values (1, 'a', 's')");
    session.run("update t set secret = 'new'");
    session.run("delete from t");
    assertThat(decoded())
        .containsExactly(
            "c other.name - [code=a] key=[code]", "d other.name [code=a] - key=[code]");
    assertThat(new ExternalTables(session.connection(), "q").published())
        .containsExactly(new TableId("other", "name"));
    session.run("create table leaf (id int primary key)");
    session.run(
        "create trigger deny after insert on leaf for each row execute function pgq.logutriga('q',"
            + " 'deny')");
    session.run(
        "create trigger elsewhere after insert on leaf for each row execute function"
            + " pgq.logutriga('q2')");
    assertThat(new ExternalTables(session.connection(), "q").published())
        .as("tables that a trigger only protects, or writes elsewhere")
        .containsExactly(new TableId("other", "name"));
  }

  @Test
  void rowsWhoseKeyMayBeNullAreNotCopiedInPart() throws SQLException {
    TableId id = new TableId("public", "t");
    table("t (id int primary key, code text unique)", "logutriga", ", 'pkey=code'");
    assertThatThrownBy(() -> CopyRequests.request(session.connection(), "q", id))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(
            "table public.t cannot be copied: column \"code\" of the key that trigger rows names"
                + " may be NULL")
        .hasMessageContaining(
            "ALTER TABLE \"public\".\"t\" ALTER COLUMN \"code\" SET NOT NULL; or");
    session.run("ALTER TABLE \"public\".\"t\" ALTER COLUMN \"code\" SET NOT NULL");
    CopyRequests.request(session.connection(), "q", id);
    assertThat(session.text("select state from pgq_connect.table_copy")).isEqualTo("requested");
  }

  @Test
  void aCopyOfAllTablesComprisesThoseOfForeignTriggersAndNamesThoseThatCannotBeCopied()
      throws SQLException {
    table("t (id int primary key, v text)", "logutriga", "");
    table("part (id int primary key, v text)", "logutriga", ", 'ignore=v'");
    table("renamed (id int primary key)", "logutriga", ", 'ev_extra1=''other.name'''");
    table("computed (id int primary key, v text)", "logutriga", ", 'ev_extra1=v'");
    table("nokey (a int)", "logutriga", "");
    TableId own = new TableId("public", "own");
    CopyRequests.Plan plan = CopyRequests.plan(session.connection(), "q", List.of(own));
    assertThat(plan.tables()).containsExactlyInAnyOrder(own, new TableId("public", "t"));
    assertThat(plan.refused().keySet())
        .extracting(TableId::table)
        .containsExactly("computed", "nokey", "part", "renamed");
    assertThat(plan.refused().values())
        .anySatisfy(why -> assertThat(why).contains("leaves columns [v] of table public.part out"))
        .anySatisfy(why -> assertThat(why).contains("public.renamed is published as other.name"))
        .anySatisfy(why -> assertThat(why).contains("table public.nokey has no primary key"))
        .anySatisfy(
            why ->
                assertThat(why)
                    .contains("of table public.computed computes the name")
                    .contains("Copy its rows to the subscribers by hand"));
    CopyRequests.request(session.connection(), "q", new TableId("public", "t"));
    assertThat(session.text("select table_name from pgq_connect.table_copy")).isEqualTo("t");
  }

  @Test
  void partitionsAreTablesOfTheirOwn() throws SQLException {
    session.run("create table p (id int primary key, v text) partition by range (id)");
    session.run("create table p1 partition of p for values from (1) to (10)");
    session.run(
        "create trigger rows after insert or update or delete on p for each row execute function"
            + " pgq.logutriga('q')");
    session.run("insert into p values (1, 'a')");
    assertThat(decoded()).containsExactly("c public.p1 - [id=1, v=a] key=[id]");
    assertThat(new ExternalTables(session.connection(), "q").published())
        .contains(new TableId("public", "p1"));
  }

  @Test
  void aColumnThatIsComputedNoMoreIsNoticed() throws SQLException {
    table("t (id int primary key, g int generated always as (id * 2) stored)", "logutriga", "");
    session.run("insert into t values (1)");
    assertThat(column("g").generated()).isEqualTo("GENERATED ALWAYS AS ((id * 2)) STORED");
    session.run("alter table t alter g drop expression");
    session.run("insert into t values (2, 5)");
    assertThat(column("g").generated()).isNull();
  }

  @Test
  void saysWhatToDoAboutEventsThatAreNoRows() throws SQLException {
    table("nokey (a int, b text)", "logutriga", "");
    session.run("insert into nokey values (1, 'x')");
    assertThat(message())
        .contains("table public.nokey has no primary key")
        .contains("ALTER TABLE \"public\".\"nokey\" ADD PRIMARY KEY (...)")
        .contains("table.include.list");
    table("sql (id int primary key)", "sqltriga", "");
    session.run("insert into sql values (1)");
    assertThat(message())
        .contains("(type 'I', ev_extra1 'public.sql')")
        .contains("written by pgq.sqltriga")
        .contains("--trigger-flags=L");
    session.run("truncate sql");
    assertThat(decoded()).as("Londiste's truncate trigger is always sqltriga").hasSize(1);
    session.run("select pgq.insert_event('q', 'order.created', '{}')");
    assertThat(message())
        .contains("neither PgQ's triggers nor Londiste write events of this type")
        .contains("external.unknown=skip")
        .contains("mode=events");
    session.run("select pgq.insert_event('q', 'I:id', 'id=%zz', 'public.sql', null, null, null)");
    assertThat(message()).contains("not URL-encoded").doesNotContain("zz");
    session.run("select pgq.insert_event('q', 'I:id', 'v=1', 'public.sql', null, null, null)");
    assertThat(message()).contains("lacks the key column \"id\"");
    session.run("select pgq.insert_event('q', 'I:id', 'id=x', 'public.sql', null, null, null)");
    assertThat(message()).contains("column \"id\" holds a text that is no integer");

    decoder = decoder(new ExternalPolicy(table -> false, true, Set.of(), false, true));
    read = 0;
    assertThat(decoded()).as("tables that are not included do no harm").isEmpty();
  }

  @Test
  void londistesOwnEventsArePassedOver() throws SQLException {
    session.run(
        """
        select pgq.insert_event('q', type, 'data', 'extra', null, null, null)
          from unnest(array['pgq.location-info', 'pgq.global-watermark', 'pgq.tick-id',
                            'pgq.unregister-location', 'pgq.never-heard-of', 'londiste.add-table',
                            'londiste.remove-table', 'londiste.update-seq', 'londiste.remove-seq']) type\
        """);
    assertThat(decoded()).isEmpty();
  }

  @Test
  void aScriptIsNeitherLostNorInTheWayForEver() throws SQLException {
    session.run(
        "select pgq.insert_event('q', 'EXECUTE', 'alter table t add x int', 'ddl-7.sql', null,"
            + " null, null)");
    Event script = events().get(0);
    assertThatThrownBy(() -> decoder.decode(script))
        .isInstanceOf(StopException.class)
        .hasMessageContaining("Event %d of queue \"q\" (type 'EXECUTE'".formatted(script.id()))
        .hasMessageContaining("DDL script \"ddl-7.sql\"")
        .hasMessageContaining("select ev_data from pgq.event_template where ev_id = " + script.id())
        .hasMessageContaining("rows before it in its batch are not published yet")
        .hasMessageContaining("run its DDL on every subscriber")
        .hasMessageContaining("external.executed=" + script.id())
        .hasMessageContaining(
            "Once the batch is published, have each table copied that the script writes or alters,"
                + " or subscribers differ: ./pgq-connect provider resync --queue q --all, or with"
                + " their names in the place of --all")
        .hasMessageContaining("external.execute=skip");
    assertThat(
            session.text(
                "select ev_data from pgq.event_template where ev_id = %d and ev_type = 'EXECUTE'"
                    .formatted(script.id())))
        .as("the statement of the message")
        .isEqualTo("alter table t add x int");
    ExternalPolicy executed =
        new ExternalPolicy(table -> true, true, Set.of(script.id()), true, true);
    assertThat(decoder(executed).decode(script)).isEmpty();
    assertThat(decoder(executed).passedOver(script, "so it is said"))
        .as("the warning then")
        .startsWith(
            "Script \"ddl-7.sql\" (event %d of queue \"q\") is skipped: so it is said. Rows that"
                .formatted(script.id()))
        .contains("before it in the same batch come to subscribers after it")
        .contains("./pgq-connect provider resync --queue q --all");
    ExternalPolicy skip = new ExternalPolicy(table -> true, false, Set.of(), true, true);
    assertThat(decoder(skip).decode(script)).isEmpty();
  }

  @Test
  void eventsOfOurOwnTriggersMayStandBetween() throws SQLException {
    session.run("create table own (id int primary key, v text)");
    session.run("select from pgq_connect.add_table('q', 'own')");
    table("t (id int primary key)", "logutriga", "");
    session.run("insert into own values (1, 'a')");
    session.run("insert into t values (1)");
    session.run("update own set id = 2");
    assertThat(decoded())
        .containsExactly(
            "c public.own - [id=1, v=a] key=[id]",
            "c public.t - [id=1] key=[id]",
            "d public.own [id=1, v=a] - key=[id]",
            "c public.own - [id=2, v=a] key=[id]");
    assertThat(
            Arrays.asList(
                session
                    .rows("select tgname from pg_trigger where tgrelid = 't'::regclass")
                    .toArray()))
        .containsExactlyInAnyOrder("rows", "truncates");
  }
}
