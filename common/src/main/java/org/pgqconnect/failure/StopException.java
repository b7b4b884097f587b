/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.failure;

/**
 * A connector must not continue automatically; the message says why, and what an operator can do.
 * Connect's own exceptions are made of it where Connect calls.
 */
public final class StopException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public StopException(String message) {
    super(message);
  }

  public StopException(String message, Throwable cause) {
    super(message, cause);
  }
}
