/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.connect;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Passes a failure on only when it has lasted: after a restart, a connector's status reports the
 * failure before it for a moment more.
 */
final class LastingFailure implements Supplier<Optional<String>> {

  private static final Duration LASTING = Duration.ofSeconds(2);

  private final Supplier<Optional<String>> failure;
  private final LongSupplier nanos;
  private long firstSeen;
  private boolean seen;

  /**
   * @param nanos a clock that only goes forward, as {@link System#nanoTime}
   */
  LastingFailure(Supplier<Optional<String>> failure, LongSupplier nanos) {
    this.failure = failure;
    this.nanos = nanos;
  }

  @Override
  public Optional<String> get() {
    Optional<String> now = failure.get();
    if (now.isEmpty() || !seen) {
      firstSeen = nanos.getAsLong();
      seen = now.isPresent();
    }
    return now.filter(trace -> nanos.getAsLong() - firstSeen > LASTING.toNanos());
  }
}
