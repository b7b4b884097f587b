/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.offsets;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.pgqconnect.sink.offsets.ReadOffsets.Arrival;

class ReadOffsetsTest {
  private static final PartitionId A = new PartitionId("q.public.a", 0);
  private static final PartitionId B = new PartitionId("q.public.b", 0);

  private final ReadOffsets offsets = new ReadOffsets();

  @Test
  void aRecordThatIsDeliveredOnceMoreIsADuplicateOnlyWhenThatWasAskedFor() {
    assertThat(offsets.arrive(A, 0, false)).isEqualTo(Arrival.NEW);
    assertThat(offsets.arrive(A, 1, true)).isEqualTo(Arrival.NEW);
    assertThat(offsets.arrive(A, 0, true)).isEqualTo(Arrival.DUPLICATE);
    assertThat(offsets.next(A)).isEqualTo(2);
  }

  @Test
  void aPartitionThatComesBackWithoutBeingAskedHasBegunAnew() {
    offsets.startAt(A, 100);
    assertThat(offsets.arrive(A, 0, false)).isEqualTo(Arrival.BEGUN_ANEW);
    assertThat(offsets.arrive(A, 1, false)).isEqualTo(Arrival.NEW);
    assertThat(offsets.safe(Map.of())).containsEntry(A, 2L);
    assertThat(offsets.arrive(A, 0, true)).isEqualTo(Arrival.DUPLICATE);
    assertThat(offsets.arrive(A, 0, false)).isEqualTo(Arrival.BEGUN_ANEW);
    assertThat(offsets.next(A)).isEqualTo(1);
  }

  @Test
  void offsetsThatTransactionMarkersTakeAreSkipped() {
    offsets.arrive(A, 0, false);
    assertThat(offsets.arrive(A, 7, false)).isEqualTo(Arrival.NEW);
    assertThat(offsets.next(A)).isEqualTo(8);
  }

  @Test
  void whatIsKeptInMemoryIsReadAgainFromItsFirstRecord() {
    offsets.startAt(A, 10);
    offsets.startAt(B, 20);
    offsets.arrive(A, 10, false);
    offsets.arrive(A, 11, false);
    assertThat(offsets.safe(Map.of(A, 11L))).isEqualTo(Map.of(A, 11L, B, 20L));
    assertThat(offsets.safe(Map.of())).isEqualTo(Map.of(A, 12L, B, 20L));
  }

  @Test
  void aPartitionOfWhichNothingIsKnownIsReadFromItsBeginningAndNotStored() {
    assertThat(offsets.next(A)).isZero();
    assertThat(offsets.safe(Map.of())).isEmpty();
    offsets.startAt(A, 5);
    offsets.reset();
    assertThat(offsets.next(A)).isZero();
  }
}
