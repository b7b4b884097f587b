/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.install;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.SqlScript;
import org.pgqconnect.sink.store.PositionSql;
import org.pgqconnect.sink.tables.SubscribedTable;

/** Creates, removes and reads what a subscriber keeps in schema {@code pgq_connect}. */
public final class SubscriberInstaller {
  private static final List<String> SCRIPTS =
      List.of("schema.sql", "subscription.sql", "subscribed_table.sql", "copied_key.sql");

  private SubscriberInstaller() {}

  /** True when the tables are there and the role may know it. */
  public static boolean isInstalled(Connection connection) throws SQLException {
    return new Session(connection).test(InstallerSql.IS_INSTALLED);
  }

  /**
   * Creates what is missing; may be repeated, and by several sessions at once. Needs CREATE on the
   * database.
   */
  public static void install(Connection connection) throws SQLException {
    // CREATE IF NOT EXISTS fails when another session creates the same in between.
    StringBuilder statements = new StringBuilder(InstallerSql.LOCK_INSTALLATION);
    for (String script : SCRIPTS) {
      statements.append(";\n").append(SqlScript.text(SubscriberInstaller.class, script));
    }
    Session session = new Session(connection);
    session.inTransaction(() -> session.execute(statements.toString()));
  }

  /** Lets a role run a sink, with the rights of docs/privileges.md; those on tables come apart. */
  public static void grant(Connection connection, String role) throws SQLException {
    Session session = new Session(connection);
    session.execute(SubscriberGrants.statements(role));
    if (session.test(PositionSql.IS_PROVIDER)) {
      session.execute(SubscriberGrants.statementsWithProvider(role));
    }
  }

  /** Removes all subscriptions of the database; the replicated tables stay. */
  public static void uninstall(Connection connection) throws SQLException {
    Session session = new Session(connection);
    session.execute(InstallerSql.UNINSTALL);
    session.execute(InstallerSql.DROP_SCHEMA_IF_EMPTY);
  }

  /** All subscriptions of the database. */
  public static List<SubscriptionStatus> readStatus(Connection connection) throws SQLException {
    Session session = new Session(connection);
    return session.list(InstallerSql.STATUS, row -> status(session, row));
  }

  private static SubscriptionStatus status(Session session, ResultSet row) throws SQLException {
    String subscription = row.getString(1);
    return new SubscriptionStatus(
        subscription,
        row.getString(2),
        row.getString(3),
        row.getString(4),
        row.getObject(5, Long.class),
        row.getString(6),
        row.getString(7),
        row.getLong(8),
        row.getObject(11) == null
            ? null
            : new SubscriptionStatus.Session(
                row.getInt(11),
                String.valueOf(row.getString(12)),
                row.getLong(13),
                row.getString(14),
                row.getString(15)),
        row.getString(9),
        row.getLong(10),
        notApplied(session, subscription),
        tables(session, subscription));
  }

  private static Map<String, Long> notApplied(Session session, String subscription)
      throws SQLException {
    Map<String, Long> counts = new TreeMap<>();
    session.each(
        InstallerSql.NOT_APPLIED,
        row -> counts.put(row.getString(1), row.getLong(2)),
        subscription);
    return counts;
  }

  private static List<SubscriptionStatus.Table> tables(Session session, String subscription)
      throws SQLException {
    return session.list(
        InstallerSql.TABLE_STATUS,
        row ->
            new SubscriptionStatus.Table(
                new TableId(row.getString(1), row.getString(2)),
                SubscribedTable.Stage.of(row.getString(3)),
                row.getLong(4),
                row.getLong(5),
                row.getString(6)),
        subscription);
  }
}
