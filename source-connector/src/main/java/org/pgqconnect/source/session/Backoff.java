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
package org.pgqconnect.source.session;

/** Waits longer after every failure in a row, up to 30 seconds, and not at all after a success. */
public final class Backoff {
  private static final long FIRST_MILLIS = 250;
  private static final long LONGEST_MILLIS = 30_000;

  private long next = FIRST_MILLIS;

  public synchronized void worked() {
    next = FIRST_MILLIS;
  }

  public synchronized void failed() throws InterruptedException {
    long millis = next;
    next = Math.min(LONGEST_MILLIS, next * 2);
    wait(millis);
  }

  /** Ends a wait. */
  public synchronized void cancel() {
    notifyAll();
  }
}
