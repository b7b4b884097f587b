/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.external;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.source.decode.Layout;
import org.pgqconnect.source.decode.NoKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The layouts of events that carry their columns' names and not their types. The types are those
 * that the provider's catalog has when the table's first event of a batch is read; it may have been
 * altered since the event was written. Not thread safe.
 */
final class ExternalLayouts {
  private static final Logger LOG = LoggerFactory.getLogger(ExternalLayouts.class);

  private final Remedy remedy;
  private final ExternalTables catalog;
  private final ExternalValue foreign;
  private final Map<TableId, List<Shape>> shapes = new HashMap<>();
  private final Map<TableId, Layout> whole = new HashMap<>();
  private final Map<TableId, String> versions = new HashMap<>();
  private final Set<TableId> fresh = new HashSet<>();
  private final Set<String> reported = new HashSet<>();

  ExternalLayouts(ExternalTables catalog, ExternalValue foreign, Remedy remedy) {
    this.remedy = remedy;
    this.catalog = catalog;
    this.foreign = foreign;
  }

  /** What is known of tables is compared with the catalog before their next event. */
  void batchBegins() {
    fresh.clear();
  }

  /** A text is a value of each type, so no value would show that a table was altered. */
  private void refresh(TableId table) throws SQLException {
    if (fresh.add(table)) {
      String version = catalog.version(table);
      String before = versions.put(table, version);
      if (before != null && !before.equals(version)) {
        whole.remove(table);
        alter(table);
      }
    }
  }

  /** Columns that the table no longer has stay known, as events from before hold them. */
  private void alter(TableId table) throws SQLException {
    List<Shape> known = shapes.get(table);
    Optional<Layout> found = catalog.layout(table);
    if (known == null || found.isEmpty()) {
      return;
    }
    Map<String, Layout.Column> live = byName(found.get());
    known.replaceAll(
        shape -> {
          Layout layout = shape.layout();
          List<Layout.Column> columns =
              layout.columns().stream().map(c -> live.getOrDefault(c.name(), c)).toList();
          return columns.equals(layout.columns())
              ? shape
              : new Shape(shape.key(), shape.names(), layout.with(columns));
        });
  }

  private static Map<String, Layout.Column> byName(Layout layout) {
    return layout.columns().stream()
        .collect(
            Collectors.toMap(
                Layout.Column::name, Function.identity(), (a, b) -> a, LinkedHashMap::new));
  }

  /** A row's values in its layout's order; the old row's, or null. */
  record Values(Layout layout, Object[] row, Object[] old) {}

  /** What events with these columns and this key mean. */
  private record Shape(List<String> key, List<String> names, Layout layout) {}

  /**
   * The values of an event.
   *
   * @param key the key columns, where a name that holds a comma may be in pieces
   * @param old null when the event has no old row
   * @throws StopException when a value is no value of its column's type, or the table has no key
   */
  Values values(TableId table, List<String> key, RowFields row, RowFields old) throws SQLException {
    refresh(table);
    Shape shape = shape(table, key, row.names());
    try {
      return values(shape, row, old);
    } catch (StopException e) {
      // The column may have got another type since the catalog was read.
      shapes.remove(table);
      return values(shape(table, key, row.names()), row, old);
    }
  }

  /** The layout of an event that has no row. */
  Layout current(TableId table) throws SQLException {
    refresh(table);
    List<Shape> known = shapes.get(table);
    if (known != null) {
      return known.get(known.size() - 1).layout();
    }
    Layout layout = whole.get(table);
    if (layout == null) {
      layout = whole(table);
      whole.put(table, layout);
    }
    return layout;
  }

  private Layout whole(TableId table) throws SQLException {
    Optional<Layout> found = catalog.layout(table);
    if (found.isEmpty() || found.get().key().isEmpty()) {
      return Layout.unrecorded(table, List.of(), List.of()).asIncomplete();
    }
    List<String> ignored = catalog.triggerOf(table).map(ExternalTrigger::ignored).orElse(List.of());
    return Layout.unrecorded(
        table,
        found.get().columns().stream().filter(c -> !ignored.contains(c.name())).toList(),
        found.get().key());
  }

  private Values values(Shape shape, RowFields row, RowFields old) {
    return new Values(shape.layout, texts(shape, row), old == null ? null : texts(shape, old));
  }

  private Object[] texts(Shape shape, RowFields fields) {
    List<Layout.Column> columns = shape.layout.columns();
    boolean inOrder = columns.size() == fields.names().size();
    Object[] values = new Object[columns.size()];
    for (int i = 0; i < values.length; i++) {
      Layout.Column column = columns.get(i);
      String text =
          inOrder && column.name().equals(fields.names().get(i))
              ? fields.texts().get(i)
              : fields.text(column.name());
      values[i] = text == null ? null : foreign.of(column, text);
    }
    return values;
  }

  private Shape shape(TableId table, List<String> key, List<String> names) throws SQLException {
    List<Shape> known = shapes.computeIfAbsent(table, t -> new ArrayList<>());
    for (Shape shape : known) {
      if (shape.key.equals(key) && shape.names.equals(names)) {
        return shape;
      }
    }
    Shape shape = new Shape(List.copyOf(key), List.copyOf(names), layout(table, key, names));
    known.add(shape);
    return shape;
  }

  private Layout layout(TableId table, List<String> key, List<String> names) throws SQLException {
    List<String> keyColumns = keyColumns(table, key, names);
    Optional<Layout> found = catalog.layout(table);
    if (found.isEmpty()) {
      warn(
          "Table {} is no longer in the catalog: dropped or renamed. Its events travel as text"
              + " under the old name; if subscribers have no such table any more, leave it out of"
              + " table.include.list",
          table);
    }
    Map<String, Layout.Column> live = found.map(ExternalLayouts::byName).orElse(Map.of());
    boolean complete = found.isPresent();
    List<Layout.Column> columns = new ArrayList<>();
    for (String name : names) {
      Layout.Column column = live.get(name);
      if (column != null) {
        columns.add(column);
      } else if (found.isEmpty() || keyColumns.contains(name)) {
        complete = false;
        columns.add(new Layout.Column(name, "text", "text", false));
      } else {
        warn(
            "Events of table {} have a column \"{}\" that the table no longer has: its values are"
                + " left out. If it was not dropped but renamed, rows changed before that lack the"
                + " value on subscribers: {}",
            table,
            name,
            remedy.resync(table));
      }
    }
    Layout made = Layout.unrecorded(table, columns, keyColumns);
    return complete ? made : made.asIncomplete();
  }

  private void warn(String message, Object... arguments) {
    if (reported.add(message + List.of(arguments))) {
      LOG.warn(message, arguments);
    }
  }

  /** The trigger separates names by commas and does not escape those within them. */
  private static List<String> keyColumns(TableId table, List<String> pieces, List<String> names) {
    List<String> columns = new ArrayList<>();
    StringBuilder name = new StringBuilder();
    for (String piece : pieces) {
      name.append(name.isEmpty() ? "" : ",").append(piece);
      if (names.contains(name.toString())) {
        columns.add(name.toString());
        name.setLength(0);
      }
    }
    if (columns.isEmpty() && name.isEmpty()) {
      throw new StopException(NoKey.message(table));
    }
    if (!name.isEmpty()) {
      throw new StopException(
          ("its data lacks the key column \"%s\", so its row cannot be found on subscribers: take"
                  + " it off the trigger's ignore= list")
              .formatted(name));
    }
    return columns;
  }
}
