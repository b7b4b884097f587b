/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli.tables;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.cli.options.FileValues;
import org.pgqconnect.config.TableFilter;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.postgres.Session;

/**
 * Which tables the source connector of a file publishes. To capture a table is not enough: what the
 * connector's table.include.list leaves out stays in the queue.
 *
 * @param connector the connector's name
 * @param included the tables that its table.include.list names
 */
public record PublishedTables(String connector, TableFilter included) {
  static final String TABLE_INCLUDE_LIST = TableFilter.KEY;

  /** Those that a source connector adds automatically when it connects. */
  private static final String TABLES =
      """
      select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p') and c.relpersistence = 'p' and not c.relispartition
         and n.nspname not in ('pg_catalog', 'information_schema', 'pgq', 'pgq_connect')
       order by 1, 2\
      """;

  /**
   * What a file says; without a file, all tables.
   *
   * @param connector the connector's name
   */
  public static PublishedTables of(String connector, FileValues values) {
    return new PublishedTables(
        connector, TableFilter.parse(values.given(TABLE_INCLUDE_LIST).orElse(null)));
  }

  public boolean names(TableId table) {
    return included.test(table);
  }

  /** That a captured table is not published, and what to do; nothing of one that is. */
  public Optional<String> warning(TableId table) {
    return names(table)
        ? Optional.empty()
        : Optional.of(
            ("%s of connector \"%s\" leaves table %s out, so nothing of it is"
                    + " published, and its copy does not begin. Add it there and send the"
                    + " configuration to the worker (PUT /connectors/%s/config)")
                .formatted(TABLE_INCLUDE_LIST, connector, table, connector));
  }

  /**
   * Tables that the list names and that are not captured, such as those that were made after the
   * connector had connected. Without a list, what is captured is what is meant.
   *
   * @param provider a connection
   * @param captured the tables that are
   */
  public List<TableId> uncaptured(Connection provider, Collection<TableId> captured)
      throws SQLException {
    if (!included.namesTables()) {
      return List.of();
    }
    return new Session(provider)
        .list(TABLES, row -> new TableId(row.getString(1), row.getString(2))).stream()
            .filter(table -> names(table) && !captured.contains(table))
            .toList();
  }

  /** What to do about one of those. */
  public static String uncapturedProblem(TableId table, String queue, Remedy remedy) {
    return ("Table %s is named by %s, but queue \"%s\" does not capture it: its changes are"
            + " not published. Have it captured and copied: %s; or leave it out of the list")
        .formatted(table, TABLE_INCLUDE_LIST, queue, remedy.add(table));
  }
}
