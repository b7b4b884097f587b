/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.postgres.Grant.onFunction;
import static org.pgqconnect.postgres.Grant.onSchema;
import static org.pgqconnect.postgres.Grant.onTable;

import java.util.List;
import org.junit.jupiter.api.Test;

class GrantStatementTest {

  @Test
  void joinsPrivilegesOnOneObjectAndThenObjectsWithTheSameOnes() {
    assertThat(
            statements(
                onTable("SELECT", "s.a", ""),
                onTable("INSERT", "s.a", ""),
                onTable("SELECT", "s.b", ""),
                onTable("INSERT", "s.b", ""),
                onTable("SELECT", "s.c", "")))
        .containsExactly(
            "GRANT SELECT, INSERT ON s.a, s.b TO \"r\";", "GRANT SELECT ON s.c TO \"r\";");
  }

  @Test
  void keepsTheOrder() {
    assertThat(
            statements(
                onTable("SELECT", "s.a", ""),
                onTable("SELECT", "s.b", ""),
                onTable("UPDATE", "s.a", "")))
        .containsExactly("GRANT SELECT ON s.a, s.b TO \"r\";", "GRANT UPDATE ON s.a TO \"r\";");
  }

  @Test
  void keepsKindsApart() {
    assertThat(
            statements(
                onSchema("s", ""),
                onFunction("s.f(text, text)", ""),
                onFunction("s.g()", ""),
                new Grant("USAGE", Grant.Kind.SCHEMA, "t", "")))
        .containsExactly(
            "GRANT USAGE ON SCHEMA s TO \"r\";",
            "GRANT EXECUTE ON FUNCTION s.f(text, text), s.g() TO \"r\";",
            "GRANT USAGE ON SCHEMA t TO \"r\";");
  }

  private static List<String> statements(Grant... grants) {
    return GrantStatement.of(List.of(grants)).stream()
        .map(statement -> statement.sql("\"r\""))
        .toList();
  }
}
