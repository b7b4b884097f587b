/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.external;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.Values;
import org.pgqconnect.source.decode.Layout;
import org.pgqconnect.source.decode.Layouts;
import org.pgqconnect.source.decode.NoKey;

/**
 * The tables whose changes PgQ's own triggers write into a queue, as the provider's catalog has
 * them now.
 */
public final class ExternalTables {
  private final Session session;
  private final String queue;
  private final Map<TableId, TableId> tables = new HashMap<>();

  public ExternalTables(Connection connection, String queue) {
    this.session = new Session(requireNonNull(connection, "connection"));
    this.queue = requireNonNull(queue, "queue");
  }

  /** The triggers of all tables. Those that only deny changes are left out. */
  public List<ExternalTrigger> triggers() throws SQLException {
    return session.list(
        ExternalSql.TRIGGERS,
        row ->
            new ExternalTrigger(
                new TableId(row.getString(1), row.getString(2)),
                row.getString(3),
                row.getString(4),
                row.getBoolean(5),
                row.getBoolean(6),
                List.of((String[]) row.getArray(7).getArray()),
                row.getString(8)),
        queue);
  }

  /** The tables by the names that their events carry. */
  public Set<TableId> published() throws SQLException {
    Set<TableId> tables = new LinkedHashSet<>();
    for (ExternalTrigger trigger : triggers()) {
      if (trigger.row()) {
        trigger.publishedAs().ifPresent(tables::add);
      }
    }
    return tables;
  }

  /** The trigger that writes the events that carry a name. */
  public Optional<ExternalTrigger> triggerOf(TableId published) throws SQLException {
    return triggers().stream()
        .filter(ExternalTrigger::row)
        .filter(trigger -> trigger.publishedAs().filter(published::equals).isPresent())
        .findFirst();
  }

  /** Another text once the table that writes these events is altered; empty when there is none. */
  String version(TableId published) throws SQLException {
    TableId table = tables.get(published);
    if (table == null) {
      table = triggerOf(published).map(ExternalTrigger::table).orElse(published);
      tables.put(published, table);
    }
    Optional<String> version =
        session.first(ExternalSql.VERSION, row -> row.getString(1), table.schema(), table.table());
    if (version.isEmpty()) {
      tables.remove(published);
    }
    return version.orElse("");
  }

  /**
   * The layout of a table with all its columns as they are now.
   *
   * @return empty when there is no such table
   */
  Optional<Layout> layout(TableId published) throws SQLException {
    Optional<ExternalTrigger> trigger = triggerOf(published);
    TableId table = trigger.map(ExternalTrigger::table).orElse(published);
    List<String> key = trigger.map(ExternalTrigger::key).orElse(List.of());
    return session.first(
        ExternalSql.COLUMNS,
        row ->
            row.getString(1) == null
                ? null
                : Layouts.layout(published, row.getString(1), row.getString(2)),
        Values.texts(key.isEmpty() ? null : key),
        table.schema(),
        table.table());
  }

  /**
   * The key columns of a table's events, as a copy goes through its rows.
   *
   * @return empty when no trigger of PgQ's own writes the table's changes into the queue
   * @throws StopException when the table has no key, or one that may be NULL: a copy, which
   *     continues after the last key, would not find such rows
   */
  public Optional<List<String>> key(TableId published) throws SQLException {
    Optional<ExternalTrigger> trigger = triggerOf(published);
    if (trigger.isEmpty()) {
      return Optional.empty();
    }
    Optional<Layout> layout = layout(published);
    List<String> key = layout.map(Layout::key).orElse(List.of());
    if (key.isEmpty()) {
      throw new StopException(NoKey.message(published));
    }
    for (Layout.Column column : layout.orElseThrow().columns()) {
      if (key.contains(column.name()) && !column.notNull()) {
        throw new StopException(
            NoKey.mayBeNull(published, trigger.get().table(), trigger.get().name(), column.name()));
      }
    }
    return Optional.of(key);
  }
}
