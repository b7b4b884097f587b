/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.benchmarks.stack;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.pgqconnect.postgres.SqlScript;

/** The SQL files of this package, and the statements that several workloads use. */
public final class Sql {
  static final String INSERT_MARKER = "insert into bench_marker (id) values (?)";
  static final String SELECT_MARKER = "select exists (select from bench_marker where id = ?)";
  static final String SELECT_MARKER_TRIGGER =
      "select exists (select from pg_trigger where tgrelid = 'bench_marker'::regclass and not"
          + " tgisinternal)";
  public static final String INSERT_ROW = "insert into bench_w4 (id, pad) values (?, 'x')";
  public static final String SELECT_LAST_ROW =
      "select coalesce(max(id), 0) from bench_w4 where id > ?";

  private static final String DIGEST =
      "select count(*) || ' rows, ' || md5(string_agg(md5(t::text), '' order by %s)) from %s t";

  private Sql() {}

  public static String file(String name) {
    return SqlScript.text(Sql.class, name);
  }

  /** Runs the statements of a file, each separately. */
  public static void run(Connection connection, String name) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String sql : file(name).split(";\\s*\n")) {
        statement.execute(sql);
      }
    }
  }

  /** How many rows, and a digest of their text in the order of the key. */
  static String digest(Connection connection, Keyed table) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(DIGEST.formatted(table.key(), table.name()))) {
      rows.next();
      return rows.getString(1);
    }
  }

  /** A table of ours and its key column: names that need no quoting. */
  public record Keyed(String name, String key) {}
}
