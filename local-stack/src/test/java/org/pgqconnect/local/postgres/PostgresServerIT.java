/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.local.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.connect.Await;
import org.pgqconnect.local.londiste.PgqDaemon;

class PostgresServerIT {

  @ParameterizedTest
  @ValueSource(ints = {17, 18})
  void runsTheMajorVersionThatWasAskedFor(int major) throws SQLException {
    try (PostgresServer server = PostgresServer.embedded(major).notDurable().start()) {
      assertThat(query(server, "SHOW server_version_num")).startsWith(Integer.toString(major));
    }
  }

  @Test
  void refusesAWrongPassword() {
    try (PostgresServer server = PostgresServer.embedded(18).notDurable().start()) {
      assertThatThrownBy(() -> server.connect("postgres", "postgres", "wrong"))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("28P01"));
    }
  }

  @Test
  void comesBackOnItsPortWithItsDataAfterAKillAndWithNewSettingsAfterARestart()
      throws SQLException {
    PostgresSetup setup = PostgresServer.embedded(18).setting("max_prepared_transactions", "7");
    try (PostgresServer server = setup.start()) {
      int port = server.port();
      server.createDatabase("It's \"mine\"");

      server.kill();
      assertThat(server.isRunning()).isFalse();
      assertThatThrownBy(() -> server.connect("postgres"))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("08001"));
      server.start();
      assertThat(server.port()).isEqualTo(port);
      assertThat(query(server, "SELECT datname FROM pg_database WHERE datname LIKE 'It%'"))
          .isEqualTo("It's \"mine\"");
      assertThat(query(server, "SHOW max_prepared_transactions")).isEqualTo("7");

      server.set("work_mem", "5MB");
      server.restart();
      assertThat(query(server, "SHOW work_mem")).isEqualTo("5MB");
    }
  }

  @Test
  void tellsTheEndOfTheServersLogWhenItDoesNotStart() {
    PostgresSetup setup = PostgresServer.embedded(17).setting("no_such_setting", "1");

    assertThatThrownBy(setup::start)
        .hasMessageContaining("ended with exit code 1")
        .hasMessageContaining("unrecognized configuration parameter \"no_such_setting\"");
  }

  @Test
  void runsTheRealPgqOfDebianWithItsTicker() throws SQLException {
    PostgresSetup debian = PostgresServer.debian15();
    assumeThat(debian.unavailable()).isEmpty();
    assumeThat(PgqDaemon.unavailable()).isEmpty();
    try (PostgresServer server = debian.notDurable().start()) {
      server.createDatabase("shop");
      try (Connection connection = server.connect("shop");
          var statement = connection.createStatement()) {
        statement.execute("CREATE EXTENSION pgq");
        statement.execute("SELECT pgq.create_queue('orders')");
        statement.execute("SELECT pgq.set_queue_config('orders', 'ticker_idle_period', '0.1s')");
        try (PgqDaemon daemon = PgqDaemon.start(server, "shop")) {
          Await.atMost(Duration.ofSeconds(30), "pgqd to tick")
              .unless(
                  () ->
                      daemon.isRunning()
                          ? java.util.Optional.empty()
                          : java.util.Optional.of(daemon.describeLog()))
              .until(() -> ticks(connection), ticks -> ticks > 3);
        }
      }
    }
  }

  private static long ticks(Connection connection) throws SQLException {
    try (ResultSet rows =
        connection.createStatement().executeQuery("SELECT count(*) FROM pgq.tick")) {
      rows.next();
      return rows.getLong(1);
    }
  }

  private static String query(PostgresServer server, String sql) throws SQLException {
    try (Connection connection = server.connect("postgres");
        ResultSet rows = connection.createStatement().executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }
}
