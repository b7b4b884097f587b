/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.pgqconnect.local.postgres.PostgresServer;
import org.pgqconnect.source.testing.TestServer;
import org.postgresql.PGConnection;

class SessionIT {
  private static PostgresServer server;

  private Connection connection;
  private Session session;

  @BeforeAll
  static void start() {
    server = TestServer.embedded().notDurable().start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @BeforeEach
  void open() throws SQLException {
    connection = server.connect("postgres");
    connection.unwrap(PGConnection.class).setPrepareThreshold(1); // As Database has it.
    session = new Session(connection);
    session.execute(
        "create temp table t (id bigint primary key, name text); insert into t values (1, 'a')");
  }

  @AfterEach
  void close() throws SQLException {
    connection.close();
  }

  @Test
  void bindsWhatJavaObjectsAndValuesDescribe() throws SQLException {
    String row =
        session.one(
            "select concat_ws('|', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            r -> r.getString(1),
            "it's",
            7L,
            8,
            true,
            0.5,
            new BigDecimal("1.20"),
            Values.texts(Arrays.asList("x,y", null)),
            Values.bigints(List.of(1L, 2L)),
            Values.booleans(List.of(true, false)),
            Values.nullable((Boolean) null),
            null);
    assertThat(row).isEqualTo("it's|7|8|t|0.5|1.20|{\"x,y\",NULL}|{1,2}|{t,f}");
    String nulls =
        session.one(
            "select coalesce(?, 5) || coalesce(?, 'n') || (?::jsonb ->> 'k') ||"
                + " coalesce(cardinality(?::text[]), -1)",
            r -> r.getString(1),
            Values.nullable((Long) null),
            null,
            Values.untyped("{\"k\": 1}"),
            Values.texts(null));
    assertThat(nulls).isEqualTo("5n1-1");
    assertThatThrownBy(() -> session.exists("select ?", new Object()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("java.lang.Object");
  }

  @Test
  void readsRows() throws SQLException {
    assertThat(
            session.updateEach("insert into t values (?, ?)", List.of(row(2L, "b"), row(3L, null))))
        .containsExactly(1, 1);

    assertThat(session.list("select name from t order by id", r -> r.getString(1)))
        .containsExactly("a", "b", null);
    assertThat(session.first("select name from t where id = ?", r -> r.getString(1), 2L))
        .contains("b");
    assertThat(session.first("select name from t where id = ?", r -> r.getString(1), 3L)).isEmpty();
    assertThat(session.first("select name from t where id = ?", r -> r.getString(1), 4L)).isEmpty();
    assertThat(session.test("select name = 'b' from t where id = ?", 2L)).isTrue();
    assertThat(session.test("select name = 'b' from t where id = ?", 3L)).isFalse();
    assertThat(session.exists("select from t where id = ?", 4L)).isFalse();
    assertThat(session.update("update t set name = 'c' where id > ?", 1L)).isEqualTo(2);
    assertThatThrownBy(() -> session.one("select name from t where id = ?", r -> 1, 4L))
        .hasMessage("No row from: select name from t where id = ?");
  }

  @Test
  void aStatementWithoutValuesMeetsNoOldPlanOfATableThatWasAltered() throws SQLException {
    for (int i = 0; i < 10; i++) {
      session.list("select * from t", r -> r.getString(1));
    }
    session.execute("alter table t add column more int");
    assertThat(session.list("select * from t", r -> r.getMetaData().getColumnCount()))
        .containsExactly(3);
    assertThat(session.list("select statement from pg_prepared_statements", r -> r.getString(1)))
        .noneMatch(statement -> statement.contains("select"));
  }

  @Test
  void commitsWhatWorksAndUndoesWhatFails() throws SQLException {
    session.inTransaction(() -> session.execute("insert into t values (2)"));
    assertThat(connection.getAutoCommit()).isTrue();

    assertThatThrownBy(
            () ->
                session.inTransaction(
                    () -> {
                      session.execute("insert into t values (3)");
                      session.inTransaction(() -> session.execute("insert into t values (1)"));
                    }))
        .isInstanceOfSatisfying(
            SQLException.class,
            e -> assertThat(SqlState.is(e, SqlState.UNIQUE_VIOLATION)).isTrue());
    assertThat(session.list("select id from t order by id", r -> r.getLong(1)))
        .containsExactly(1L, 2L);
    assertThat(connection.getAutoCommit()).isTrue();
  }

  @Test
  void reportsWhatBrokeATransactionAndNotThatItsConnectionIsGone() {
    assertThatThrownBy(
            () ->
                session.inTransaction(
                    () -> session.execute("select pg_terminate_backend(pg_backend_pid())")))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57P01"));
  }

  @Test
  void anExpectedFailureUndoesOnlyWhatWasTried() throws SQLException {
    session.inTransaction(
        () -> {
          session.execute("insert into t values (2)");
          assertThat(
                  session.attempt(
                      e -> SqlState.is(e, SqlState.UNIQUE_VIOLATION),
                      () -> session.execute("insert into t values (3); insert into t values (1)")))
              .isPresent();
          assertThat(session.attempt(e -> false, () -> session.execute("insert into t values (4)")))
              .isEmpty();
        });
    assertThat(session.list("select id from t order by id", r -> r.getLong(1)))
        .containsExactly(1L, 2L, 4L);
    assertThatThrownBy(
            () ->
                session.inTransaction(
                    () -> session.attempt(e -> false, () -> session.execute("select 1 / 0"))))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("22012"));
  }

  @Test
  void aFailureThatWasExpectedLeavesNoSavepointBehind() throws SQLException {
    session.inTransaction(
        () -> {
          for (int i = 0; i < 3; i++) {
            assertThat(session.attempt(e -> true, () -> session.execute("select 1 / 0")))
                .isPresent();
          }
          session.execute("insert into t values (2)");
          // Under savepoints each of them would have a transaction id of its own now.
          assertThat(
                  session.list(
                      "select mode from pg_locks where locktype = 'transactionid' and pid ="
                          + " pg_backend_pid()",
                      r -> r.getString(1)))
              .hasSize(1);
        });
  }

  private static Object[] row(Object... values) {
    return values;
  }
}
