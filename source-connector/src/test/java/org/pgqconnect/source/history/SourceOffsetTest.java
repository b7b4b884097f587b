/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.source.queue.Tick;

class SourceOffsetTest {
  private static final SourceOffset.Publisher FOURTH = new SourceOffset.Publisher(4, "r", true);

  private static SourceOffset.Partial partial(SourceOffset.Publisher publisher) {
    return new SourceOffset.Partial(
        8, "2026-11-01 12:00:01+00", 3, publisher, 1234, 6, Map.of("public.a", 6L));
  }

  private static Tick tick(long id, String time) {
    return new Tick(id, time, "10:10:", 50);
  }

  @ParameterizedTest
  @CsvSource({
    "4, false, 5, false, true",
    "4, false, 6, false, false",
    "4, true, 6, false, false",
    "4, true, 6, true, true",
    "4, false, 6, true, false",
    "4, false, 5, true, true",
  })
  void aBatchIsContinuedUnlessAnotherAttemptMayHaveBegun(
      long session,
      boolean transactional,
      long next,
      boolean nextTransactional,
      boolean continued) {
    assertThat(
            partial(new SourceOffset.Publisher(session, "r", transactional))
                .isContinuedBy(
                    new SourceOffset.Publisher(next, "r", nextTransactional),
                    tick(8, "2026-11-01 12:00:01+00")))
        .isEqualTo(continued);
  }

  /** Records that were published beyond the offset would be others now. */
  @Test
  void aBatchThatWasMadeByOtherRulesIsNotContinued() {
    Tick tick = tick(8, "2026-11-01 12:00:01+00");
    SourceOffset.Publisher fifth = new SourceOffset.Publisher(5, "r", true);
    assertThat(partial(FOURTH).isContinuedBy(fifth, tick)).isTrue();
    assertThat(partial(FOURTH).isContinuedBy(new SourceOffset.Publisher(5, "s", true), tick))
        .isFalse();
    assertThat(partial(FOURTH).isContinuedBy(fifth, tick(9, tick.time()))).isFalse();
    assertThat(partial(FOURTH).isContinuedBy(fifth, tick(8, "2026-11-01 12:00:02+00"))).isFalse();
  }

  @Test
  void anOffsetThatDoesNotSayByWhichRulesABatchWasMadeDoesNotContinueIt() {
    SourceOffset offset =
        new SourceOffset(
            7, "2026-11-01 12:00:00+00", "p", "i", false, Optional.of(partial(FOURTH)));
    Map<String, Object> map = new HashMap<>(offset.toMap());
    map.keySet().removeAll(List.of("batch_rules", "batch_transactional"));
    SourceOffset.Partial read = SourceOffset.of(map).orElseThrow().partial().orElseThrow();
    assertThat(read.publisher()).isEqualTo(new SourceOffset.Publisher(4, "", false));
    assertThat(
            read.isContinuedBy(
                new SourceOffset.Publisher(5, "", false), tick(8, "2026-11-01 12:00:01+00")))
        .isFalse();
  }

  @Test
  void survivesTheFramework() {
    SourceOffset offset =
        new SourceOffset(7, "2026-11-01 12:00:00+00", "p", "i", false, Optional.empty());
    assertThat(SourceOffset.of(offset.toMap())).contains(offset);
    assertThat(offset.toMap()).doesNotContainKey("events");
  }

  @Test
  void remembersHowFarABatchIs() {
    SourceOffset offset =
        new SourceOffset(
            7,
            "2026-11-01 12:00:00+00",
            "p",
            null,
            true,
            Optional.of(
                new SourceOffset.Partial(
                    8,
                    "2026-11-01 12:00:01+00",
                    3,
                    FOURTH,
                    1234,
                    600,
                    Map.of("public.a", 500L, "b.c", 100L))));
    assertThat(SourceOffset.of(offset.toMap())).contains(offset);
    assertThat(offset.toMap().values())
        .as("the framework stores only simple values")
        .allMatch(v -> v instanceof Long || v instanceof String || v instanceof Boolean);
  }

  @Test
  void refusesABatchWithoutTheTimeOfItsTick() {
    SourceOffset offset =
        new SourceOffset(
            7,
            "2026-11-01 12:00:00+00",
            "p",
            null,
            true,
            Optional.of(
                new SourceOffset.Partial(
                    8, "2026-11-01 12:00:01+00", 3, FOURTH, 1234, 6, Map.of())));
    Map<String, Object> altered = new HashMap<>(offset.toMap());
    altered.remove("batch_tick_time");
    assertThatThrownBy(() -> SourceOffset.of(altered))
        .isInstanceOf(StopException.class)
        .hasMessageContaining("has a batch that cannot be read");
  }

  @Test
  void noOffsetIsNoOffset() {
    assertThat(SourceOffset.of(null)).isEmpty();
  }

  @Test
  void refusesAnOffsetThatWasAlteredIntoSomethingElse() {
    assertThatThrownBy(() -> SourceOffset.of(Map.of("lsn", 5)))
        .isInstanceOf(StopException.class)
        .hasMessageContaining("{lsn=5} is not an offset of pgq-connect")
        .hasMessageContaining("tick_id");
  }
}
