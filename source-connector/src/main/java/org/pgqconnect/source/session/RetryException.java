/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.session;

/**
 * A session cannot begin or continue, but a later one may without an operator; the message says
 * why.
 */
public final class RetryException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public RetryException(String message) {
    super(message);
  }

  RetryException(String message, Throwable cause) {
    super(message, cause);
  }
}
