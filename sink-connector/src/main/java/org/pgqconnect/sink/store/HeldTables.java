/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.store;

import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.Values;

/**
 * Whether the tables that a subscription writes are those that it filled, not another one's. What
 * the tables of a transaction are comes back with the statement that saves the position.
 */
final class HeldTables {
  private final Session session;
  private final String subscription;

  HeldTables(Session session, String subscription) {
    this.session = session;
    this.subscription = subscription;
  }

  /**
   * What is wrong with the tables that a transaction wrote.
   *
   * @param replaced tables that are not those that were copied
   * @param taken tables that another subscription holds
   * @param holder that subscription, or null
   * @param rewritten a table is in another file than the one in which the subscription left it
   * @param otherColumns names of a table's columns belong to others than those that were filled
   * @param filled tables that held no rows
   */
  record Problems(
      List<TableId> replaced,
      List<TableId> taken,
      String holder,
      boolean rewritten,
      boolean otherColumns,
      List<TableId> filled) {}

  /** The schemas of tables, as a value; {@link #names} has the names in the same order. */
  static Values.Value schemas(Collection<TableId> tables) {
    return Values.texts(tables.stream().map(TableId::schema).toList());
  }

  static Values.Value names(Collection<TableId> tables) {
    return Values.texts(tables.stream().map(TableId::table).toList());
  }

  /** What the statement that saves the position returns. */
  static Problems problems(ResultSet row) throws SQLException {
    return new Problems(
        tables(row.getArray(1)),
        tables(row.getArray(2)),
        row.getString(3),
        row.getBoolean(4),
        row.getBoolean(5),
        tables(row.getArray(6)));
  }

  /** The tables of the subscription that are not those that it filled. */
  List<TableId> replaced() throws SQLException {
    return session.list(
        HeldTablesSql.REPLACED_TABLES,
        row -> new TableId(row.getString(1), row.getString(2)),
        subscription);
  }

  /**
   * Two tables that have rows in common.
   *
   * @param ours the one that this subscription writes
   * @param theirs the one that another subscription holds
   * @param holder that subscription
   */
  private record Shared(TableId ours, TableId theirs, String holder) {}

  /**
   * Why the subscription must not write one of the tables: a name is not all of a table, for on the
   * subscriber it may be a partition of another one. Empty when nothing speaks against it.
   */
  Optional<String> sharedProblem(Collection<TableId> tables) throws SQLException {
    return session
        .first(
            HeldTablesSql.SHARED,
            row ->
                new Shared(
                    new TableId(row.getString(1), row.getString(2)),
                    new TableId(row.getString(4), row.getString(5)),
                    row.getString(3)),
            schemas(tables),
            names(tables),
            subscription)
        .map(
            shared ->
                ("Subscription %1$s would write %2$s, which has its rows in common with %3$s, for"
                     + " one is a partition of the other on the subscriber, and subscription %4$s"
                     + " of this database holds %3$s: each would overwrite or delete rows of the"
                     + " other. Nothing was written. Detach the partition (ALTER TABLE .. DETACH"
                     + " PARTITION ..); or leave %2$s out of this connector's table.include.list or"
                     + " topics; or let one replicate into another database. If the connector of"
                     + " %4$s no longer exists: DELETE FROM pgq_connect.subscription WHERE name ="
                     + " %5$s; then restart this one")
                    .formatted(
                        subscription,
                        shared.ours(),
                        shared.theirs(),
                        shared.holder(),
                        Identifiers.literal(shared.holder())));
  }

  /** What to say when another subscription holds tables that this one wrote. */
  String takenProblem(Problems problems) {
    String tables =
        problems.taken().stream().map(TableId::toString).collect(Collectors.joining(", "));
    String holder = Identifiers.literal(problems.holder());
    String letGo = Identifiers.literals(problems.taken());
    return ("Subscription %1$s would write %2$s, which subscription %3$s of this database holds:"
            + " each would overwrite or delete rows of the other. Nothing was written. Keep the"
            + " tables apart: leave them out of this connector's table.include.list or topics;"
            + " or let one replicate into another database. If they have moved here, and the"
            + " connector of %3$s no longer replicates them (removed from its queue, or left"
            + " out of its table.include.list): DELETE FROM pgq_connect.subscribed_table WHERE"
            + " subscription = %4$s AND (table_schema, table_name) IN (%5$s); then restart"
            + " both. If the connector of %3$s no longer exists: DELETE FROM"
            + " pgq_connect.subscription WHERE name = %4$s; then restart this one")
        .formatted(subscription, tables, problems.holder(), holder, letGo);
  }

  private static List<TableId> tables(Array texts) throws SQLException {
    List<TableId> tables = new ArrayList<>();
    if (texts != null) {
      for (String text : (String[]) texts.getArray()) {
        tables.add(TableId.parse(text));
      }
    }
    return tables;
  }
}
