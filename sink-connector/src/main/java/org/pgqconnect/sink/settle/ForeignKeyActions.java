/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.settle;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.Values;
import org.pgqconnect.sink.target.ApplyException;
import org.pgqconnect.sink.target.TableCheck;
import org.pgqconnect.sink.target.TargetTable.Cascade;
import org.pgqconnect.sink.write.MessageContext;
import org.pgqconnect.sink.write.TableWriter;

/**
 * Where the role cannot switch foreign keys off, their actions follow the deletes and updates that
 * are replicated. What an action does on the provider is replicated as well, so here it must find
 * nothing left to do in a table that is in step: rows that it deletes or changes the provider still
 * has, because it has no such foreign key or has dropped it.
 *
 * <p>The server counts rows by table and transaction ({@code pg_stat_get_xact_tuples_deleted} and
 * its like), whoever deletes or changes them; what the statement's own parts return is taken off.
 */
final class ForeignKeyActions {
  /** The tables' counters; a row that an update moves between partitions is one more of both. */
  private static final String COUNT =
      """
      SELECT pg_catalog.sum(pg_catalog.pg_stat_get_xact_tuples_deleted(r.relid)),
             pg_catalog.sum(pg_catalog.pg_stat_get_xact_tuples_updated(r.relid)),
             pg_catalog.sum(pg_catalog.pg_stat_get_xact_tuples_inserted(r.relid)),
             pg_catalog.bool_or(EXISTS (SELECT FROM pg_catalog.pg_trigger g
                                         WHERE g.tgrelid = r.relid AND NOT g.tgisinternal AND g.tgenabled IN ('O', 'A'))),
             pg_catalog.current_setting('track_counts')::pg_catalog.bool
        FROM ROWS FROM (pg_catalog.unnest(?::text[]), pg_catalog.unnest(?::text[])) WITH ORDINALITY w (s, t, place)
        LEFT JOIN (pg_catalog.pg_namespace n JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid) ON n.nspname = w.s AND c.relname = w.t
        LEFT JOIN LATERAL (SELECT c.oid AS relid UNION SELECT p.relid FROM pg_catalog.pg_partition_tree(c.oid) p) r ON true
       GROUP BY w.place
       ORDER BY w.place""";

  private final Session session;
  private final MessageContext context;
  private final Map<TableId, List<Cascade>> watched = new LinkedHashMap<>();
  private final Set<TableId> written = new LinkedHashSet<>();
  private final Set<TableId> withOwnColumns = new LinkedHashSet<>();
  private List<Counters> before = List.of();

  /**
   * What was done to the rows of a table.
   *
   * @param deleted moves are deletes and inserts
   */
  record RowCounts(long deleted, long updated, long inserted) {
    static final RowCounts NONE = new RowCounts(0, 0, 0);

    RowCounts minus(RowCounts other) {
      return new RowCounts(
          deleted - other.deleted, updated - other.updated, inserted - other.inserted);
    }

    /** A moved row counts as inserted, too. */
    long gone() {
      return deleted - inserted;
    }

    long changed() {
      return updated + inserted;
    }
  }

  /** The server's counters of a table, and whether triggers fire there that could count as well. */
  private record Counters(RowCounts rows, boolean firesTriggers, boolean counts) {}

  /**
   * @param writers those of the tables that are written
   * @param known all tables of the subscription, as the provider describes them; null values where
   *     it has not
   * @param outOfStep tables whose rows may be others than the provider's
   */
  ForeignKeyActions(
      Session session,
      MessageContext context,
      Collection<TableWriter> writers,
      Map<TableId, TableDefinition> known,
      Set<TableId> outOfStep) {
    this.session = session;
    this.context = context;
    for (TableWriter writer : writers) {
      written.add(writer.target().id());
      for (Cascade cascade : writer.target().cascades()) {
        boolean acts = cascade.reachesOthers() || cascade.updatesReach();
        if (acts && cascade.among(outOfStep).isEmpty()) {
          TableId child = cascade.among(known.keySet()).orElse(cascade.child());
          watched.computeIfAbsent(child, c -> new ArrayList<>()).add(cascade);
          if (!isOfProvider(cascade, known.get(child))) {
            withOwnColumns.add(child);
          }
        }
      }
    }
  }

  /** A subscriber may have foreign keys over columns that only it has. */
  private static boolean isOfProvider(Cascade cascade, TableDefinition child) {
    return child == null
        || child.columns().stream().anyMatch(column -> cascade.referring().contains(column.name()));
  }

  /**
   * To be called right before the rows are deleted and written.
   *
   * @throws ApplyException when the server does not count
   */
  void begin() throws SQLException {
    before = watched.isEmpty() ? List.of() : read();
    if (before.stream().anyMatch(counters -> !counters.counts())) {
      throw new ApplyException(TableCheck.notCounted(watched.keySet(), role()));
    }
  }

  /**
   * @param own what the statement itself did to the rows of each table
   * @throws ApplyException when actions deleted or changed more rows
   */
  void end(Map<TableId, RowCounts> own) throws SQLException {
    Optional<String> excess = excess(own);
    if (excess.isPresent()) {
      throw new ApplyException(excess.get());
    }
  }

  /** What to say when actions deleted or changed more rows than the statement itself. */
  Optional<String> excess(Map<TableId, RowCounts> own) throws SQLException {
    if (before.isEmpty()) {
      return Optional.empty();
    }
    List<Counters> after = read();
    if (after.stream().anyMatch(Counters::firesTriggers)) {
      return Optional.empty(); // What triggers do has a note of its own.
    }
    int i = 0;
    for (Map.Entry<TableId, List<Cascade>> child : watched.entrySet()) {
      RowCounts done = after.get(i).rows().minus(before.get(i).rows());
      RowCounts rest = done.minus(own.getOrDefault(child.getKey(), RowCounts.NONE));
      i++;
      long changed = withOwnColumns.contains(child.getKey()) ? 0 : rest.changed();
      if (rest.gone() > 0 || changed > 0) {
        return Optional.of(
            TableCheck.followed(
                child.getKey(),
                child.getValue(),
                rest.gone(),
                changed,
                context.toString(),
                role()));
      }
    }
    return Optional.empty();
  }

  private String role() throws SQLException {
    return session.connection().getMetaData().getUserName();
  }

  private List<Counters> read() throws SQLException {
    List<TableId> tables = new ArrayList<>(watched.keySet());
    tables.addAll(written);
    return session.list(
        COUNT,
        row ->
            new Counters(
                new RowCounts(row.getLong(1), row.getLong(2), row.getLong(3)),
                row.getBoolean(4),
                row.getBoolean(5)),
        Values.texts(tables.stream().map(TableId::schema).toList()),
        Values.texts(tables.stream().map(TableId::table).toList()));
  }
}
