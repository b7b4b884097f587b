/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.session;

import java.sql.SQLException;
import java.util.regex.Pattern;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.ConnectionFailure;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.source.decode.NotUtf8;
import org.pgqconnect.source.queue.QueueMissing;

/**
 * Says what a failure means to the worker: try again, or stop and report to the operator what to
 * do.
 */
public final class SourceFailure {
  /** Schema, table or function of the engine, as the server names what it does not find. */
  private static final Pattern OF_THE_ENGINE = Pattern.compile("(?<!\\w)pgq(_connect)?(\\.\\w|\")");

  private SourceFailure() {}

  /**
   * The failure with a text for the operator.
   *
   * @return a {@link RetryException} when it may pass without one, otherwise a {@link
   *     StopException}
   */
  public static RuntimeException explain(ProviderSession.Settings settings, Exception cause) {
    if (cause instanceof StopException || cause instanceof RetryException) {
      return complete(settings, (RuntimeException) cause);
    }
    if (!(cause instanceof SQLException sql)) {
      return new StopException(
          "Publishing queue \"%s\" of %s failed: %s"
              .formatted(settings.queue(), settings.connection().address(), cause),
          cause);
    }
    String message = message(settings, sql);
    return SqlState.verdict(sql) == SqlState.Verdict.RETRY
        ? new RetryException(settings.remedy().complete(message) + ". Trying again", sql)
        : new StopException(settings.remedy().complete(message), sql);
  }

  /** Its text with the provider's address, where it was made by a class that does not know it. */
  private static RuntimeException complete(
      ProviderSession.Settings settings, RuntimeException explained) {
    String text = explained.getMessage();
    String completed = settings.remedy().complete(text);
    if (text == null || text.equals(completed)) {
      return explained;
    }
    RuntimeException again =
        explained instanceof RetryException
            ? new RetryException(completed, explained.getCause())
            : new StopException(completed, explained.getCause());
    again.setStackTrace(explained.getStackTrace());
    return again;
  }

  private static String message(ProviderSession.Settings settings, SQLException failure) {
    String state = SqlState.of(failure).orElse("");
    String text = String.valueOf(failure.getMessage());
    if (SqlState.isConnection(state)
        || SqlState.isAuthorization(state)
        || state.equals(SqlState.INVALID_CATALOG_NAME)) {
      return ConnectionFailure.explain("provider", settings.connection(), failure).message();
    }
    if (state.equals(SqlState.UNDEFINED_TABLE) && text.contains("\"pgq.event_")) {
      // Dropped under a running task: the queue's tables are missed before its name.
      return QueueMissing.message(settings.queue());
    }
    switch (state) {
      case SqlState.INSUFFICIENT_PRIVILEGE:
        return "Role \"%s\" lacks a right on the provider %s: %s. Grant it with the role that installed: %s"
            .formatted(
                settings.connection().user(),
                settings.connection().address(),
                text,
                settings.remedy().install(settings.connection().user()));
      case SqlState.INVALID_SCHEMA_NAME:
      case SqlState.UNDEFINED_TABLE:
      case SqlState.UNDEFINED_FUNCTION:
        if (!OF_THE_ENGINE.matcher(text).find()) {
          break;
        }
        return "PgQ is not, or not wholly, installed on the provider %s: %s. Install it: %s"
            .formatted(settings.connection().address(), text, settings.remedy().install());
      case SqlState.CHARACTER_NOT_IN_REPERTOIRE:
        return "An event of queue \"%s\" on the provider %s holds a text that is not UTF-8: %s. %s"
            .formatted(settings.queue(), settings.connection().address(), text, NotUtf8.inEvents());
      default:
        break;
    }
    return "Reading queue \"%s\" on the provider %s failed: %s (SQLSTATE %s)"
        .formatted(settings.queue(), settings.connection().address(), text, state);
  }
}
