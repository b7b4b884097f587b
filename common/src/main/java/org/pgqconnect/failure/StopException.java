/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.failure;

/** The sink must not continue automatically; the message says why, and what an operator can do. */
public final class StopException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public StopException(String message) {
    super(message);
  }
}
