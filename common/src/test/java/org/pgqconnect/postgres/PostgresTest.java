/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.sql.SQLException;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.SqlState.Verdict;

class PostgresTest {
  private static final ConnectionConfig CONFIG =
      new ConnectionConfig(
          "db.local", 5433, "shop", "app", new Secret("s3cret"), "prefer", new Properties());

  @Test
  void identifiersAreAlwaysDelimited() {
    assertThat(Identifiers.quote("a")).isEqualTo("\"a\"");
    assertThat(Identifiers.quote("a\"; DROP TABLE b; --")).isEqualTo("\"a\"\"; DROP TABLE b; --\"");
    assertThat(Identifiers.quote(new TableId("S", "t.u"))).isEqualTo("\"S\".\"t.u\"");
    assertThat(Identifiers.list(List.of("a", "B"))).isEqualTo("\"a\", \"B\"");
    assertThatThrownBy(() -> Identifiers.quote("")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Identifiers.quote("a\0")).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "42703, true",
    "42P01, true",
    "42501, true",
    "0A000, true",
    "55000, true",
    "55P03, false",
    "23505, false",
    "08006, false"
  })
  void anObjectMayBeAlteredWhereAStatementDoesNotFitIt(String state, boolean may) {
    assertThat(SqlState.mayBeAltered(new RuntimeException(new SQLException("m", state))))
        .isEqualTo(may);
    assertThat(SqlState.mayBeAltered(new SQLException("m"))).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "08006, RETRY",
    "40P01, RETRY",
    "40001, RETRY",
    "53300, RETRY",
    "57P01, RETRY",
    "57P03, RETRY",
    "25006, RETRY",
    "25P03, RETRY",
    "55P03, RETRY",
    "57014, RETRY",
    "58030, RETRY",
    "23505, DATA",
    "22P02, DATA",
    "21000, DATA",
    "23514, DATA",
    "28P01, FATAL",
    "42P01, FATAL",
    "42501, FATAL",
    "3D000, FATAL",
    "XX000, FATAL"
  })
  void verdictFollowsFromTheState(String state, Verdict verdict) {
    assertThat(SqlState.verdict(new SQLException("m", state))).isEqualTo(verdict);
    assertThat(SqlState.verdict(new RuntimeException(new SQLException("m", state))))
        .isEqualTo(verdict);
  }

  @Test
  void theInnermostStateCounts() {
    SQLException outer = new SQLException("o", "42000", new SQLException("i", "57P01"));
    assertThat(SqlState.of(outer)).contains("57P01");
    assertThat(SqlState.is(outer, "57P01")).isTrue();
    assertThat(SqlState.of(new RuntimeException())).isEmpty();
  }

  @Test
  void aBrokenStreamWithoutAStateIsTriedAgain() {
    assertThat(SqlState.verdict(new SQLException("m", new EOFException())))
        .isEqualTo(Verdict.RETRY);
    // pgjdbc's UNKNOWN_STATE: "Unable to close connection properly".
    assertThat(SqlState.verdict(new SQLException("m", "", new EOFException())))
        .isEqualTo(Verdict.RETRY);
    assertThat(SqlState.of(new SQLException("m", ""))).isEmpty();
    assertThat(SqlState.verdict(new SQLException("m", ""))).isEqualTo(Verdict.FATAL);
    assertThat(SqlState.verdict(new RuntimeException("bug"))).isEqualTo(Verdict.FATAL);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "28P01|database.password|The password for role \"app\" was rejected by the subscriber"
            + " db.local:5433/shop. Correct database.password, or set the role's password there:"
            + " \\password app",
        "28000|database.user|Role \"app\" cannot log in to the subscriber db.local:5433/shop: m."
            + " Create the role (CREATE ROLE \"app\" LOGIN)",
        "3D000|database.dbname|Database \"shop\" does not exist on db.local:5433. Correct"
            + " database.dbname; to see which exist: psql -h db.local -p 5433 -U app -l",
        "08001|database.hostname|Cannot reach the subscriber db.local:5433/shop: m. Check that the"
            + " server runs and listens there (pg_isready -h db.local -p 5433)",
        "53300|database.hostname|Cannot open a session on the subscriber db.local:5433/shop as role"
            + " \"app\": m (SQLSTATE 53300)"
      })
  void failuresSayWhichKeyAndWhatMendsThem(String state, String key, String message) {
    ConnectionFailure failure =
        ConnectionFailure.explain("subscriber", CONFIG, new SQLException("m.\ndetail", state));
    assertThat(failure.key()).isEqualTo(key);
    assertThat(failure.message()).startsWith(message).doesNotContain("s3cret");
  }

  @Test
  void aConnectionShowsNoSecret() {
    assertThat(CONFIG).hasToString("app@db.local:5433/shop");
  }
}
