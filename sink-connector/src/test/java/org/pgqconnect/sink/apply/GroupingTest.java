/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.apply;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GroupingTest {
  private final Grouping grouping = new Grouping();

  @Test
  void beginsWithAllThatAreThere() {
    assertThat(grouping.together()).isEqualTo(1);
    assertThat(grouping.isAlone(1)).isFalse();
    assertThat(grouping.refused()).isEmpty();
    assertThat(grouping.clearsWay()).isFalse();
  }

  @Test
  void batchesUpToTheLastOfThoseThatWereRefusedAreAlone() {
    grouping.applyAloneUpTo(7);
    assertThat(grouping.isAlone(6)).isTrue();
    assertThat(grouping.isAlone(7)).isTrue();
    assertThat(grouping.isAlone(8)).isFalse();
    grouping.applied();
    assertThat(grouping.isAlone(7)).as("those that follow as well").isTrue();
  }

  @Test
  void waitsForHalfAsManyMoreEachTimeButNotForTooMany() {
    int tried = 1;
    int[] wanted = {2, 3, 4, 6, 9, 13, 19, 28, 42, 58, 74};
    for (int expected : wanted) {
      grouping.waitForMore("why", tried);
      assertThat(grouping.together()).isEqualTo(expected);
      tried = expected;
    }
    assertThat(grouping.refused()).contains("why");
    grouping.applied();
    assertThat(grouping.together()).isEqualTo(1);
    assertThat(grouping.refused()).isEmpty();
  }

  @Test
  void whatDidNotComeWithVeryManyBatchesNeverDoesUnlessATableIsStillToBeCopied() {
    assertThat(grouping.mayCome(false, 127)).isTrue();
    assertThat(grouping.mayCome(false, 128)).isFalse();
    assertThat(grouping.mayCome(true, 1000)).isTrue();
  }

  @Test
  void theWayIsClearedOnceAndOnlyWhileTablesAreCopied() {
    assertThat(grouping.clearWay(false)).isFalse();
    assertThat(grouping.clearsWay()).isFalse();
    grouping.clashed();
    assertThat(grouping.clearWay(true)).as("the clash was without it").isTrue();
    assertThat(grouping.clearsWay()).isTrue();
    grouping.clashed();
    assertThat(grouping.clearWay(true)).as("that was in vain").isFalse();
    grouping.applied();
    assertThat(grouping.clearsWay()).isFalse();
    assertThat(grouping.clearWay(true)).isTrue();
  }
}
