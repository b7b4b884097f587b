/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.SqlState;

/** Whether tables hold rows. */
public final class HeldRows {
  private final Session session;

  public HeldRows(Session session) {
    this.session = session;
  }

  /**
   * Whether a table holds a row.
   *
   * @param table as {@link TargetTable#onlyItself} names it
   */
  public boolean any(String table) throws SQLException {
    return session.test(exists(table));
  }

  /** Like {@link #any}; true as well when the role cannot read all of them. */
  public boolean maybeAny(PartRows rows) throws SQLException {
    // With a value, for the driver takes the operators of the condition otherwise without one.
    return rows.hidden() || maybe(exists(rows.asSource() + " AS held WHERE ?"), true);
  }

  /** Like {@link #any}; true as well when the role cannot read them. */
  public boolean maybeAny(String table) throws SQLException {
    return maybe(exists(table));
  }

  /**
   * Asks for rows in the open transaction, which continues when the role cannot read them.
   *
   * @param question a query of one boolean
   * @param values see {@link Session}
   * @return true as well when the role cannot read them
   */
  public boolean maybe(String question, Object... values) throws SQLException {
    AtomicBoolean answer = new AtomicBoolean(true);
    session.attempt(
        e -> SqlState.is(e, SqlState.INSUFFICIENT_PRIVILEGE),
        () -> answer.set(session.test(question, values)));
    return answer.get();
  }

  private static String exists(String table) {
    return "SELECT EXISTS (SELECT FROM " + table + ")";
  }
}
