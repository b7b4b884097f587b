/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.benchmarks.stack;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.local.postgres.PostgresServer;
import org.pgqconnect.source.capture.CaptureForm;
import org.pgqconnect.source.capture.CaptureInstaller;
import org.pgqconnect.source.capture.CaptureOptions;
import org.pgqconnect.source.engine.EngineChoice;
import org.pgqconnect.source.engine.EngineInstaller;

/**
 * One database of a provider.
 *
 * @param variant what is measured in it, as {@code none}; its name, too
 */
public record ProviderDatabase(PostgresServer server, String variant) {
  public static final String QUEUE = "bench";
  public static final String CONSUMER = "bench";

  public static ProviderDatabase create(PostgresServer server, String variant) {
    return new ProviderDatabase(server, server.createDatabase(variant));
  }

  public Connection open() throws SQLException {
    return server.connect(variant);
  }

  public void execute(String sql) throws SQLException {
    try (Connection session = open()) {
      execute(session, sql);
    }
  }

  public static void execute(Connection session, String sql) throws SQLException {
    try (Statement statement = session.createStatement()) {
      statement.execute(sql);
    }
  }

  public static String text(Connection session, String sql) throws SQLException {
    try (Statement statement = session.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  /** Installs what a source connector installs, on our engine or on the extension. */
  public void install(boolean extension) throws SQLException {
    try (Connection session = open()) {
      EngineInstaller installer = new EngineInstaller();
      if (extension) {
        execute(session, "create extension pgq");
      }
      installer.install(session, EngineChoice.BUILT_IN);
      installer.createQueue(session, QUEUE);
    }
  }

  public void capture(List<String> tables, CaptureForm form) throws SQLException {
    try (Connection session = open()) {
      for (String table : tables) {
        new CaptureInstaller()
            .add(
                session,
                QUEUE,
                new TableId("public", table),
                CaptureOptions.defaults().withoutCopy().in(form));
      }
    }
  }

  /**
   * Makes a tick, due or not.
   *
   * @return its id
   */
  public static long tick(Connection session) throws SQLException {
    text(session, "select pgq.force_tick('" + QUEUE + "')");
    return Long.parseLong(text(session, "select pgq.ticker('" + QUEUE + "')"));
  }
}
