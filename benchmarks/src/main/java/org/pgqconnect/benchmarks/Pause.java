/*
 * Copyright pgq-connect contributors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package org.pgqconnect.benchmarks;

import java.util.concurrent.locks.LockSupport;

/** Waits a while; an interrupt ends the benchmark. */
final class Pause {
  private Pause() {}

  static void millis(long millis) {
    untilNanos(System.nanoTime() + millis * 1_000_000);
  }

  /** Waits until {@link System#nanoTime} has reached this. */
  static void untilNanos(long nanos) {
    for (long left = nanos - System.nanoTime(); left > 0; left = nanos - System.nanoTime()) {
      LockSupport.parkNanos(left);
      if (Thread.interrupted()) {
        throw new IllegalStateException("Interrupted");
      }
    }
  }
}
