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
package org.pgqconnect.source.publish;

/** Counts records that Kafka has against records that were handed over. */
public final class Acknowledgements {
  private long sent;
  private long acknowledged;

  synchronized void sent(int records) {
    sent += records;
  }

  public synchronized void acknowledged() {
    acknowledged++;
    if (acknowledged >= sent) {
      notifyAll();
    }
  }

  /**
   * Waits until Kafka has every record handed over so far.
   *
   * @param millis the longest wait
   * @return false when some are still under way
   */
  public synchronized boolean await(long millis) throws InterruptedException {
    long until = System.nanoTime() + millis * 1_000_000;
    long left = millis;
    while (acknowledged < sent && left > 0) {
      wait(left);
      left = (until - System.nanoTime()) / 1_000_000;
    }
    return acknowledged >= sent;
  }
}
