/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.decode;

import org.pgqconnect.failure.StopException;
import org.pgqconnect.wire.ColumnType;

/** Turns the text of rows of one layout into values. */
public final class RowDecoder {
  private final Layout layout;
  private final ColumnType[] types;

  public RowDecoder(Layout layout) {
    this.layout = layout;
    this.types =
        layout.columns().stream().map(c -> ColumnType.of(c.base())).toArray(ColumnType[]::new);
  }

  /** The layout whose rows are decoded. */
  public Layout layout() {
    return layout;
  }

  /**
   * The values of a row, in the layout's order.
   *
   * @param text what {@code record_out} wrote
   * @throws StopException when the text does not fit the layout; the message names table and column
   */
  public Object[] values(String text) {
    String[] fields = fields(text);
    Object[] values = new Object[fields.length];
    for (int i = 0; i < fields.length; i++) {
      values[i] = fields[i] == null ? null : value(i, fields[i]);
    }
    return values;
  }

  private String[] fields(String text) {
    try {
      return RecordText.parse(text, types.length);
    } catch (StopException e) {
      throw new StopException(
          "A row of table " + layout.table() + " cannot be read: " + e.getMessage(), e);
    }
  }

  private Object value(int column, String text) {
    try {
      return types[column].value(text);
    } catch (IllegalArgumentException e) {
      throw new StopException(
          ("Column %s of table %s holds a value that is no %s")
              .formatted(
                  layout.columns().get(column).name(),
                  layout.table(),
                  layout.columns().get(column).type()),
          e);
    }
  }
}
