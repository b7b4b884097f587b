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
package org.pgqconnect.source.tick;

/** What a connector's ticker does about its queue's ticks at the moment. */
public enum TickerRole {
  /** It has no session on the provider. */
  STARTING("starting"),
  /** It makes the ticks. */
  ACTIVE("active"),
  /** Another connector's ticker holds the queue's ticker lock. */
  WAITING("waiting"),
  /** Something that takes no lock of ours makes ticks, as pgqd does; it watches only. */
  STANDING_BY("standing by"),
  /** {@code ticker=external}: it never makes any. */
  EXTERNAL("external"),
  /** The queue has {@code queue_ticker_paused} set: nobody can make any. */
  PAUSED("paused");

  private final String label;

  TickerRole(String label) {
    this.label = label;
  }

  /** The word for metrics and logs. */
  public String label() {
    return label;
  }
}
