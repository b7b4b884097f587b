/*
 * Copyright pgq-connect contributors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package org.pgqconnect.cli;

import java.sql.SQLException;
import java.util.stream.Collectors;
import org.pgqconnect.postgres.SqlState;
import org.postgresql.util.PSQLException;

/** How a failure is told on a terminal: its message, and the causes that add something. */
final class Failures {
  private Failures() {}

  static String describe(Throwable failure) {
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

  /** Where in a function of ours the server was helps nobody at a terminal. */
  private static String withoutPlace(String message) {
    return message
        .lines()
        .takeWhile(line -> !line.strip().startsWith("Where: "))
        .collect(Collectors.joining(System.lineSeparator()));
  }

  private static String remedy(String state) {
    return state.equals(SqlState.INSUFFICIENT_PRIVILEGE)
        ? ". Run this command as the role that installed pgq-connect there: --user <role> --password"
        : "";
  }
}
