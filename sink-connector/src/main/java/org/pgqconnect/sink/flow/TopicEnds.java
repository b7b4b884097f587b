/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.flow;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.pgqconnect.time.NanoClock;

/**
 * Whether topics have nothing that the task was not handed. The cluster is asked for it only when
 * rows have not come for long, and not often.
 */
final class TopicEnds {
  /** So long the sink waits for rows before it asks the cluster for them, and again. */
  private static final int ASK_MILLIS = 5_000;

  private final NanoClock clock;
  private final Predicate<String> cluster;
  private final Map<String, Boolean> readToTheirEnds = new HashMap<>();
  private Long askedMillis;
  private Long handedOverMillis;

  /**
   * @param cluster asks the cluster whether the task was handed all that a topic holds
   */
  TopicEnds(NanoClock clock, Predicate<String> cluster) {
    this.clock = clock;
    this.cluster = cluster;
  }

  /** Records were handed to the task. */
  void handedOver() {
    handedOverMillis = clock.millis();
  }

  /**
   * Has a topic nothing more? False while that is not asked yet.
   *
   * @param waitedMillis for how long the sink has waited for the same
   */
  boolean isReadToItsEnd(String topic, long waitedMillis) {
    if (waitedMillis < ASK_MILLIS) {
      return false;
    }
    long now = clock.millis();
    if (askedMillis == null || now - askedMillis >= ASK_MILLIS) {
      askedMillis = now;
      readToTheirEnds.clear();
    }
    return readToTheirEnds.computeIfAbsent(topic, cluster::test);
  }

  /** Is what the cluster said newer than the last records? Those may be why it said so. */
  boolean isAnswerNewer() {
    return askedMillis != null && (handedOverMillis == null || askedMillis > handedOverMillis);
  }
}
