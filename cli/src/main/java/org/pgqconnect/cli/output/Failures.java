/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli.output;

import java.sql.SQLException;
import java.util.stream.Collectors;
import org.pgqconnect.postgres.SqlState;
import org.postgresql.util.PSQLException;

/** How a failure is reported on a terminal: its message, and the causes that add something. */
public final class Failures {
  public static final int EXIT_CODE = 3;

  private Failures() {}

  public static String describe(Throwable failure) {
    StringBuilder text = new StringBuilder(message(failure));
    for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
      String more = message(cause);
      if (cause.getMessage() != null && !isSaid(text.toString(), cause, more)) {
        text.append(System.lineSeparator()).append("  because: ").append(more);
      }
    }
    return text.toString();
  }

  private static String message(Throwable failure) {
    String message =
        failure.getMessage() == null
            ? failure.getClass().getSimpleName()
            : withoutPlace(failure.getMessage());
    if (failure instanceof SQLException) {
      return SqlState.of(failure)
          .filter(state -> !message.contains(state))
          .map(state -> message + " (SQLSTATE " + state + ")" + remedy(state))
          .orElse(message);
    }
    return failure instanceof RuntimeException && failure.getMessage() == null
        ? failure.toString()
        : message;
  }

  /** What the server says stands in a message of ours, or comes again in other words. */
  private static boolean isSaid(String text, Throwable cause, String more) {
    return text.contains(more)
        || cause instanceof PSQLException server
            && server.getServerErrorMessage() != null
            && text.contains(String.valueOf(server.getServerErrorMessage().getMessage()));
  }

  /** Where in a function of ours the server was does not help a user at a terminal. */
  private static String withoutPlace(String message) {
    return message
        .lines()
        .takeWhile(line -> !line.strip().startsWith("Where: "))
        .collect(Collectors.joining(System.lineSeparator()));
  }

  private static String remedy(String state) {
    return state.equals(SqlState.INSUFFICIENT_PRIVILEGE)
        ? ". Run this command as the role that installed pgq-connect there, with --user and"
            + " --password"
        : "";
  }
}
