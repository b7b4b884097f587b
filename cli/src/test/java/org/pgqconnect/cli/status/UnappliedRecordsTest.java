/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.pgqconnect.sink.intake.NotApplied.Reason;

class UnappliedRecordsTest {
  @Test
  void onlyRecordsThatBelongNowhereMakeStatusFail() {
    Set<Reason> needALook =
        Stream.of(Reason.values())
            .filter(reason -> !UnappliedRecords.arePlaced(reason.label()))
            .collect(Collectors.toSet());
    assertThat(needALook).containsExactlyInAnyOrder(Reason.OTHER_PREFIX, Reason.OTHER_QUEUE);
    assertThat(UnappliedRecords.line("other-queue", 7))
        .isEqualTo(
            "records not applied: 7 other-queue, which belong nowhere; the worker's log says more");
    assertThat(UnappliedRecords.line("duplicate", 2)).isEqualTo("records not applied: 2 duplicate");
  }

  @Test
  void aMissingRowIsNoFaultAnyMoreWhenItsTableWasCopiedAgain() {
    assertThat(UnappliedRecords.arePlaced(Reason.MISSING_ROW.label())).isTrue();
    assertThat(UnappliedRecords.line(Reason.MISSING_ROW.label(), 3))
        .startsWith("records not applied: 3 missing-row: the rows that they change were not on")
        .endsWith("a table that is to be copied for it has a note");
  }
}
