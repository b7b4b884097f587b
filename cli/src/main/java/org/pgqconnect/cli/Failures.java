package org.pgqconnect.cli;

import java.sql.SQLException;
import org.pgqconnect.postgres.SqlState;

/** How a failure is told on a terminal: its message, and the causes that add something. */
final class Failures {
  private Failures() {}

  static String describe(Throwable failure) {
    StringBuilder text = new StringBuilder(message(failure));
    for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
      String more = message(cause);
      if (!text.toString().contains(more)) {
        text.append(System.lineSeparator()).append("  because: ").append(more);
      }
    }
    return text.toString();
  }

  private static String message(Throwable failure) {
    String message = String.valueOf(failure.getMessage());
    if (failure instanceof SQLException) {
      return SqlState.of(failure)
          .filter(state -> !message.contains(state))
          .map(state -> message + " (SQLSTATE " + state + ")")
          .orElse(message);
    }
    return failure instanceof RuntimeException && failure.getMessage() == null
        ? failure.toString()
        : message;
  }
}
