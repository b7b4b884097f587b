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
package org.pgqconnect.source.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.kafka.connect.errors.DataException;
import org.junit.jupiter.api.Test;

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
        .isInstanceOf(DataException.class)
        .hasMessageContaining("parentheses");
    assertThatThrownBy(() -> RecordText.parse("(1,2,3)", 2))
        .hasMessageContaining("more than 2 columns");
    assertThatThrownBy(() -> RecordText.parse("(1)", 2))
        .hasMessage("the row has 1 columns, expected 2");
    assertThatThrownBy(() -> RecordText.parse("(\"1)", 1)).hasMessageContaining("does not end");
  }
}
