/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.postgres;

/**
 * What one session of pgq-connect at a time does in a database: advisory locks, whose first key
 * keeps them apart from those of other programs.
 */
public enum OwnLock {
  /** Installing, upgrading or removing what a provider has. */
  INSTALL_PROVIDER(1),
  /** Changing what is captured; {@code pgq_connect.lock_capture()} takes it. */
  CHANGE_CAPTURE(2),
  /** Installing what a subscriber has. */
  INSTALL_SUBSCRIBER(3),
  /** Taking over a table for a subscription. */
  TAKE_TABLE(4);

  /** The first key of them all. */
  public static final int FIRST_KEY = 20519;

  private final int key;

  OwnLock(int key) {
    this.key = key;
  }

  /** The second key. */
  public int key() {
    return key;
  }

  /** The statement that waits for it and holds it until the transaction ends. */
  public String take() {
    return "SELECT pg_catalog.pg_advisory_xact_lock(%d, %d)".formatted(FIRST_KEY, key);
  }
}
