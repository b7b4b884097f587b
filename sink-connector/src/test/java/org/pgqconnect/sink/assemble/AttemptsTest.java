/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.assemble;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.BatchBegin;
import org.pgqconnect.batch.BatchBounds;
import org.pgqconnect.batch.BatchEnd;
import org.pgqconnect.batch.BatchId;

class AttemptsTest {
  private final Attempts attempts = new Attempts();

  private static BatchBegin begin(long prev, long tick, long attempt) {
    return new BatchBegin(
        new BatchId(tick, attempt), new BatchBounds(prev, tick), "q", "provider", "identity");
  }

  private static PendingBatch open(long tick, long attempt) {
    return new PendingBatch(new BatchId(tick, attempt), new Buffered());
  }

  private static PendingBatch ended(long prev, long tick, long attempt) {
    PendingBatch batch = open(tick, attempt);
    batch.add(
        new BatchEnd(
            batch.id(),
            new BatchBounds(prev, tick),
            "q",
            "provider",
            "identity",
            "now",
            "1:1:",
            Map.of(),
            List.of(),
            List.of()));
    return batch;
  }

  @Test
  void nothingIsDeadBeforeABoundaryHasCome() {
    assertThat(attempts.isDead(new BatchId(1, 1))).isFalse();
    assertThat(attempts.isReplaced(1)).isFalse();
    assertThat(attempts.isShown(1)).isFalse();
  }

  @Test
  void rowsOfEarlierAttemptsAreDeadAndThoseOfLaterOnesAreNot() {
    attempts.announce(begin(10, 20, 5), List.of());
    assertThat(attempts.isDead(new BatchId(20, 4))).isTrue();
    assertThat(attempts.isDead(new BatchId(20, 5))).isFalse();
    assertThat(attempts.isDead(new BatchId(20, 6))).isFalse();
    assertThat(attempts.isReplaced(4)).isTrue();
    assertThat(attempts.isReplaced(5)).isFalse();
    assertThat(attempts.isShown(5)).isTrue();
    assertThat(attempts.isShown(6)).isFalse();
  }

  @Test
  void aBatchThatEndedBeforeTheAttemptBeganIsDeadUnlessItIsHere() {
    attempts.announce(begin(10, 20, 5), List.of());
    assertThat(attempts.isDead(new BatchId(10, 5))).isTrue();
    assertThat(attempts.isDead(new BatchId(11, 5))).isFalse();
  }

  @Test
  void aNewAttemptReplacesWhatLiesBehindItsBeginAndWhatHasNoEnd() {
    PendingBatch complete = ended(0, 10, 1);
    PendingBatch openBefore = open(9, 1);
    PendingBatch behind = ended(10, 20, 1);
    PendingBatch itsOwn = open(15, 2);
    assertThat(attempts.announce(begin(10, 15, 2), List.of(openBefore, complete, itsOwn, behind)))
        .containsExactlyInAnyOrder(openBefore.id(), behind.id());
  }

  @Test
  void theNextBatchOfAnAttemptReplacesOnlyWhatWillNeverEnd() {
    attempts.announce(begin(0, 10, 2), List.of());
    PendingBatch open = open(10, 2);
    PendingBatch later = ended(20, 30, 2);
    assertThat(attempts.announce(begin(10, 20, 2), List.of(open, later)))
        .containsExactly(open.id());
    assertThat(attempts.isDead(new BatchId(10, 2))).isTrue();
  }

  @Test
  void aBoundaryOfAnEarlierAttemptTakesNothingBack() {
    attempts.announce(begin(10, 20, 5), List.of());
    PendingBatch later = open(30, 5);
    assertThat(attempts.announce(begin(0, 40, 4), List.of(later))).isEmpty();
    assertThat(attempts.isShown(5)).isTrue();
    assertThat(attempts.isDead(new BatchId(10, 5))).isTrue();
    attempts.reset();
    assertThat(attempts.isDead(new BatchId(10, 4))).isFalse();
  }
}
