/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.queue;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class EventTimeTest {
  @Test
  void readsMicroseconds() {
    EventTime time = new EventTime();
    assertThat(time.micros("1970-01-01 00:00:01+00")).isEqualTo(1_000_000L);
    assertThat(time.micros("2026-11-23 20:00:00.123456+00")).isEqualTo(1_795_464_000_123_456L);
    assertThat(time.micros("2026-11-23 20:00:00.5+00")).isEqualTo(1_795_464_000_500_000L);
  }
}
