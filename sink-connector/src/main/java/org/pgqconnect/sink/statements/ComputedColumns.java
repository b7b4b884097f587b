/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.statements;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.Values;
import org.pgqconnect.sink.assemble.Image;
import org.pgqconnect.sink.assemble.RowLayout;
import org.pgqconnect.sink.target.TargetTable.TargetColumn;

/**
 * Holds what the subscriber computed in generated columns of written rows against the values that
 * came with them. Expressions of the same text may give other values: by operands of another type
 * or collation, another function, settings of the session that wrote the row.
 */
public final class ComputedColumns {
  private static final int CHUNK_ROWS = 5_000;
  private static final int CHUNK_CHARS = 8 << 20;

  private final Session session;
  private final TableWriter table;
  private final Map<TargetColumn, Long> differing = new LinkedHashMap<>();
  private long rows;
  private String key;

  public ComputedColumns(Session session, TableWriter table) {
    this.session = session;
    this.table = table;
  }

  /**
   * Rows that differ.
   *
   * @param columns those that hold other values
   * @param key of one of the rows: {@code id=5}
   */
  public record Difference(List<TargetColumn> columns, long rows, String key) {}

  /**
   * What the rows differ in, once they are written.
   *
   * @param images with the values that were sent
   */
  public Optional<Difference> of(List<Image> images) throws SQLException {
    Chunk chunk = null;
    for (Image image : images) {
      if (chunk == null || chunk.layout != image.layout()) {
        compare(chunk);
        chunk = new Chunk(image.layout());
      }
      if (chunk.isFullWith(image)) {
        compare(chunk);
      }
    }
    compare(chunk);
    return difference();
  }

  /** What rows of a stage differ in, once they are written. */
  public Optional<Difference> of(StagedRows staged) throws SQLException {
    for (RowLayout layout : staged.rowLayouts()) {
      List<TargetColumn> columns = staged.computed(layout);
      if (!columns.isEmpty()) {
        compare(columns, staged.sentRows(layout, columns), table.binding(layout));
      }
    }
    return difference();
  }

  private Optional<Difference> difference() {
    return rows == 0
        ? Optional.empty()
        : Optional.of(new Difference(List.copyOf(differing.keySet()), rows, key));
  }

  private void compare(Chunk chunk) throws SQLException {
    if (chunk == null || chunk.rows == 0 || chunk.computed.size() == 0) {
      return;
    }
    String sent = ApplySql.sentRows(chunk.keys.columns(), chunk.computed.size());
    compare(chunk.computed.columns(), sent, table.binding(chunk.layout), chunk.finish());
  }

  private void compare(List<TargetColumn> columns, String sent, Binding written, Object... values)
      throws SQLException {
    boolean isWritten = !ApplySql.updated(written.columns(), table.key()).isEmpty();
    session.each(
        ApplySql.computedOtherwise(table.target(), table.key(), columns, sent, isWritten),
        row -> add(columns, row),
        values);
  }

  private void add(List<TargetColumn> columns, ResultSet row) throws SQLException {
    if (row.getLong(1) == 0) {
      return;
    }
    rows += row.getLong(1);
    key = row.getString(2);
    for (int i = 0; i < columns.size(); i++) {
      if (row.getLong(3 + i) > 0) {
        differing.merge(columns.get(i), row.getLong(3 + i), Long::sum);
      }
    }
  }

  /** Rows of one layout that one statement compares. */
  private final class Chunk {
    private final RowLayout layout;
    private final Binding keys;
    private final Binding computed;
    private final List<ArrayLiteral> arrays;
    private int rows;

    Chunk(RowLayout layout) {
      this.layout = layout;
      this.keys = table.keyBinding(layout);
      this.computed = table.computedBinding(layout);
      this.arrays =
          Stream.generate(ArrayLiteral::new).limit((long) keys.size() + computed.size()).toList();
    }

    boolean isFullWith(Image image) {
      if (computed.size() == 0) {
        return false;
      }
      int chars = add(keys, image, 0) + add(computed, image, keys.size());
      return ++rows >= CHUNK_ROWS || chars > CHUNK_CHARS;
    }

    private int add(Binding binding, Image image, int first) {
      int chars = 0;
      for (int i = 0; i < binding.size(); i++) {
        arrays.get(first + i).add(binding.value(image, i), binding.isBinary(i));
        chars += arrays.get(first + i).length();
      }
      return chars;
    }

    /** The arrays; the chunk is empty again afterwards. */
    Object[] finish() {
      rows = 0;
      List<Object> values = new ArrayList<>();
      arrays.forEach(array -> values.add(Values.untyped(array.finish())));
      return values.toArray();
    }
  }
}
