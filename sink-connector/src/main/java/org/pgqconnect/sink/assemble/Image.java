/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.assemble;

import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import org.pgqconnect.batch.Row;

/**
 * A row image as it is buffered: the names are shared, so a row costs its values and little more.
 */
public final class Image implements Row {
  private static final int OVERHEAD_BYTES = 96;
  private static final int VALUE_BYTES = 48;

  private final RowLayout layout;
  private final Object[] values;

  Image(RowLayout layout, Object[] values) {
    this.layout = layout;
    this.values = values;
  }

  /** The columns that {@link #value} counts. */
  public RowLayout layout() {
    return layout;
  }

  /** The value of the layout's column {@code index}; null is SQL NULL. */
  public Object value(int index) {
    return values[index];
  }

  @Override
  public Set<String> columns() {
    return new LinkedHashSet<>(layout.columns());
  }

  @Override
  public Object get(String column) {
    int index = layout.indexOf(column);
    return index < 0 ? null : values[index];
  }

  /** True when the other image has all values of this one; NULLs do not count. */
  boolean isPartOf(Image other) {
    for (int i = 0; i < values.length; i++) {
      if (values[i] == null) {
        continue; // An old image may carry its key only, and NULL for the rest.
      }
      int there = layout == other.layout ? i : other.layout.indexOf(layout.columns().get(i));
      if (there < 0 || !Objects.deepEquals(values[i], other.values[there])) {
        return false;
      }
    }
    return true;
  }

  /** About how many bytes of heap the image takes. */
  long bytes() {
    long bytes = OVERHEAD_BYTES;
    for (Object value : values) {
      bytes += 4;
      if (value instanceof String text) {
        bytes += VALUE_BYTES + text.length();
      } else if (value instanceof byte[] binary) {
        bytes += 16 + binary.length;
      } else if (value instanceof ByteBuffer binary) {
        bytes += VALUE_BYTES + 16 + binary.remaining();
      } else if (value != null) {
        bytes += 16;
      }
    }
    return bytes;
  }
}
