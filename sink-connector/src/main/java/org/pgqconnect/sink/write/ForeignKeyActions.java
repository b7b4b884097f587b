/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.write;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.postgres.Values;
import org.pgqconnect.sink.statements.MessageContext;
import org.pgqconnect.sink.statements.TableWriter;
import org.pgqconnect.sink.target.ApplyException;
import org.pgqconnect.sink.target.Clash;
import org.pgqconnect.sink.target.TableCheck;
import org.pgqconnect.sink.target.TargetTable;
import org.pgqconnect.sink.target.TargetTable.Cascade;

/**
 * Where the role cannot switch foreign keys off, their actions follow the deletes and updates that
 * are replicated. What an action does on the provider is replicated as well, so here it must find
 * nothing left to do in a table that is in step: rows that it deletes or changes the provider still
 * has, because it has no such foreign key or has dropped it.
 *
 * <p>The server counts rows by table and transaction ({@code pg_stat_get_xact_tuples_deleted} and
 * its like), no matter which statement deletes or changes them; what the statement's own parts
 * return is taken off.
 */
final class ForeignKeyActions {
  /** The tables' counters; a row that an update moves between partitions is one more of both. */
  private static final String COUNT =
      """
      SELECT pg_catalog.sum(pg_catalog.pg_stat_get_xact_tuples_deleted(r.relid)),
             pg_catalog.sum(pg_catalog.pg_stat_get_xact_tuples_updated(r.relid)),
             pg_catalog.sum(pg_catalog.pg_stat_get_xact_tuples_inserted(r.relid)),
             pg_catalog.bool_or(EXISTS (SELECT FROM pg_catalog.pg_trigger g
                                          JOIN pg_catalog.pg_proc f ON f.oid = g.tgfoid
                                          JOIN pg_catalog.pg_namespace fn ON fn.oid = f.pronamespace
                                         WHERE g.tgrelid = r.relid AND NOT g.tgisinternal AND g.tgenabled IN ('O', 'A')
                                           AND NOT (fn.nspname = 'pgq_connect' OR fn.nspname = 'pgq' AND g.tgtype & 2 = 0))),
             pg_catalog.current_setting('track_counts')::pg_catalog.bool
        FROM ROWS FROM (pg_catalog.unnest(?::text[]), pg_catalog.unnest(?::text[])) WITH ORDINALITY w (s, t, place)
        LEFT JOIN (pg_catalog.pg_namespace n JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid) ON n.nspname = w.s AND c.relname = w.t
        LEFT JOIN LATERAL (SELECT c.oid AS relid UNION SELECT p.relid FROM pg_catalog.pg_partition_tree(c.oid) p) r ON true
       GROUP BY w.place
       ORDER BY w.place\
      """;

  private final Session session;
  private final MessageContext context;
  private final TablesInCopy inCopy;
  private final Map<TableId, Child> watched = new LinkedHashMap<>();
  private final Set<TableId> respelled = new HashSet<>();
  private Map<TableId, Counters> before = Map.of();

  /**
   * A table that refers to some that are written.
   *
   * @param parents those
   */
  private record Child(List<Cascade> actions, Set<TableId> parents) {
    Child() {
      this(new ArrayList<>(), new LinkedHashSet<>());
    }
  }

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
   */
  ForeignKeyActions(
      Session session,
      MessageContext context,
      Collection<TableWriter> writers,
      TablesInCopy inCopy) {
    this.session = session;
    this.context = context;
    this.inCopy = inCopy;
    for (TableWriter writer : writers) {
      for (Cascade cascade : writer.target().cascades()) {
        // What others hold their copies make equal, or it is the subscriber's own.
        Optional<TableId> child =
            cascade.among(inCopy::isInStep).or(() -> cascade.among(inCopy::isComing));
        if (child.isPresent() && (cascade.reachesOthers() || cascade.updatesReach())) {
          Child refers = watched.computeIfAbsent(child.get(), c -> new Child());
          refers.actions().add(cascade);
          refers.parents().add(writer.target().id());
        }
      }
    }
    writers.forEach(writer -> forgetRespelled(writer.target()));
  }

