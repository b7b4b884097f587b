/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.time;

import java.util.concurrent.TimeUnit;

/**
 * A clock that only goes forward, in nanoseconds since an arbitrary moment: only differences mean
 * something. Decisions that depend on time take one, so that tests need not wait.
 */
@FunctionalInterface
public interface NanoClock {
  /** The JVM's own. */
  NanoClock SYSTEM = System::nanoTime;

  /** Now; may be negative. */
  long nanos();

  /** Waits for so many milliseconds of this clock's time. */
  default void sleep(long millis) throws InterruptedException {
    Thread.sleep(millis);
  }

  /** The same as {@link #nanos} in milliseconds. */
  default long millis() {
    return TimeUnit.NANOSECONDS.toMillis(nanos());
  }
}
