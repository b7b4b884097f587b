/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.flow;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ApplicationTest {
  private static final int BUSY = Integer.MAX_VALUE;

  @ParameterizedTest
  @CsvSource({"1, 1, true", "7, 1, true", "3, 4, false", "4, 4, true", "5, 4, true"})
  void asManyAsAreWantedTogetherAreWaitedFor(int complete, int wanted, boolean tries) {
    assertThat(Application.isTimeToTry(complete, wanted, BUSY, false)).isEqualTo(tries);
  }

  @ParameterizedTest
  @CsvSource({"2, true", "1, true"})
  void fewerAreTriedWhenNoMoreFit(int complete, boolean tries) {
    assertThat(Application.isTimeToTry(complete, 16, BUSY, true)).isEqualTo(tries);
  }

  @ParameterizedTest
  @CsvSource({"2, false", "3, false", "4, true"})
  void whenNothingComesOneMoreThanWereRefusedIsEnough(int complete, boolean tries) {
    assertThat(Application.isTimeToTry(complete, 16, 3, false)).isEqualTo(tries);
  }
}
