/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.history;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.source.queue.Tick;

class LostHistoryTest {
  private static final Optional<Tick> TICK =
      Optional.of(new Tick(7, "2026-01-02 03:04:05+00", "8589934600:8589934605:8589934600", 1));

  @Test
  void aTickOfThePastIsNone() {
    assertThatCode(() -> LostHistory.check("q", TICK, "8589934605:8589934605:"))
        .doesNotThrowAnyException();
    assertThatCode(() -> LostHistory.check("q", Optional.empty(), "5:5:"))
        .doesNotThrowAnyException();
  }

  @Test
  void aTickOfTheFutureIsSaidWithTheCommandThatMendsIt() {
    assertThatThrownBy(() -> LostHistory.check("q", TICK, "8589934604:8589934604:"))
        .isInstanceOf(StopException.class)
        .hasMessageContaining("Queue \"q\" was restored into a server with smaller transaction ids")
        .hasMessageContaining(
            "tick 7 (2026-01-02 03:04:05+00) was made at transaction id 8589934605, and the server"
                + " is at 8589934604 only")
        .hasMessageContaining("pgq-connect provider repair-ticks --queue q --confirm")
        .hasMessageContaining(
            "Tables that were added after the restored state was saved are not captured any more");
  }
}
