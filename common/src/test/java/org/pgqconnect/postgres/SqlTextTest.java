/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SqlTextTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '`',
      value = {
        "'active'::text # active",
        "'it''s'::text # it's",
        "'a;b'::text # a;b",
        "''#``",
        " E'a\\\\b''c'::text # a\\b'c"
      })
  void readsTheLiteralThatItBeginsWith(String sql, String text) {
    assertThat(SqlText.literal(sql)).contains(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "now()",
        "NULL::text",
        "7",
        "'open",
        "E'open\\'",
        "E'a\\nb'",
        "(select 'x')",
        "$$x$$",
        "e'x'",
        "U&'x'",
        ""
      })
  void anythingElseIsNoLiteral(String sql) {
    assertThat(SqlText.literal(sql)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(a + b)",
        "((first || ' ; '::text) || \"Last); drop\")",
        "CASE WHEN (a IS NULL) THEN 'x'::text ELSE E'it''s \\' ) --'::text END",
        "(a)[1]",
        "(- (- a))",
        "(x ->> 'k'::text)",
        "COALESCE('1)'::text, B'101'::text, public.\"Odd\"(E'\\\\'::text))",
        "(a / b) - c"
      })
  void takesWhatTheServerWrites(String sql) {
    assertThat(SqlText.isOneExpression(sql)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1) STORED; DROP TABLE t; --",
        "1) STORED, ADD COLUMN x int DEFAULT (1",
        "1; SELECT 1",
        "a -- b",
        "a /* b */",
        "'open",
        "\"open",
        "E'x\\' ) STORED; DROP TABLE t",
        "size'x\\' ) STORED; DROP TABLE t; SELECT ('",
        "E'a'\n'b\\' || ' ) STORED; DROP TABLE t; SELECT ('",
        "E'a' 'b'",
        "1E'\\' || ' ) STORED; DROP TABLE t; SELECT ('",
        "U&'x'",
        "U&\"x\"",
        "type'a'",
        "f\"x\"",
        "$$)$$",
        "(a]",
        "((a)",
        "\\",
        "",
        " "
      })
  void refusesWhatIsMoreOrLessThanOne(String sql) {
    assertThat(SqlText.isOneExpression(sql)).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '#',
      quoteCharacter = '`',
      value = {
        "(tags ? 'a?b'::text) # (tags ?? 'a?b'::text)",
        "(\"is?\" ?| '{x}') # (\"is?\" ??| '{x}')",
        "E'\\'?' ? 'it''s?' # E'\\'?' ?? 'it''s?'",
        "a = 1 # a = 1",
        "'open ? # 'open ?"
      })
  void questionMarksOfOperatorsAreNoParameters(String sql, String escaped) {
    assertThat(SqlText.withoutParameters(sql)).isEqualTo(escaped);
  }
}
