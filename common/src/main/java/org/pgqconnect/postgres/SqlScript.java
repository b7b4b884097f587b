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
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A directory of SQL resources, one object per file, with the order of the files in {@code
 * order.txt}. An indented name is sent to the server together with the one above it, so that many
 * small files do not cost as many round trips. Run within one transaction, the directory is
 * installed completely or not at all.
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
    return groups().stream().flatMap(List::stream).toList();
  }

  private List<List<String>> groups() {
    List<List<String>> groups = new ArrayList<>();
    for (String line : read("order.txt").lines().filter(line -> !line.isBlank()).toList()) {
      if (!line.startsWith(" ")) {
        groups.add(new ArrayList<>());
      }
      groups.get(groups.size() - 1).add(line.strip());
    }
    return groups;
  }

  /** Runs every file; each may be run again at any time. */
  public void run(Connection connection) throws SQLException {
    for (List<String> group : groups()) {
      try (Statement statement = connection.createStatement()) {
        statement.setEscapeProcessing(false);
        statement.execute(group.stream().map(this::read).collect(Collectors.joining("\n")));
      } catch (SQLException e) {
        throw new SQLException(
            "Installing %s/%s failed: %s"
                .formatted(directory, String.join(", ", group), e.getMessage()),
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
