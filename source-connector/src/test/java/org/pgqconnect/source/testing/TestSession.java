/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.testing;

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