  /**
   * An action that follows a key's new spelling finds rows by equality, those as well that have the
   * new spelling, and counts them once more.
   */
  private void forgetRespelled(TargetTable parent) {
    for (Cascade cascade : parent.cascades()) {
      boolean respells =
          cascade.updatesReach()
              && cascade.referenced().stream()
                  .anyMatch(column -> !parent.columns().get(column).hasOneSpelling());
      if (respells) {
        cascade.among(watched::containsKey).ifPresent(respelled::add);
      }
    }
  }

  /** Do its actions change columns of the provider's, and nothing else of the table? */
  private boolean showsChanges(TableId child) {
    TableDefinition definition = inCopy.definition(child);
    return !respelled.contains(child)
        && definition != null
        && watched.get(child).actions().stream()
            .map(Cascade::set)
            .filter(set -> !set.isEmpty())
            .allMatch(
                set ->
                    definition.columns().stream().anyMatch(column -> set.contains(column.name())));
  }

  /**
   * To be called right before the rows are deleted and written.
   *
   * @throws ApplyException when the server does not count
   */
  void begin() throws SQLException {
    before = watched.isEmpty() ? Map.of() : read();
    if (before.values().stream().anyMatch(counters -> !counters.counts())) {
      throw new ApplyException(TableCheck.notCounted(watched.keySet(), session.role()));
    }
  }

  /**
   * @param own what the statement itself did to the rows of each table
   * @throws ApplyException when actions deleted or changed more rows
   */
  void end(Map<TableId, RowCounts> own) throws SQLException {
    Optional<ApplyException> excess = excess(own);
    if (excess.isPresent()) {
      throw excess.get();
    }
  }

  /** What to say when actions deleted or changed more rows than the statement itself. */
  Optional<ApplyException> excess(Map<TableId, RowCounts> own) throws SQLException {
    if (before.isEmpty()) {
      return Optional.empty();
    }
    Map<TableId, Counters> after = read();
    for (Map.Entry<TableId, Child> entry : watched.entrySet()) {
      TableId child = entry.getKey();
      RowCounts rest =
          after
              .get(child)
              .rows()
              .minus(before.get(child).rows())
              .minus(own.getOrDefault(child, RowCounts.NONE));
      long changed = showsChanges(child) ? rest.changed() : 0;
      if ((rest.gone() > 0 || changed > 0) && !firesTriggers(child, after)) {
        return Optional.of(further(child, rest.gone(), changed));
      }
    }
    return Optional.empty();
  }

  /** Triggers may do the same, and an operator knows of them. */
  private boolean firesTriggers(TableId child, Map<TableId, Counters> counters) {
    return counters.get(child).firesTriggers()
        || watched.get(child).parents().stream()
            .anyMatch(parent -> counters.get(parent).firesTriggers());
  }

  /** A chunk of a copy is newer than its batch, so that later ones may bring the row again. */
  private ApplyException further(TableId child, long gone, long changed) throws SQLException {
    List<Cascade> actions = watched.get(child).actions();
    String message =
        TableCheck.followed(child, actions, gone, changed, context.toString(), session.role());
    return inCopy.isComing(child)
        ? new ApplyException(
            message,
            new Clash(SqlState.FOREIGN_KEY_VIOLATION, child, actions.get(0).constraint(), null))
        : new ApplyException(message);
  }

  private Map<TableId, Counters> read() throws SQLException {
    Set<TableId> tables = new LinkedHashSet<>(watched.keySet());
    watched.values().forEach(child -> tables.addAll(child.parents()));
    Iterator<TableId> next = tables.iterator();
    Map<TableId, Counters> counters = new HashMap<>();
    session.each(
        COUNT,
        row ->
            counters.put(
                next.next(),
                new Counters(
                    new RowCounts(row.getLong(1), row.getLong(2), row.getLong(3)),
                    row.getBoolean(4),
                    row.getBoolean(5))),
        Values.texts(tables.stream().map(TableId::schema).toList()),
        Values.texts(tables.stream().map(TableId::table).toList()));
    return counters;
  }
}
