/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TopicEndsTest {
  private long now;
  private boolean atEnd;
  private final List<String> asked = new ArrayList<>();
  private final TopicEnds ends =
      new TopicEnds(
          () -> now * 1_000_000,
          topic -> {
            asked.add(topic);
            return atEnd;
          });

  @Test
  void theClusterIsNotAskedBeforeTheSinkHasWaitedForLong() {
    atEnd = true;
    assertThat(ends.isReadToItsEnd("t", 4_999)).isFalse();
    assertThat(asked).isEmpty();
    assertThat(ends.isReadToItsEnd("t", 5_000)).isTrue();
  }

  @Test
  void anAnswerHoldsForFiveSecondsForEachTopic() {
    assertThat(ends.isReadToItsEnd("t", 5_000)).isFalse();
    atEnd = true;
    now = 4_999;
    assertThat(ends.isReadToItsEnd("t", 9_999)).isFalse();
    assertThat(ends.isReadToItsEnd("u", 9_999)).isTrue();
    assertThat(asked).containsExactly("t", "u");
    now = 5_000;
    assertThat(ends.isReadToItsEnd("t", 10_000)).isTrue();
    assertThat(asked).containsExactly("t", "u", "t");
  }

  @Test
  void anAnswerThatIsOlderThanTheLastRecordsProvesNothing() {
    assertThat(ends.isAnswerNewer()).as("nothing was asked").isFalse();
    now = -50;
    ends.isReadToItsEnd("t", 5_000);
    assertThat(ends.isAnswerNewer()).isTrue();
    ends.handedOver();
    assertThat(ends.isAnswerNewer()).as("they came in the same moment").isFalse();
    now = 4_950;
    ends.isReadToItsEnd("t", 5_000);
    assertThat(ends.isAnswerNewer()).isTrue();
    now = 4_951;
    ends.handedOver();
    assertThat(ends.isAnswerNewer()).isFalse();
  }
}
