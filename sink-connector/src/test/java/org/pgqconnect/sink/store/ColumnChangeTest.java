/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgqconnect.sink.store.ColumnChange.Verdict;

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
