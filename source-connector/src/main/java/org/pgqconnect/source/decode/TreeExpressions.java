/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.decode;

import static java.util.Objects.requireNonNull;

import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.pgqconnect.batch.TableDefinition.ByPartition;
import org.pgqconnect.postgres.PartitionExpressions;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.time.Interval;
import org.pgqconnect.time.NanoClock;

/**
 * Which generated columns of a partitioned table are not computed alike in all partitions. Layouts
 * hold the whole table's expressions, and triggers do not ask partitions for theirs: it would cost
 * each session's first write, and another session may lock them. Not thread safe.
 */
public final class TreeExpressions {
  private static final Duration KEPT = Duration.ofSeconds(1);

  private final Session session;
  private final NanoClock clock;
  private final Map<Long, Known> tables = new HashMap<>();

  /** What was found of a table, by column. */
  private record Known(Optional<String> version, Map<String, ByPartition> columns, Interval kept) {}

  public TreeExpressions(Session session, NanoClock clock) {
    this.session = requireNonNull(session, "session");
    this.clock = requireNonNull(clock, "clock");
  }

  /**
   * The layout of a captured table, whose columns that a partition computes otherwise say so.
   *
   * @param layout with the table's expressions
   */
  public Layout apply(Layout layout) throws SQLException {
    if (layout.tableOid() == 0
        || layout.columns().stream().allMatch(column -> column.generated() == null)) {
      return layout;
    }
    Map<String, ByPartition> found = columns(layout.tableOid());
    return found.isEmpty()
        ? layout
        : layout.with(layout.columns().stream().map(column -> applied(column, found)).toList());
  }

  private static Layout.Column applied(Layout.Column column, Map<String, ByPartition> found) {
    ByPartition computed = found.get(column.name());
    return column.generated() == null || computed == null
        ? column
        : column.computedAs(computed.in(column.generated()));
  }

  private Map<String, ByPartition> columns(long table) throws SQLException {
    Known known = tables.get(table);
    if (known != null && !known.kept().isOver()) {
      return known.columns();
    }
    Optional<String> version = PartitionExpressions.version(session, table);
    boolean same = known != null && known.version().equals(version);
    Map<String, ByPartition> columns = same ? known.columns() : read(table, version.isPresent());
    tables.put(table, new Known(version, columns, new Interval(clock, KEPT)));
    return columns;
  }

  private Map<String, ByPartition> read(long table, boolean computes) throws SQLException {
    return computes
        ? PartitionExpressions.of(session, table).stream()
            .collect(
                Collectors.toMap(
                    PartitionExpressions.Other::column,
                    other -> new ByPartition(other.partition(), other.expression(), other.whole())))
        : Map.of();
  }
}
