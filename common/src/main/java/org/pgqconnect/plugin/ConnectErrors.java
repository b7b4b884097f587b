/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.plugin;

import org.apache.kafka.connect.errors.ConnectException;

/** Failures of ours as exceptions that Connect knows. */
public final class ConnectErrors {
  private ConnectErrors() {}

  /**
   * Puts an exception of Connect's in the place of one of ours: a text that stands in a trace twice
   * would hide which one is complete.
   *
   * @param connects made of our exception's text and cause
   * @return {@code connects}
   */
  public static ConnectException inPlaceOf(RuntimeException ours, ConnectException connects) {
    connects.setStackTrace(ours.getStackTrace());
    for (Throwable suppressed : ours.getSuppressed()) {
      connects.addSuppressed(suppressed);
    }
    return connects;
  }
}
