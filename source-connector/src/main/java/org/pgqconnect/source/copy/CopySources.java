/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.copy;

import static java.util.Objects.requireNonNull;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.source.decode.Layout;
import org.pgqconnect.source.decode.Layouts;
import org.pgqconnect.source.decode.TreeExpressions;
import org.pgqconnect.source.external.ExternalTables;
import org.pgqconnect.time.NanoClock;

/** How the tables of a queue are read for a copy, as they are now. Not thread safe. */
final class CopySources {
  private final Session session;
  private final String queue;
  private final Remedy remedy;
  private final TreeExpressions expressions;

  /**
   * @param remedy the commands that its messages name
   */
  CopySources(Session session, String queue, Remedy remedy, NanoClock clock) {
    this.session = requireNonNull(session, "session");
    this.queue = requireNonNull(queue, "queue");
    this.remedy = requireNonNull(remedy, "remedy");
    this.expressions = new TreeExpressions(session, clock);
  }

  /** What {@code pgq_connect.copy_source} answers; image and columns are null without options. */
  private record Captured(
      String keyJson,
      String image,
      String passes,
      String columns,
      boolean onlyItself,
      String closed) {}

  /** How a table is read as it is in this transaction, which holds its shape by its lock. */
  CopySource of(TableId table) throws SQLException {
    Optional<Captured> found =
        session.first(
            CopySql.SOURCE,
            row ->
                new Captured(
                    row.getString(1),
                    row.getString(2),
                    row.getString(3),
                    row.getString(4),
                    row.getBoolean(5),
                    row.getString(6)),
            queue,
            table.schema(),
            table.table());
    if (found.isEmpty()) {
      Layout foreign = wholeLayout(table, foreignKeyJson(table));
      return new CopySource(
          foreign, foreign, orderedBy(foreign), CopySource.WHOLE_ROW, Optional.empty(), false);
    }
    Captured captured = found.get();
    if (captured.closed() != null) {
      throw new StopException(
          ("The copy of table %s cannot continue: its row condition cannot be evaluated now (%s)."
               + " Give the column back what it had and restart; or give it a condition that fits"
               + " the table now: %s --where CONDITION")
              .formatted(table, captured.closed(), remedy.add(table)));
    }
    Layout whole = expressions.apply(wholeLayout(table, captured.keyJson()));
    if (captured.image() == null) {
      return new CopySource(
          whole,
          whole,
          orderedBy(whole),
          CopySource.WHOLE_ROW,
          Optional.ofNullable(captured.passes()),
          captured.onlyItself());
    }
    return new CopySource(
        expressions.apply(Layouts.layout(table, captured.columns(), captured.keyJson())),
        whole,
        orderedBy(whole),
        captured.image(),
        Optional.of(captured.passes()),
        captured.onlyItself());
  }

  private Layout wholeLayout(TableId table, String keyJson) throws SQLException {
    return session.one(
        CopySql.LAYOUT,
        row -> Layouts.layout(table, row.getString(1), keyJson),
        Identifiers.quote(table));
  }

  private String orderedBy(Layout table) throws SQLException {
    String name = Identifiers.quote(table.table());
    return session.one(
        CopySql.ORDERED_BY, row -> row.getString(1), JsonTexts.write(table.key()), name, name);
  }

  /** The key of a table that PgQ's own triggers capture. */
  private String foreignKeyJson(TableId table) throws SQLException {
    Optional<List<String>> foreign = new ExternalTables(session.connection(), queue).key(table);
    return JsonTexts.write(
        foreign.orElseThrow(
            () ->
                new StopException(
                    ("A copy of table %s is requested, but queue \"%s\" does not capture that"
                            + " table. Add it: %s")
                        .formatted(table, queue, remedy.add(table)))));
  }

  /**
   * The columns of a table's key, in key order.
   *
   * @throws StopException when the table has no key, or lost a column of it
   */
  List<Layout.Column> key(Layout layout) {
    List<Layout.Column> key = new ArrayList<>();
    if (layout.key().isEmpty()) {
      throw new StopException(
          ("Table %s cannot be copied without a key. Give it one: ALTER TABLE %s ADD PRIMARY KEY"
               + " (...); and then: %s; or name columns that identify a row and that its options do"
               + " not hide by --key of that command")
              .formatted(
                  layout.table(), Identifiers.quote(layout.table()), remedy.add(layout.table())));
    }
    for (int index : layout.keyIndexes()) {
      if (index < 0) {
        throw new StopException(
            ("Table %s lost a column of its key %s. Take it up again with its new key: %s && %s")
                .formatted(
                    layout.table(),
                    layout.key(),
                    remedy.remove(layout.table()),
                    remedy.add(layout.table())));
      }
      key.add(layout.columns().get(index));
    }
    return key;
  }

  /** How the rows after another one are found by its key. */
  KeyOrder order(List<Layout.Column> key) throws SQLException {
    if (!KeyOrder.mustBeAsked(key)) {
      return KeyOrder.NONE;
    }
    Map<Integer, KeyOrder.Operators> operators = new HashMap<>();
    session.each(
        CopySql.ORDER,
        row ->
            operators.put(
                row.getInt(1) - 1,
                new KeyOrder.Operators(row.getString(2), row.getString(3), row.getString(4))),
        JsonTexts.write(key.stream().map(Layout.Column::type).toList()));
    return new KeyOrder(operators);
  }
}
