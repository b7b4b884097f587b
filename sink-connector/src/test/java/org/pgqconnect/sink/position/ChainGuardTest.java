/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.position;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pgqconnect.batch.BatchBounds;
import org.pgqconnect.batch.BatchEnd;
import org.pgqconnect.batch.BatchId;
import org.pgqconnect.batch.StartTick;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.wire.TopicNames;

class ChainGuardTest {
  private final ChainGuard guard = guard("own");

  private static ChainGuard guard(String ownIdentity) {
    return new ChainGuard(
        "it's",
        new TopicNames("q"),
        new ChainGuard.SubscriberDatabase("db1:5432/bank", ownIdentity));
  }

  @ParameterizedTest
  @CsvSource({
    "5, 6, 5, NEXT", "4, 6, 5, NEXT", "5, 9, 5, NEXT", "4, 5, 5, ALREADY_APPLIED",
    "1, 3, 5, ALREADY_APPLIED", "6, 7, 5, GAP", "0, 1, , NEXT", "70, 71, , NEXT"
  })
  void tellsTheNextBatchFromAnOldOneAndFromAGap(
      long prev, long tick, Long position, PositionCheck verdict) {
    assertThat(PositionCheck.of(new BatchBounds(prev, tick), position)).isEqualTo(verdict);
    assertThat(PositionCheck.isApplied(tick, position))
        .isEqualTo(verdict == PositionCheck.ALREADY_APPLIED);
  }

  @ParameterizedTest
  @CsvSource({"5, 6, 5, true", "4, 6, 5, false", "6, 7, 5, false", "0, 1, , false"})
  void aBatchBeginsAtThePositionWhenItOverlapsNothing(
      long prev, long tick, Long position, boolean begins) {
    assertThat(PositionCheck.beginsAt(new BatchBounds(prev, tick), position)).isEqualTo(begins);
  }

  private static BatchEnd end(
      long prev, long tick, String provider, String tickTime, StartTick... startTicks) {
    return new BatchEnd(
        new BatchId(tick, 1),
        new BatchBounds(prev, tick),
        "q",
        provider,
        "i",
        tickTime,
        "1:1:",
        Map.of(),
        List.of(),
        List.of(startTicks));
  }

  @Test
  void aGapNamesTheTicksAndTheWaysOut() {
    assertThatThrownBy(
            () -> guard.check(end(8, 9, "p", "t"), new Position("q", "p", "i", 1L, 5L, "t5")))
        .isInstanceOf(StopException.class)
        .hasMessageContaining("Topic q.transaction continues with batch (8, 9] of queue q")
        .hasMessageContaining("is at tick 5: the batches (5, 8] are missing")
        .hasMessageContaining("SET tick_id = 8, tick_time = NULL WHERE name = 'it''s';");
  }

  @Test
  void acceptsTheSameHistory() {
    Position position = new Position("q", "p", "i", 1L, 5L, "t5");
    assertThat(guard.check(end(4, 5, "p", "t5"), position))
        .isEqualTo(PositionCheck.ALREADY_APPLIED);
    assertThat(guard.check(end(5, 6, "p", "t6"), position)).isEqualTo(PositionCheck.NEXT);
    assertThat(guard.check(end(5, 6, "p", "t6"), Position.NONE)).isEqualTo(PositionCheck.NEXT);
    assertThat(guard.check(end(4, 5, "p", "t"), new Position("q", "p", "i", 1L, 5L, null)))
        .isEqualTo(PositionCheck.ALREADY_APPLIED);
  }

  @Test
  void stopsAtAnotherProviderOrHistory() {
    Position position = new Position("q", "p", "i", 1L, 5L, "t5");
    assertThatThrownBy(() -> guard.check(end(5, 6, "x", "t6"), position))
        .isInstanceOf(StopException.class)
        .hasMessageContaining(
            "comes from queue q (creation i) of provider x, but subscription it's follows queue q"
                + " (creation i) of provider p");
    assertThatThrownBy(() -> guard.check(end(4, 5, "p", "else"), position))
        .isInstanceOf(StopException.class)
        .hasMessageContaining("applied a tick 5 made at t5");
  }

