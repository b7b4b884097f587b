/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.connect;

/** A worker's answer that was not what was asked for. */
public final class ConnectRestException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final int status;
  private final String body;

  ConnectRestException(String method, String path, int status, String body) {
    super("%s %s was answered with %d: %s".formatted(method, path, status, body));
    this.status = status;
    this.body = body;
  }

  /** The HTTP status. */
  public int status() {
    return status;
  }

  public String body() {
    return body;
  }
}
