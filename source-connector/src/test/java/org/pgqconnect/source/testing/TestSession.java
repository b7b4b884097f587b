/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** A connection with short ways to run SQL; failures are unchecked, with the server's words. */
public final class TestSession implements AutoCloseable {

  private final Connection connection;

  TestSession(String url, String role, String password) {
    try {
      connection = DriverManager.getConnection(url, role, password);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  public Connection connection() {
    return connection;
  }

  /** Whether the server's major version is this one or newer. */
  public boolean isAtLeast(int major) {
    return Integer.parseInt(text("show server_version_num")) / 10000 >= major;
  }

  /** Skips the test on a server that is older than this major version. */
  public void assumeAtLeast(int major, String reason) {
    assumeTrue(isAtLeast(major), "skipped on " + text("show server_version") + ": " + reason);
  }

  /**
   * A DateStyle that a function may have as its own, as unlike the driver's as can be. The driver
   * ends a statement whose server reports another than ISO, and up to PostgreSQL 13 a server does
   * so inside the statement.
   */
  public String strangeDateStyle() {
    return isAtLeast(14) ? "German" : "ISO";
  }

  /** Runs one or more statements. */
  public void run(String sql) {
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  /** First column of the first row; null without one. */
  public String text(String sql, Object... values) {
    List<String> rows = rows(sql, values);
    return rows.isEmpty() ? null : rows.get(0);
  }

  /** All rows, their columns joined by a bar; a row of one NULL is null. */
  public List<String> rows(String sql, Object... values) {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        statement.setObject(i + 1, values[i]);
      }
      try (ResultSet rows = statement.executeQuery()) {
        List<String> found = new ArrayList<>();
        int columns = rows.getMetaData().getColumnCount();
        while (rows.next()) {
          if (columns == 1) {
            found.add(rows.getString(1));
            continue;
          }
          StringBuilder row = new StringBuilder();
          for (int i = 1; i <= columns; i++) {
            row.append(i == 1 ? "" : "|").append(rows.getString(i));
          }
          found.add(row.toString());
        }
        return found;
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  /** Queue q's events, as {@code type|data} in the order of their ids. */
  public List<String> events() {
    return rows(
        "select ev_type, ev_data from only_q order by ev_id"
            .replace(
                "only_q", text("select queue_data_pfx from pgq.queue where queue_name = 'q'")));
  }

  /** Events of one table. */
  public List<String> events(String table) {
    return rows(
        "select ev_type, ev_data from only_q where ev_extra1 = ? order by ev_id"
            .replace("only_q", text("select queue_data_pfx from pgq.queue where queue_name = 'q'")),
        table);
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
