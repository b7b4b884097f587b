/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.connect.errors.DataException;
import org.junit.jupiter.api.Test;

class SourceOffsetTest {
  @Test
  void survivesTheFramework() {
    SourceOffset offset = new SourceOffset(7, "2026-11-01 12:00:00+00", "p", "i", Optional.empty());
    assertThat(SourceOffset.of(offset.toMap())).contains(offset);
  }

  @Test
  void remembersHowFarABatchIs() {
    SourceOffset offset =
        new SourceOffset(
            7,
            "2026-11-01 12:00:00+00",
            "p",
            null,
            Optional.of(
                new SourceOffset.Partial(
                    8,
                    "2026-11-01 12:00:01+00",
                    3,
                    4,
                    1234,
                    600,
                    Map.of("public.a", 500L, "b.c", 100L))));
    assertThat(SourceOffset.of(offset.toMap())).contains(offset);
    assertThat(offset.toMap().values())
        .as("the framework stores only simple values")
        .allMatch(v -> v instanceof Long || v instanceof String);
  }

  @Test
  void refusesABatchWithoutTheTimeOfItsTick() {
    SourceOffset offset =
        new SourceOffset(
            7,
            "2026-11-01 12:00:00+00",
            "p",
            null,
            Optional.of(
                new SourceOffset.Partial(8, "2026-11-01 12:00:01+00", 3, 4, 1234, 6, Map.of())));
    Map<String, Object> altered = new HashMap<>(offset.toMap());
    altered.remove("batch_tick_time");
    assertThatThrownBy(() -> SourceOffset.of(altered))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("has a batch that cannot be read");
  }

  @Test
  void noOffsetIsNoOffset() {
    assertThat(SourceOffset.of(null)).isEmpty();
  }

  @Test
  void refusesAnOffsetThatWasAlteredIntoSomethingElse() {
    assertThatThrownBy(() -> SourceOffset.of(Map.of("lsn", 5)))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("{lsn=5} is not an offset of pgq-connect")
        .hasMessageContaining("tick_id");
  }
}
