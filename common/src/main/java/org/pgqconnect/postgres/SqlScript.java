/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.postgres;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * A directory of SQL resources, one object per file, with the order of the files in {@code
 * order.txt}. Run within one transaction, it is installed completely or not at all.
 */
public final class SqlScript {

  private final Class<?> owner;
  private final String directory;

  /**
   * @param owner the class beside whose package the directory lies
   * @param directory relative to that package
   */
  public SqlScript(Class<?> owner, String directory) {
    this.owner = owner;
    this.directory = directory;
  }

  /** The files' names in the order of execution. */
  public List<String> files() {
    return read("order.txt").lines().filter(line -> !line.isBlank()).toList();
  }

  /** Runs every file; each may be run again at any time. */
  public void run(Connection connection) throws SQLException {
    for (String file : files()) {
      try (Statement statement = connection.createStatement()) {
        statement.setEscapeProcessing(false);
        statement.execute(read(file));
      } catch (SQLException e) {
        throw new SQLException(
            "Installing " + directory + "/" + file + " failed: " + e.getMessage(),
            e.getSQLState(),
            e);
      }
    }
  }

  /**
   * The text of one SQL resource.
   *
   * @param owner the class beside whose package the resource lies
   * @param path relative to that package
   * @throws IllegalStateException when the archive lacks the resource
   */
  public static String text(Class<?> owner, String path) {
    try (InputStream in = owner.getResourceAsStream(path)) {
      if (in == null) {
        throw new IllegalStateException(
            "Resource " + path + " is missing beside " + owner.getName());
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String read(String file) {
    return text(owner, directory + "/" + file);
  }
}
