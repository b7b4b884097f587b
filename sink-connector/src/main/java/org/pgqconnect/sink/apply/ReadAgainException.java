/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.apply;

/** What was read does not fit the subscriber: the topics must be read again. */
public final class ReadAgainException extends RuntimeException {
  private static final long serialVersionUID = 1;
}
