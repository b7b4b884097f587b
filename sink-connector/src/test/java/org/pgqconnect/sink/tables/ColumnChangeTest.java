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
package org.pgqconnect.sink.tables;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgqconnect.sink.tables.ColumnChange.Verdict;

class ColumnChangeTest {
  private static ColumnChange change(
      boolean moved, boolean missing, boolean held, boolean copying) {
    return new ColumnChange(moved ? List.of("a") : List.of(), missing, held, copying);
  }

  @Test
  void anotherColumnOfTheNameLacksTheValues() {
    assertThat(change(true, false, true, false).verdict(false)).isEqualTo(Verdict.DOUBTFUL);
    assertThat(change(true, false, true, false).verdict(true)).isEqualTo(Verdict.DOUBTFUL);
  }

  @Test
  void theRowsOfAnUnfinishedCopyAreLost() {
    assertThat(change(true, false, true, true).verdict(false)).isEqualTo(Verdict.LOST);
  }

  @Test
  void aTableWithoutRowsLacksNothing() {
    assertThat(change(true, false, false, false).verdict(false)).isEqualTo(Verdict.KEPT);
    assertThat(change(true, false, false, true).verdict(false)).isEqualTo(Verdict.KEPT);
  }

  @Test
  void aColumnThatIsNotThereMayHaveAnotherNameOnTheProviderToo() {
    assertThat(change(true, true, true, false).verdict(false)).isEqualTo(Verdict.OPEN);
    assertThat(change(true, true, true, false).verdict(true)).isEqualTo(Verdict.DOUBTFUL);
  }

  @Test
  void aColumnThatWasNotKnownIsTakenAsItIs() {
    assertThat(change(false, false, true, false).verdict(false)).isEqualTo(Verdict.KEPT);
  }
}