  @Test
  void stopsWhenTheBatchComesFromTheDatabaseThatItWouldBeWrittenTo() {
    ChainGuard ofProvider = guard("p");
    BatchEnd batch = end(5, 6, "p", "t6");
    for (ThrowingCallable check :
        List.<ThrowingCallable>of(
            () -> ofProvider.check(batch, Position.NONE),
            () -> ofProvider.follows(batch, Position.NONE, 0),
            () -> ofProvider.check(batch, new Position("q", "p", "i", 1L, 5L, "t5")))) {
      assertThatThrownBy(check)
          .isInstanceOf(StopException.class)
          .hasMessageContaining(
              "Batch (5, 6] of topic q.transaction comes from provider p, and the database that"
                  + " subscription it's writes, db1:5432/bank, has that identity: it is the"
                  + " provider itself")
          .hasMessageContaining("Set database.hostname, database.port and database.dbname")
          .hasMessageContaining("DELETE FROM pgq_connect.subscription WHERE name = 'it''s';");
    }
    assertThat(guard(null).check(batch, Position.NONE)).isEqualTo(PositionCheck.NEXT);
    assertThat(guard("another").check(batch, Position.NONE)).isEqualTo(PositionCheck.NEXT);
  }

  private static final StartTick[] TICKS = {
    new StartTick(10, "t10"), new StartTick(18, "t18"), new StartTick(25, "t25")
  };

  private static Position at(long tick, String time) {
    return new Position("q", "p", "i", 1L, tick, time);
  }

  @ParameterizedTest
  @CsvSource({"10, t10", "18, t18", "25, t25", "18, "})
  void appliesABatchThatNamesTheTickThatTheSubscriberStandsAt(long tick, String time) {
    BatchEnd batch = end(10, 26, "p", "t26", TICKS);
    assertThat(guard.check(batch, at(tick, time))).isEqualTo(PositionCheck.NEXT);
    assertThat(guard.follows(batch, at(tick, time), 0)).isTrue();
  }

  @Test
  void appliesABatchThatNamesNoTicksAndOneThatSaysNothingOfTheTicksBeforeARepair() {
    assertThat(guard.check(end(10, 26, "p", "t26"), at(18, "t"))).isEqualTo(PositionCheck.NEXT);
    assertThat(guard.check(end(10, 26, "p", "t26", new StartTick(20, "t20")), at(18, "t")))
        .isEqualTo(PositionCheck.NEXT);
  }

  @Test
  void aGapIsReportedAsOneThoughTheBatchNamesItsTicks() {
    assertThatThrownBy(() -> guard.check(end(10, 26, "p", "t26", TICKS), at(9, "t9")))
        .isInstanceOf(StopException.class)
        .hasMessageContaining("the batches (9, 10] are missing");
  }

  @ParameterizedTest
  @CsvSource({
    "18, 'Tick 18 of queue q, from which batch (10, 26] leads on, was made at t18'",
    "10, 'Tick 10 of queue q, from which batch (10, 26] leads on, was made at t10'",
    "19, 'Batch (10, 26] of queue q has no tick 19 to lead on from'"
  })
  void stopsAtABatchThatLeadsOnFromOtherTicksThanWereApplied(long tick, String found) {
    BatchEnd batch = end(10, 26, "p", "t26", TICKS);
    for (ThrowingCallable check :
        List.<ThrowingCallable>of(
            () -> guard.check(batch, at(tick, "lost")),
            () -> guard.follows(batch, at(tick, "lost"), 0))) {
      assertThatThrownBy(check)
          .isInstanceOf(StopException.class)
          .hasMessageContaining(
              "%s according to topic q.transaction, but subscription it's applied a tick %d made at lost"
                  .formatted(found, tick))
          .hasMessageContaining("The provider lost part of its history")
          .hasMessageContaining("./pgq-connect provider resync --prefix q --all")
          .hasMessageContaining(
              "UPDATE pgq_connect.subscription SET tick_time = NULL WHERE name = 'it''s'; and"
                  + " restart");
    }
  }
}
