/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.statements;

/** Whether COPY into one table is worth a try: after a clash it rests for some writes. */
public final class CopyGate {
  private static final int REST = 16;
  private int resting;

  public boolean mayTry() {
    if (resting > 0) {
      resting--;
      return false;
    }
    return true;
  }

  public void tried(boolean success) {
    resting = success ? 0 : REST;
  }
}
