/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.local.postgres.PostgresServer;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.sink.testing.TestServer;

/** Every type that a column may have, as the provider's, into every other, as the subscriber's. */
class TypePairsIT {
  /** The server makes their values by itself and reads none. */
  private static final Set<String> NOT_READ =
      Set.of(
          "pg_node_tree",
          "gtsvector",
          "pg_ndistinct",
          "pg_dependencies",
          "pg_mcv_list",
          "pg_brin_bloom_summary",
          "pg_brin_minmax_multi_summary");

  /** Decimals of a number that is an integer. */
  private static final Pattern WHOLE = Pattern.compile("\\.0+(?![0-9])");

  private static final String[][] VALUES = {
    {"bool", "t", "f"},
    {"bytea", "\\x00ff5c", "\\x"},
    {"char", "x"},
    {"name", "a", "a123456789b123456789c123456789d123456789e123456789f123456789xyz"},
    {"int2", "-32768", "7"},
    {"int4", "2147483647", "16777217", "-1"},
    {"int8", "9223372036854775807", "9007199254740993"},
    {"int2vector", "1 2"},
    {"oidvector", "1 2"},
    {"oid", "4294967295"},
    {"xid", "4294967295"},
    {"cid", "7"},
    {"xid8", "18446744073709551615"},
    {"tid", "(0,1)"},
    {"text", "xyz ", "1.2345", "low", "{a,b}", "null", "a123456789b123456789c123456789", "t"},
    {"varchar", "xyz ", "12345.678", "a123456789b123456789c123456789"},
    {"bpchar", "xyz  ", "a123456789b123456789c123456789"},
    {"json", "{\"b\" : 1.0,  \"a\":2, \"a\": 3}", "1"},
    {"jsonb", "{\"a\": 1.00}", "1"},
    {"jsonpath", "$.\"a\"[*]"},
    {"xml", "<a>1</a>"},
    {"point", "(1.5,2)"},
    {"lseg", "[(1,2),(3,4)]"},
    {"path", "((1,2),(3,4))", "[(1,2),(3,4)]"},
    {"box", "(3,4),(1,2)"},
    {"polygon", "((1,2),(3,4),(5,1))"},
    {"line", "{1,2,3}"},
    {"circle", "<(1,2),3>"},
    {"inet", "10.1.2.3/8", "::1"},
    {"cidr", "10.1.2.3/32", "10.0.0.0/8"},
    {"macaddr", "08:00:2b:01:02:03"},
    {"macaddr8", "08:00:2b:01:02:03:04:05"},
    {"float4", "1.1", "3.4028235e+38", "NaN"},
    {"float8", "0.1", "1e+300", "-Infinity"},
    {"numeric", "123456.123456789", "NaN", "1.50"},
    {"money", "$1.50"},
    {"aclitem", "postgres=r/postgres"},
    {"date", "2026-02-28", "infinity"},
    {"time", "23:59:59.999999"},
    {"timetz", "23:59:59.999999+05:45"},
    {"timestamp", "2026-02-28 23:59:59.999999", "infinity"},
    {"timestamptz", "2026-02-28 23:59:59.999999+00", "-infinity"},
    {"interval", "1 year 2 mons 3 days 04:05:06.789012"},
    {"bit", "10101", "1"},
    {"varbit", "10101", ""},
    {"uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
    {"refcursor", "c"},
    {"pg_lsn", "16/B374D848"},
    {"pg_snapshot", "10:20:10,14"},
    {"txid_snapshot", "10:20:10,14"},
    {"tsvector", "'a':1A 'b':2"},
    {"tsquery", "'a' & 'b'"},
    {"regproc", "now"},
    {"regprocedure", "now()"},
    {"regoper", "0"},
    {"regoperator", "+(integer,integer)"},
    {"regclass", "pg_class"},
    {"regtype", "integer"},
    {"regrole", "postgres"},
    {"regnamespace", "pg_catalog"},
    {"regdatabase", "postgres"},
    {"regconfig", "english"},
    {"regdictionary", "simple"},
    {"regcollation", "\"C\""},
    {"int4range", "[1,5)", "empty"},
    {"int8range", "[1,9223372036854775807)"},
    {"numrange", "(1.50,2.25]"},
    {"daterange", "[2026-01-01,2026-02-01)"},
    {"tsrange", "(\"2026-01-01 00:00:00.5\",\"2026-02-01 00:00:00\"]"},
    {"tstzrange", "(\"2026-01-01 00:00:00+00\",\"2026-02-01 00:00:00.5+00\"]"},
    {"int4multirange", "{[1,5),[7,9)}"},
    {"int8multirange", "{[1,5)}"},
    {"nummultirange", "{(1.5,2.5]}"},
    {"datemultirange", "{[2026-01-01,2026-02-01)}"},
    {"tsmultirange", "{[\"2026-01-01 00:00:00.5\",\"2026-02-01 00:00:00\"]}"},
    {"tstzmultirange", "{[\"2026-01-01 00:00:00+00\",\"2026-02-01 00:00:00.5+00\"]}"},
  };

  /** Types with modifiers, and such as are made of others. */
  private static final String[][] MADE = {
    {"numeric(12,2)", "1.50", "1234567890.12"},
    {"numeric(12,4)", "1.2345", "12345678.1234"},
    {"numeric(6,-2)", "12345600"},
    {"varchar(3)", "xyz", "x  "},
    {"varchar(36)", "a123456789b123456789c123456789"},
    {"char(3)", "xy "},
    {"char(5)", "wxyz "},
    {"timestamp(0)", "2026-02-28 23:59:59"},
    {"timestamp(3)", "2026-02-28 23:59:59.123"},
    {"timestamptz(0)", "2026-02-28 23:59:59+00"},
    {"time(1)", "23:59:58.9"},
    {"interval(0)", "1 year 04:05:06"},
    {"interval year", "3 years"},
    {"interval day to second", "3 days 04:05:06.789"},
    {"interval day to second(1)", "3 days 04:05:06.7"},
    {"bit(3)", "101"},
    {"bit(5)", "10101"},
    {"varbit(3)", "101"},
    {"int4[]", "{1,NULL,2147483647}", "[2:3]={1,2}", "{{1,2},{3,4}}"},
    {"int8[]", "{9223372036854775807}"},
    {"text[]", "{xyz,NULL,\"a,b\",1}", "{}"},
    {"varchar(3)[]", "{xyz}"},
    {"numeric(12,2)[]", "{1.50}"},
    {"numeric(12,4)[]", "{1.2345}"},
    {"box[]", "{(3,4),(1,2);(5,6),(3,4)}", "{(3,4),(1,2)}"},
    {"json[]", "{\"{\\\"a\\\" : 1}\"}"},
    {"public.mood", "low", "high"},
    {"public.feeling", "low"},
    {"public.mood[]", "{low,high}"},
    {"app.mood", "low"},
    {"public.citext", "xYz", "low"},
    {"public.rough", "1.50"},
    {"public.fine", "1.2345"},
    {"public.finer", "1.2345"},
    {"public.rough[]", "{1.50}"},
    {"public.fine[]", "{1.2345}"},
    {"public.letter", "x"},
    {"public.word", "xyz"},
    {"public.fines", "{1.2345}"},
    {"public.fines[]", "{\"{1.2345}\"}"},
    {"public.rough_pair", "(1.50,\"2026-01-01 00:00:00\")"},
    {"public.fine_pair", "(1.2345,\"2026-01-01 00:00:00.5\")"},
    {"public.rough_pair[]", "{\"(1.50,\\\"2026-01-01 00:00:00\\\")\"}"},
    {"public.fine_pair[]", "{\"(1.2345,\\\"2026-01-01 00:00:00.5\\\")\"}"},
    {"public.fine_pair_domain", "(1.2345,\"2026-01-01 00:00:00.5\")"},
    {"public.nested_rough", "(7,\"(1.50,\\\"2026-01-01 00:00:00\\\")\")"},
    {"public.nested_fine", "(7,\"(1.2345,\\\"2026-01-01 00:00:00.5\\\")\")"},
    {"public.three", "(1.5,\"2026-01-01 00:00:00\",x)"},
    {"public.ab", "(1,2)"},
    {"public.ba", "(1,2)"},
    {"public.of_table", "(1,2)"},
    {"public.rough_range", "[1.50,2.50)"},
    {"public.fine_range", "[1.2345,2.5000)"},
    {"public.fine_multi", "{[1.2345,2.5000)}"},
    {"public.int_range", "[1,5]", "[1,6)"},
    {"public.text_range", "[10,9]"},
  };

  private static final String TYPES =
      """
      create extension citext schema public;
      create schema app;
      create type public.mood as enum ('low', 'high');
      create type app.mood as enum ('low');
      create type public.feeling as enum ('low', 'deep');
      create domain public.rough as numeric(12,2);
      create domain public.fine as numeric(12,4);
      create domain public.finer as public.fine check (value > 0);
      create domain public.letter as "char";
      create domain public.word as text;
      create domain public.fines as public.fine[];
      create type public.rough_pair as (amount numeric(12,2), at timestamp(0));
      create type public.fine_pair as (amount public.fine, at timestamp);
      create domain public.fine_pair_domain as public.fine_pair;
      create type public.nested_rough as (id int, p public.rough_pair);
      create type public.nested_fine as (id int, p public.fine_pair);
      create type public.three as (amount numeric, at timestamp, note text);
      create type public.ab as (a int, b int);
      create type public.ba as (b int, a int);
      create table public.of_table (a int, b int);
      create type public.rough_range as range (subtype = public.rough);
      create type public.fine_range as range (subtype = public.fine, multirange_type_name = public.fine_multi);
      create type public.int_range as range (subtype = int4);
      create type public.text_range as range (subtype = text, collation = "C");
      """;

  private record Column(String table, String type, ValueType valueType, List<String> texts) {}

  private final List<String> lost = new ArrayList<>();
  private int held;
  private Connection connection;

  @Test
  void whatIsAcceptedIsHeldWithoutLoss() throws Exception {
    PostgresServer server = TestServer.shared();
    try (Connection opened = server.connect(server.createDatabase("type_pairs"))) {
      connection = opened;
      run("set search_path = pg_catalog; set timezone = 'UTC'; set lc_monetary = 'C'");
      int major = connection.getMetaData().getDatabaseMajorVersion();
      run(major >= 14 ? TYPES : TYPES.replaceFirst(", multirange_type_name = \\S+\\)", ")"));
      List<Column> columns = new ArrayList<>();
      for (Map.Entry<String, List<String>> type : types(major).entrySet()) {
        columns.add(column("t" + columns.size(), type.getKey(), type.getValue()));
      }
      for (Column provider : columns) {
        ValueType sent = ValueType.of(provider.valueType().text());
        for (Column subscriber : columns) {
          if (TypeCompatibility.difference(sent, subscriber.valueType()).isEmpty()) {
            compare(provider, subscriber);
          } else if (provider == subscriber) {
            lost.add("%s is not held by itself".formatted(provider.type()));
          }
        }
      }
      assertThat(lost).isEmpty();
      assertThat(held).isGreaterThan(columns.size() * 3);
    }
  }

  /** The server's types, and those that are made here, with values of each. */
  private Map<String, List<String>> types(int major) throws SQLException {
    Map<String, List<String>> known = new LinkedHashMap<>();
    for (String[] values : VALUES) {
      known.put(values[0], List.of(values).subList(1, values.length));
    }
    Map<String, List<String>> types = new LinkedHashMap<>();
    for (String name :
        rows(
            """
            select t.typname
              from pg_type t join pg_namespace n on n.oid = t.typnamespace
             where n.nspname = 'pg_catalog' and t.typtype in ('b', 'r', 'm')
               and not exists (select from pg_type e where e.typarray = t.oid)
             order by t.oid\
            """)) {
      if (!NOT_READ.contains(name)) {
        assertThat(known).as("values of each type of the server").containsKey(name);
        types.put("pg_catalog.\"" + name + "\"", known.get(name));
      }
    }
    for (String[] values : MADE) {
      if (major >= since(values[0])) {
        types.put(values[0], List.of(values).subList(1, values.length));
      }
    }
    return types;
  }

  /** The first major version that has a type of {@link #MADE}; older ones are not supported. */
  private static int since(String type) {
    return switch (type) {
      case "numeric(6,-2)" -> 15;
      case "public.fine_multi" -> 14;
      default -> 13;
    };
  }

  private Column column(String table, String type, List<String> values) throws SQLException {
    run("create table public.%s (v %s)".formatted(table, type));
    ValueType valueType =
        new Catalog(new Session(connection))
            .table(new TableId("public", table))
            .orElseThrow()
            .columns()
            .get("v")
            .valueType();
    List<String> texts = new ArrayList<>();
    for (String value : values) {
      texts.add(through(table, value).orElseThrow(() -> new AssertionError(type + ": " + value)));
    }
    return new Column(table, type, valueType, texts);
  }

  private void compare(Column provider, Column subscriber) throws SQLException {
    for (String text : provider.texts()) {
      Optional<String> stored = through(subscriber.table(), text);
      // What is refused is not silent, but a type must hold its own values.
      if (stored.isEmpty() && provider != subscriber) {
        continue;
      }
      if (stored.isPresent() && isSame(provider, text, stored.get())) {
        held++;
      } else {
        lost.add(
            "%s > %s: %s became %s"
                .formatted(provider.type(), subscriber.type(), text, stored.orElse("nothing")));
      }
    }
  }

  /** Whether the value that is stored tells the one that was sent. */
  private boolean isSame(Column provider, String sent, String stored) throws SQLException {
    return stored.equals(sent)
        || WHOLE.matcher(stored).replaceAll("").equals(sent)
        || stored.equals(sent.replaceFirst("(..:..:..):(..:..:..)", "$1:ff:fe:$2"))
        || through(provider.table(), stored).filter(sent::equals).isPresent();
  }

  /** The text of a value that was written into a column; nothing when it is refused. */
  private Optional<String> through(String table, String text) throws SQLException {
    run("delete from public." + table);
    try {
      run("insert into public.%s values ('%s')".formatted(table, text.replace("'", "''")));
    } catch (SQLException e) {
      return Optional.empty();
    }
    return Optional.of(rows("select format('%s', v) from public." + table).get(0));
  }

  private void run(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private List<String> rows(String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      List<String> rows = new ArrayList<>();
      while (row.next()) {
        rows.add(row.getString(1));
      }
      return rows;
    }
  }
}
