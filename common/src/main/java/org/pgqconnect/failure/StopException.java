/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.failure;

/**
 * A connector or a command must not continue; the message says why, and what an operator can do.
 * Connect's own exceptions are made of it where Connect calls; the command line prints its message.
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
