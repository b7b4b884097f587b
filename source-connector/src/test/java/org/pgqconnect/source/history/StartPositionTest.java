/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.source.history.StartPosition.Published;
import org.pgqconnect.source.queue.Queue.Identity;
import org.pgqconnect.source.queue.Tick;

class StartPositionTest {
  private static final String NOON = "2026-11-01 12:00:00+00";
  private static final Tick TICK_7 = new Tick(7, NOON, "1:1:", 0);
  private static final Tick TICK_9 = new Tick(9, NOON, "1:1:", 0);
  private static final Identity HERE = new Identity("p1", "i1");
  private static final Optional<Published> AT_7 = Optional.of(new Published(7, NOON, HERE, false));

  private static Optional<Tick> decide(
      String queue,
      Optional<Published> offset,
      Identity identity,
      Optional<Tick> atOffset,
      Optional<Tick> subscription) {
    return StartPosition.decide(queue, offset, identity, false, atOffset, subscription);
  }

  @Test
  void kafkasOffsetGoesBeforePgqsPosition() {
    assertThat(decide("q", AT_7, HERE, Optional.of(TICK_7), Optional.of(TICK_9))).contains(TICK_7);
  }

  @Test
  void withoutAnOffsetTheConsumersPositionCounts() {
    assertThat(decide("q", Optional.empty(), HERE, Optional.empty(), Optional.of(TICK_9)))
        .contains(TICK_9);
    assertThat(decide("q", Optional.empty(), HERE, Optional.empty(), Optional.empty())).isEmpty();
  }

  @Test
  void stopsWhenTheProviderIsAnother() {
    assertThatThrownBy(
            () ->
                decide("q", AT_7, new Identity("p2", "i1"), Optional.of(TICK_7), Optional.empty()))
        .isInstanceOf(StopException.class)
        .hasMessageContaining("written for provider p1, but the connected database is provider p2")
        .hasMessageContaining("pgq-connect provider resync --queue q --all");
  }

  @Test
  void stopsWhenTheQueueWasDroppedAndMadeAnew() {
    assertThatThrownBy(
            () ->
                decide(
                    "q", AT_7, new Identity("p1", "i2"), Optional.of(TICK_7), Optional.of(TICK_9)))
        .isInstanceOf(StopException.class)
        .hasMessageContaining("queue \"q\" was dropped and made anew: its tick 7")
        .hasMessageContaining("DELETE /connectors/<name>/offsets")
        .hasMessageContaining("pgq-connect provider resync --queue q --all");
  }

  @Test
  void anOffsetThatDoesNotSayWhichQueueItIsOfIsTaken() {
    Optional<Published> altered =
        Optional.of(new Published(7, NOON, new Identity("p1", null), false));
    assertThat(decide("q", altered, HERE, Optional.of(TICK_7), Optional.of(TICK_9)))
        .contains(TICK_7);
  }

  @Test
  void stopsWhenThePublishedTickIsGone() {
    assertThatThrownBy(() -> decide("q", AT_7, HERE, Optional.empty(), Optional.empty()))
        .hasMessageContaining("Queue \"q\" no longer has tick 7")
        .hasMessageContaining("pgq-connect provider repair-ticks --queue q --confirm")
        .hasMessageContaining("DELETE /connectors/<name>/offsets")
        .hasMessageContaining(
            "Tables that were added since the state that the provider has now are not captured any"
                + " more");
  }

  @Test
  void stopsWhenTheTickIdWasUsedAgain() {
    Tick other = new Tick(7, "2026-11-01 12:30:00+00", "1:1:", 0);
    assertThatThrownBy(() -> decide("q", AT_7, HERE, Optional.of(other), Optional.empty()))
        .hasMessageContaining("Tick 7 of queue \"q\" was made at 2026-11-01 12:30:00+00")
        .hasMessageContaining("was made at " + NOON)
        .hasMessageContaining("pgq-connect provider repair-ticks --queue q --confirm");
  }

  @Test
  void goesOnWithPgqsPositionWhenTheOffsetLaggedBehindAndItsTickIsRotatedAway() {
    assertThat(decide("q", AT_7, HERE, Optional.empty(), Optional.of(TICK_9))).contains(TICK_9);
  }

  @Test
  void tablesAreNotPublishedFromWhereOnlyEventsWere() {
    Optional<Published> events = Optional.of(new Published(7, NOON, HERE, true));
    assertThatThrownBy(() -> decide("q", events, HERE, Optional.of(TICK_7), Optional.of(TICK_9)))
        .hasMessageContaining("The offset of queue \"q\", tick 7 (" + NOON)
        .hasMessageContaining("was stored with mode=events")
        .hasMessageContaining("DELETE /connectors/<name>/offsets")
        .hasMessageContaining("pgq-connect provider resync --queue q --all");
    assertThat(
            StartPosition.decide("q", events, HERE, true, Optional.of(TICK_7), Optional.of(TICK_9)))
        .contains(TICK_7);
    assertThat(
            StartPosition.decide("q", AT_7, HERE, true, Optional.of(TICK_7), Optional.of(TICK_9)))
        .contains(TICK_7);
  }
}
