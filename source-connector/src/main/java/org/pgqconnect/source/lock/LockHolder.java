/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.lock;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;

/**
 * The session that holds a lock of a queue.
 *
 * @param pid of its server process
 * @param application its application_name; empty when it is not shown to this role
 * @param description who it is, for messages
 */
public record LockHolder(int pid, String application, String description) {
  /** One that ended between the attempt to take its lock and the question who holds it. */
  static final LockHolder ENDED = new LockHolder(0, "", "a session just ending");

  private static final String SOURCE = "pgq-connect source ";
  private static final int MAX_NAME_BYTES = 63;

  public LockHolder {
    requireNonNull(application, "application");
    requireNonNull(description, "description");
  }

  /** The application_name of a source connector's session. */
  public static String application(String connector) {
    return SOURCE + connector;
  }

  /** True when the session is that of a source connector with another name. */
  public boolean isAnotherConnector(String connector) {
    return application.startsWith(SOURCE) && !application.equals(shown(application(connector)));
  }

  /** The connector's name, as far as the session shows it. */
  public String connector() {
    return application.startsWith(SOURCE) ? application.substring(SOURCE.length()) : application;
  }

  /** PostgreSQL cuts an application_name off, and shows what is not ASCII as question marks. */
  private static String shown(String name) {
    StringBuilder shown = new StringBuilder();
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      if (shown.length() < MAX_NAME_BYTES) {
        shown.append(b < ' ' || b > '~' ? "?" : Character.toString((char) b));
      }
    }
    return shown.toString();
  }

  @Override
  public String toString() {
    return description;
  }
}
