/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.postgres;

import java.io.IOException;
import java.sql.SQLException;
import java.util.Optional;

/**
 * The SQLSTATEs that decide something, and the one table that says which failures end without an
 * operator.
 *
 * @see <a href="https://www.postgresql.org/docs/current/errcodes-appendix.html">PostgreSQL error
 *     codes</a>
 */
public final class SqlState {
  public static final String FEATURE_NOT_SUPPORTED = "0A000";
  public static final String STRING_TOO_LONG = "22001";
  public static final String CHARACTER_NOT_IN_REPERTOIRE = "22021";
  public static final String INVALID_TEXT = "22P02";
  public static final String UNTRANSLATABLE_CHARACTER = "22P05";
  public static final String RESTRICT_VIOLATION = "23001";
  public static final String NOT_NULL_VIOLATION = "23502";
  public static final String FOREIGN_KEY_VIOLATION = "23503";
  public static final String UNIQUE_VIOLATION = "23505";
  public static final String CHECK_VIOLATION = "23514";
  public static final String EXCLUSION_VIOLATION = "23P01";
  public static final String INVALID_AUTHORIZATION = "28000";
  public static final String INVALID_PASSWORD = "28P01";
  public static final String INVALID_CATALOG_NAME = "3D000";
  public static final String INVALID_SCHEMA_NAME = "3F000";
  public static final String SERIALIZATION_FAILURE = "40001";
  public static final String DEADLOCK_DETECTED = "40P01";
  public static final String INSUFFICIENT_PRIVILEGE = "42501";
  public static final String UNDEFINED_OBJECT = "42704";
  public static final String AMBIGUOUS_FUNCTION = "42725";
  public static final String UNDEFINED_FUNCTION = "42883";
  public static final String UNDEFINED_TABLE = "42P01";
  public static final String OBJECT_NOT_IN_PREREQUISITE_STATE = "55000";
  public static final String OBJECT_IN_USE = "55006";
  public static final String LOCK_NOT_AVAILABLE = "55P03";
  public static final String QUERY_CANCELED = "57014";
  public static final String RAISED = "P0001";

  private SqlState() {}

  /** Whether the state says that there is no connection: class 08. */
  public static boolean isConnection(String state) {
    return state.startsWith("08");
  }

  /** Whether the state says that the role cannot log in: class 28. */
  public static boolean isAuthorization(String state) {
    return state.startsWith("28");
  }

  /** Is it the SQLSTATE of a foreign key? From PostgreSQL 18 on RESTRICT has its own. */
  public static boolean isForeignKey(String state) {
    return state.equals(FOREIGN_KEY_VIOLATION) || state.equals(RESTRICT_VIOLATION);
  }

  /** What to do about a failure. */
  public enum Verdict {
    /**
     * It passes without an operator: the connection was lost, the server restarts, a deadlock was
     * broken.
     */
    RETRY,
    /** A value does not fit: the same statement fails again, but other rows may pass. */
    DATA,
    /** An operator has to change a setting, a right or a table. */
    FATAL
  }

  /**
   * The SQLSTATE of the innermost cause that has one. The driver's empty state, as when it cannot
   * close a connection that was cut, is none.
   */
  public static Optional<String> of(Throwable failure) {
    String found = null;
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof SQLException sql
          && sql.getSQLState() != null
          && !sql.getSQLState().isEmpty()) {
        found = sql.getSQLState();
      }
    }
    return Optional.ofNullable(found);
  }

  /** True when the cause chain holds this SQLSTATE. */
  public static boolean is(Throwable failure, String state) {
    return of(failure).filter(state::equals).isPresent();
  }

  /** A table or another object may have been altered since the statement was made for it. */
  public static boolean mayBeAltered(Throwable failure) {
    String state = of(failure).orElse("");
    return state.startsWith("42") // syntax error or access rule violation
        || state.startsWith("0A") // feature not supported
        || state.equals(OBJECT_NOT_IN_PREREQUISITE_STATE);
  }

  /** What to do about a failure, by the SQLSTATE class of its cause chain. */
  public static Verdict verdict(Throwable failure) {
    Optional<String> state = of(failure);
    if (state.isEmpty()) {
      return hasIoCause(failure) ? Verdict.RETRY : Verdict.FATAL;
    }
    String code = state.get();
    switch (code) {
      case "25006": // read only: a failover is under way
      case "25P03": // idle in transaction timeout
      case "55P03": // lock_timeout
      case "57014": // statement_timeout or a cancel
      case "57P01": // the server was stopped
      case "57P02":
      case "57P03":
      case "57P05":
        return Verdict.RETRY;
      default:
        break;
    }
    switch (code.substring(0, 2)) {
      case "08": // connection
      case "40": // serialization, deadlock
      case "53": // out of memory, disk or connections
      case "58": // system error outside PostgreSQL
        return Verdict.RETRY;
      case "21":
      case "22":
      case "23":
      case "27": // a trigger changed the row that is being changed
      case "44": // a view's check option
      case "P0": // raised by a trigger
        return Verdict.DATA;
      default:
        return Verdict.FATAL;
    }
  }

  private static boolean hasIoCause(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (t instanceof IOException) {
        return true;
      }
    }
    return false;
  }
}
