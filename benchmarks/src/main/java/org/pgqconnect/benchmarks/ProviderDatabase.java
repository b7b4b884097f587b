/*
 * Copyright pgq-connect contributors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package org.pgqconnect.benchmarks;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.local.PostgresServer;
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
record ProviderDatabase(PostgresServer server, String variant) {
  static final String QUEUE = "bench";
  static final String CONSUMER = "bench";

  static ProviderDatabase create(PostgresServer server, String variant) {
    return new ProviderDatabase(server, server.createDatabase(variant));
  }

  Connection open() throws SQLException {
    return server.connect(variant);
  }

  void execute(String sql) throws SQLException {
    try (Connection session = open()) {
      execute(session, sql);
    }
  }

  static void execute(Connection session, String sql) throws SQLException {
    try (Statement statement = session.createStatement()) {
      statement.execute(sql);
    }
  }

  static String text(Connection session, String sql) throws SQLException {
    try (Statement statement = session.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }

  /** Installs what a source connector installs, on our engine or on the extension. */
  void install(boolean extension) throws SQLException {
    try (Connection session = open()) {
      EngineInstaller installer = new EngineInstaller();
      if (extension) {
        execute(session, "create extension pgq");
      }
      installer.install(session, EngineChoice.BUILT_IN);
      installer.createQueue(session, QUEUE);
    }
  }

  void capture(List<String> tables, CaptureForm form) throws SQLException {
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
  static long tick(Connection session) throws SQLException {
    text(session, "select pgq.force_tick('" + QUEUE + "')");
    return Long.parseLong(text(session, "select pgq.ticker('" + QUEUE + "')"));
  }
}
