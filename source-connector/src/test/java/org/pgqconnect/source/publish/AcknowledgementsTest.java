/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.publish;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.pgqconnect.time.NanoClock;

@Timeout(60)
class AcknowledgementsTest {
  private static final long LONG_MILLIS = 600_000;

  private final Acknowledgements acknowledgements = new Acknowledgements(NanoClock.SYSTEM);

  @Test
  void thereIsNothingToWaitForBeforeTheFirstRecord() throws Exception {
    assertThat(acknowledgements.await(LONG_MILLIS)).isTrue();
    acknowledgements.sent(0);
    assertThat(acknowledgements.await(LONG_MILLIS)).isTrue();
  }

  @Test
  void allRecordsAreWaitedFor() throws Exception {
    acknowledgements.sent(2);
    acknowledgements.sent(1);
    acknowledgements.acknowledged();
    acknowledgements.acknowledged();
    assertThat(acknowledgements.await(1)).isFalse();
    assertThat(acknowledgements.await(0)).isFalse();
    acknowledgements.acknowledged();
    assertThat(acknowledgements.await(0)).isTrue();
    acknowledgements.sent(1);
    assertThat(acknowledgements.await(1)).isFalse();
  }

  @Test
  void theLastOneEndsTheWait() throws Exception {
    acknowledgements.sent(1000);
    Thread kafka =
        new Thread(
            () -> {
              for (int i = 0; i < 1000; i++) {
                acknowledgements.acknowledged();
              }
            });
    kafka.start();
    assertThat(acknowledgements.await(LONG_MILLIS)).isTrue();
    kafka.join();
  }
}
