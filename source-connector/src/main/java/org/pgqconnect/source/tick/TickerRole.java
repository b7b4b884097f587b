/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
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
  /** The queue has {@code queue_ticker_paused} set: no ticker can make any. */
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
