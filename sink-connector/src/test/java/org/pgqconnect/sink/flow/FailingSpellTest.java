/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.flow;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FailingSpellTest {
  private long now = -1_000;
  private final FailingSpell spell = new FailingSpell(() -> now * 1_000_000);

  @Test
  void aSpellBeginsWithTheWorkThatFailedFirst() {
    now = 0;
    spell.idle();
    now = 30_000;
    spell.failed("lock", false);
    assertThat(spell.failing()).contains("lock");
    assertThat(spell.millis()).isEqualTo(30_000);
    now = 40_000;
    spell.failed("connection", true);
    assertThat(spell.failing()).as("the last words count").contains("connection");
    assertThat(spell.millis()).as("and the first moment").isEqualTo(40_000);
  }

  @Test
  void aBatchThatWasBeingWrittenHasNotFailedSinceItBegan() {
    now = 600_000;
    spell.failed("connection", true);
    now = 601_000;
    assertThat(spell.millis()).isEqualTo(1_000);
  }

  @Test
  void aBatchThatIsAppliedEndsIt() {
    spell.failed("lock", false);
    now = 5_000;
    spell.applied();
    assertThat(spell.failing()).isEmpty();
    now = 7_000;
    spell.failed("lock", false);
    assertThat(spell.millis()).isEqualTo(2_000);
  }
}
