/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.copy;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.Values;

/**
 * The captured tables that a connector does not publish. They are noted on the provider before
 * anything is published without them, because what is left out once is missing for good: a table
 * that is back has to be copied again.
 */
public final class LeftOutTables {
  private final Session session;
  private final String queue;
  private final String consumer;
  private final Set<TableId> noted = new HashSet<>();

  /**
   * A table that was left out and is published again.
   *
   * @param copied whether a copy is requested
   * @param since when it was noted
   */
  public record Back(TableId table, boolean copied, String since) {
    public Back {
      requireNonNull(table, "table");
      requireNonNull(since, "since");
    }
  }

  public LeftOutTables(Connection connection, String queue, String consumer) {
    this.session = new Session(connection);
    this.queue = requireNonNull(queue, "queue");
    this.consumer = requireNonNull(consumer, "consumer");
  }

  /** The SQL that says of noted tables that subscribers hold what they are to hold. */
  public static String forget(String queue, String consumer, Collection<TableId> tables) {
    return ("delete from pgq_connect.left_out where queue_name = %s and consumer = %s and"
            + " (table_schema, table_name) in (%s)")
        .formatted(
            Identifiers.literal(queue),
            Identifiers.literal(consumer),
            Identifiers.literals(tables));
  }

  /**
   * Notes what is left out from now on, and has what is back copied, in the caller's transaction.
   *
   * @param captured the tables by the names of their events
   * @param published which of them the connector publishes
   * @param copies whether copies are made
   */
  public List<Back> begin(
      Collection<TableId> captured, Predicate<TableId> published, boolean copies)
      throws SQLException {
    return note(List.copyOf(captured), published, copies);
  }

  /** Whether it is noted that a table is left out. */
  public boolean isNoted(TableId table) {
    return noted.contains(table);
  }

  /** Notes tables whose changes were met and left out. */
  public void note(Collection<TableId> tables) throws SQLException {
    note(List.copyOf(tables), table -> false, false);
  }

  /**
   * Notes that changes of a captured table are not published, because of their layout: it has no
   * key, or another name than the table is known by. Or that they are published under that name.
   *
   * @param elsewhere a connection in autocommit mode, so that it is noted before anything later is
   *     published
   * @return the tables that are marked and were not yet
   */
  public List<String> noteMissed(Connection elsewhere, int layoutId, boolean published)
      throws SQLException {
    return new Session(elsewhere)
        .list(CopySql.NOTE_MISSED, row -> row.getString(1), queue, layoutId, published);
  }

  private List<Back> note(List<TableId> tables, Predicate<TableId> published, boolean copies)
      throws SQLException {
    List<Back> back =
        session.list(
            CopySql.NOTE_LEFT_OUT,
            row ->
                new Back(
                    new TableId(row.getString(1), row.getString(2)),
                    row.getString(3).equals("requested"),
                    row.getString(4)),
            queue,
            consumer,
            Values.texts(tables.stream().map(TableId::schema).toList()),
            Values.texts(tables.stream().map(TableId::table).toList()),
            Values.booleans(tables.stream().map(published::test).toList()),
            copies);
    tables.stream().filter(published.negate()).forEach(noted::add);
    return back;
  }
}
