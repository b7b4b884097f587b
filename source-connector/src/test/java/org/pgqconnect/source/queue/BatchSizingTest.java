/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BatchSizingTest {
  private static Tick tick(long id, long eventSeq) {
    return new Tick(id, "2026-01-01 00:00:00+00", "1:1:", eventSeq);
  }

  @Test
  void takesTheNextTickWhenThereIsOnlyOne() {
    assertThat(BatchSizing.minCount(tick(5, 100), tick(6, 90_000), Optional.empty(), 1000))
        .isZero();
  }

  @Test
  void asksForWhatThereIsSoThatTheLastTickIsTaken() {
    assertThat(BatchSizing.minCount(tick(5, 100), tick(9, 150), Optional.empty(), 1000))
        .isEqualTo(50);
  }

  @Test
  void asksForTheWantedSizeWhenThereIsMore() {
    assertThat(BatchSizing.minCount(tick(5, 100), tick(900, 150_000), Optional.empty(), 1000))
        .isEqualTo(1000);
  }

  @Test
  void ignoresASequenceThatWentBackwards() {
    assertThat(BatchSizing.minCount(tick(5, 100), tick(9, 50), Optional.empty(), 1000)).isZero();
  }

  /** What {@code pgq.find_tick_helper} makes of the count. */
  private static Tick taken(List<Tick> ticks, int minCount) {
    Tick position = ticks.get(0);
    Tick last = ticks.get(ticks.size() - 1);
    if (minCount == 0) {
      return ticks.get(1);
    }
    return last.eventSeq() - position.eventSeq() <= 2L * minCount
        ? last
        : ticks.stream()
            .filter(tick -> tick.eventSeq() - position.eventSeq() >= minCount)
            .findFirst()
            .orElseThrow();
  }

  @Test
  void neverReachesBeyondTheFarthestTickHoweverEventsLieBetweenTicks() {
    Random random = new Random(7);
    for (int round = 0; round < 20_000; round++) {
      int farthest = 1 + random.nextInt(10);
      int mostEvents = 1 + random.nextInt(4);
      boolean oftenIdle = random.nextBoolean();
      List<Tick> ticks = new ArrayList<>(List.of(tick(1, 100)));
      for (int i = 1; i <= farthest + 1 + random.nextInt(30); i++) {
        int events = oftenIdle && random.nextInt(5) > 0 ? 0 : random.nextInt(mostEvents + 1);
        ticks.add(tick(i + 1, ticks.get(i - 1).eventSeq() + events));
      }
      int count =
          BatchSizing.minCount(
              ticks.get(0),
              ticks.get(ticks.size() - 1),
              Optional.of(ticks.get(farthest)),
              1 + random.nextInt(20));
      assertThat(taken(ticks, count).id())
          .as("%s of %s with farthest %d", count, ticks, farthest)
          .isBetween(2L, ticks.get(farthest).id());
    }
  }

  @Test
  void mergesUpToTheFarthestTickWhereItMay() {
    assertThat(
            BatchSizing.minCount(
                tick(5, 100), tick(9000, 9100), Optional.of(tick(1005, 600)), 10_000))
        .isEqualTo(500);
    assertThat(
            BatchSizing.minCount(
                tick(5, 100), tick(9000, 901), Optional.of(tick(1005, 600)), 10_000))
        .isEqualTo(400);
  }

  @Test
  void takesIdleTicksOneByOneWhenThereAreMoreThanABatchMayName() {
    assertThat(
            BatchSizing.minCount(
                tick(5, 100), tick(9000, 900), Optional.of(tick(1005, 100)), 10_000))
        .isZero();
  }
}
