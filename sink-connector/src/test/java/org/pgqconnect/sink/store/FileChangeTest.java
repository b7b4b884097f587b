/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgqconnect.sink.store.FileChange.Rows;
import org.pgqconnect.sink.store.FileChange.Verdict;

class FileChangeTest {
  private static final Rows OLD = new Rows(10, 7, false);
  private static final Rows NEW = new Rows(10, 0, false);
  private static final Rows NONE = new Rows(0, 0, false);
  private static final Rows TRUNCATED = new Rows(0, 0, true);

  private static Verdict verdict(boolean held, boolean everyFile, Rows... files) {
    return new FileChange(held, false, everyFile, true, List.of(files)).verdict();
  }

  @Test
  void aRowFromBeforeShowsThatNothingWasTruncated() {
    assertThat(verdict(true, true, OLD)).isEqualTo(Verdict.KEPT);
    assertThat(verdict(true, false, OLD, NONE)).isEqualTo(Verdict.KEPT);
  }

  @Test
  void aTableThatHeldRowsAndIsEmptyWasEmptied() {
    assertThat(verdict(true, true, NONE)).isEqualTo(Verdict.EMPTIED);
    assertThat(verdict(true, true, NONE, NONE)).isEqualTo(Verdict.EMPTIED);
  }

  @Test
  void aTableThatHeldNoRowsHasLostNone() {
    assertThat(verdict(false, true, NONE)).isEqualTo(Verdict.KEPT);
    assertThat(verdict(false, true, NONE, NONE)).isEqualTo(Verdict.KEPT);
  }

  @Test
  void newRowsProveNothing() {
    assertThat(verdict(true, true, NEW)).isEqualTo(Verdict.UNKNOWN);
    assertThat(verdict(false, true, NEW)).isEqualTo(Verdict.UNKNOWN);
    assertThat(verdict(true, true, OLD, NEW)).isEqualTo(Verdict.UNKNOWN);
  }

  @Test
  void aPartitionThatNobodyHasCountedSinceWasTruncatedBesideOthersThatWereRewritten() {
    assertThat(verdict(true, false, OLD, TRUNCATED)).isEqualTo(Verdict.UNKNOWN);
    assertThat(verdict(false, false, OLD, TRUNCATED)).isEqualTo(Verdict.KEPT);
    assertThat(verdict(true, true, TRUNCATED)).isEqualTo(Verdict.EMPTIED);
  }

  @Test
  void oneEmptyPartitionProvesNothing() {
    assertThat(verdict(true, false, NONE)).isEqualTo(Verdict.UNKNOWN);
  }

  @Test
  void rowsThatMayNotBeReadProveNothing() {
    assertThat(new FileChange(true, false, true, false, List.of()).verdict())
        .isEqualTo(Verdict.UNKNOWN);
  }

  @Test
  void aCopyIsBegunAgainWhenItsRowsMayBeGone() {
    assertThat(new FileChange(true, true, true, true, List.of(NEW)).verdict())
        .isEqualTo(Verdict.EMPTIED);
    assertThat(new FileChange(true, true, true, true, List.of(OLD)).verdict())
        .isEqualTo(Verdict.KEPT);
  }
}
