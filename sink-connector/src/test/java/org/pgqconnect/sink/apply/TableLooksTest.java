/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.apply;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Properties;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.pgqconnect.postgres.ConnectionConfig;
import org.pgqconnect.sink.session.SubscriberSession;
import org.pgqconnect.wire.TopicNames;

class TableLooksTest {
  private static final long SECOND = 1_000_000_000L;

  private long now = Long.MAX_VALUE - SECOND;
  private final TableLooks looks =
      new TableLooks(
          new Subscriber(
              new SubscriberSession.Settings(
                  new ConnectionConfig("h", 5432, "d", "u", null, "prefer", new Properties()),
                  "s",
                  0,
                  0,
                  0,
                  0),
              new TopicNames("q"),
              table -> true,
              () -> now),
          () -> now);

  @Test
  void aLookIsDueThirtySecondsAfterTheLastThatWasCommitted() {
    assertThat(looks.isDue()).isFalse();
    now += 30 * SECOND;
    assertThat(looks.isDue()).as("though the clock has wrapped").isTrue();
    looks.committed(false, Set.of());
    assertThat(looks.isDue()).as("the transaction did not look").isTrue();
    looks.committed(true, Set.of());
    assertThat(looks.isDue()).isFalse();
    now += 30 * SECOND - 1;
    assertThat(looks.isDue()).isFalse();
    now += 1;
    assertThat(looks.isDue()).isTrue();
    looks.opened();
    assertThat(looks.isDue()).as("a new session looks by itself").isFalse();
  }
}
