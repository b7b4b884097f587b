/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.pgqconnect.failure.StopException;

class RecordTextTest {
  @Test
  void readsPlainFields() {
    assertThat(RecordText.parse("(1,abc,t)", 3)).containsExactly("1", "abc", "t");
  }

  @Test
  void tellsNullFromEmptyString() {
    assertThat(RecordText.parse("(,\"\",)", 3)).containsExactly(null, "", null);
    assertThat(RecordText.parse("()", 1)).containsExactly((String) null);
    assertThat(RecordText.parse("()", 0)).isEmpty();
  }

  @Test
  void undoublesQuotesAndBackslashes() {
    assertThat(RecordText.parse("(\"a \"\"b\"\" \\\\ c\",\"x,y)\",\"(\")", 3))
        .containsExactly("a \"b\" \\ c", "x,y)", "(");
  }

  @Test
  void keepsNestedRowsAsTheirText() {
    assertThat(RecordText.parse("(1,\"(2,\"\"a b\"\")\",\"{1,2}\")", 3))
        .containsExactly("1", "(2,\"a b\")", "{1,2}");
  }

  @Test
  void readsALastFieldThatIsQuoted() {
    assertThat(RecordText.parse("(1,\"a\"\"\")", 2)).containsExactly("1", "a\"");
  }

  @Test
  void refusesTextOfAnotherShape() {
    assertThatThrownBy(() -> RecordText.parse("1,2", 2))
        .isInstanceOf(StopException.class)
        .hasMessageContaining("parentheses");
    assertThatThrownBy(() -> RecordText.parse("(1,2,3)", 2))
        .hasMessageContaining("more than 2 columns");
    assertThatThrownBy(() -> RecordText.parse("(1)", 2))
        .hasMessage("the row has 1 columns, expected 2");
    assertThatThrownBy(() -> RecordText.parse("(\"1)", 1)).hasMessageContaining("does not end");
  }
}
