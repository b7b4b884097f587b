/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.external;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pgqconnect.batch.TableId;

class ExternalTriggerTest {
  private static final TableId TABLE = new TableId("public", "t");

  private static ExternalTrigger trigger(String... arguments) {
    return new ExternalTrigger(TABLE, "x", "logutriga", true, true, List.of(arguments), "");
  }

  @Test
  void isPublishedAsItsTableUnlessToldOtherwise() {
    assertThat(trigger("backup").publishedAs()).contains(TABLE);
    assertThat(trigger("backup").key()).isEmpty();
    assertThat(trigger("pkey=a,b", "ignore=c").key()).containsExactly("a", "b");
    assertThat(trigger("pkey=a,b", "ignore=c").ignored()).containsExactly("c");
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "'other.name',other.name",
        "'name',public.name",
        "'it''s.x',it's.x",
        "'a.b.c',a.b.c"
      })
  void aLiteralNamesItAnew(String expression, String expected) {
    assertThat(trigger("ev_extra1=" + expression).publishedAs())
        .hasValueSatisfying(table -> assertThat(table).hasToString(expected));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {"id::text", "''", "'a.'", "'.b'", "'a' || id", "E'a'"})
  void anExpressionNamesNoTable(String expression) {
    assertThat(trigger("ev_extra1=" + expression).publishedAs()).isEmpty();
  }
}
