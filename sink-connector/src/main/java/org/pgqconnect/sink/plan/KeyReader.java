/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.plan;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.sink.assemble.Image;
import org.pgqconnect.sink.assemble.RowLayout;
import org.pgqconnect.sink.target.TargetTable.TargetColumn;

/**
 * Reads the key of a row as something that is equal exactly when PostgreSQL takes the keys to be
 * equal. Not thread safe.
 */
public final class KeyReader {
  private final List<KeyColumn> key;
  private final OlderRows older;
  private final boolean knowsEquals;
  private RowLayout lastLayout;
  private int[] lastIndexes;

  /**
   * @param key the key's columns, at least one
   * @param older how rows are read that are older than the table's definition
   */
  public KeyReader(List<KeyColumn> key, OlderRows older) {
    this.key = List.copyOf(key);
    this.older = older;
    this.knowsEquals = key.stream().allMatch(column -> column.equality().isExact());
  }

  /** Whether keys are equal on the server exactly when they are here. */
  boolean knowsEquals() {
    return knowsEquals;
  }

  /** True when the image carries all key columns. */
  boolean covers(Image image) {
    return Arrays.stream(indexes(image.layout())).allMatch(i -> i >= 0);
  }

  /**
   * @throws StopException when the image lacks a key column
   */
  public Object of(Image image) {
    int[] indexes = indexes(image.layout());
    if (indexes.length == 1) {
      return normal(image, 0, indexes[0]);
    }
    Object[] values = new Object[indexes.length];
    for (int i = 0; i < indexes.length; i++) {
      values[i] = normal(image, i, indexes[i]);
    }
    return Arrays.asList(values);
  }

  private Object normal(Image image, int i, int index) {
    KeyColumn column = key.get(i);
    if (index < 0) {
      throw new StopException(
          "A row arrived without key column "
              + column.name()
              + ", only with "
              + image.layout().columns()
              + ". The subscriber's primary key must have the columns of the provider's key");
    }
    return column.equality().normal(image.value(index));
  }

  private int[] indexes(RowLayout layout) {
    if (layout != lastLayout) {
      lastIndexes = key.stream().mapToInt(column -> older.indexOf(layout, column.name())).toArray();
      lastLayout = layout;
    }
    return lastIndexes;
  }

  /** A column of the key. */
  public record KeyColumn(String name, Equality equality) {}

  /** When two values of a type are equal, where their text need not be. */
  public enum Equality {
    /** An integer is the same whether it was read before or after ALTER made its column wider. */
    TEXT {
      @Override
      Object normal(Object value) {
        if (value instanceof Integer || value instanceof Short) {
          return ((Number) value).longValue();
        }
        return value instanceof byte[] bytes ? ByteBuffer.wrap(bytes) : value;
      }
    },
    /** Of types whose equal values may have several texts, as arrays of numeric. */
    TEXT_ONLY {
      @Override
      Object normal(Object value) {
        return TEXT.normal(value);
      }
    },
    /** 1.0 = 1.00, and 1 from before the column was an integer no more. */
    NUMERIC {
      @Override
      Object normal(Object value) {
        if (!(value instanceof Number || value instanceof String)) {
          return value;
        }
        String text = value.toString();
        char last = text.isEmpty() ? ' ' : text.charAt(text.length() - 1);
        return last >= '0' && last <= '9' ? new BigDecimal(text).stripTrailingZeros() : text;
      }
    },
    /** -0 = 0. */
    FLOAT {
      @Override
      Object normal(Object value) {
        String text = value.toString();
        return text.equals("-0") || text.equals("-0.0") || text.equals("0.0") ? "0" : text;
      }
    },
    /** Blanks at the end do not count; other white space does. */
    PADDED {
      @Override
      Object normal(Object value) {
        if (!(value instanceof String text)) {
          return value;
        }
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) == ' ') {
          end--;
        }
        return text.substring(0, end);
      }
    },
    /**
     * Which letters beyond ASCII, and which of i, are the same depends on the server's locale, so
     * those are taken to differ. That is safe: a row whose spelling changes arrives with both
     * spellings, and what is deleted is deleted before what is written. To take different keys for
     * one would lose rows.
     */
    CASE_INSENSITIVE {
      @Override
      Object normal(Object value) {
        return value instanceof String text ? lowerAscii(text) : value;
      }
    };

    private static String lowerAscii(String text) {
      StringBuilder lower = new StringBuilder(text);
      for (int i = 0; i < lower.length(); i++) {
        char c = lower.charAt(i);
        if (c >= 'A' && c <= 'Z' && c != 'I') {
          lower.setCharAt(i, (char) (c + 'a' - 'A'));
        }
      }
      return lower.toString();
    }

    abstract Object normal(Object value);

    /** No other values are equal. */
    boolean isExact() {
      return this != CASE_INSENSITIVE && this != TEXT_ONLY;
    }

    /**
     * How values of a column compare. Of types that are not named here, and of texts under a
     * collation that takes different ones for equal, only the same text is known to be equal: see
     * {@link #CASE_INSENSITIVE} for why that is safe.
     */
    public static Equality of(TargetColumn column) {
      if (column.hasOneSpelling()) {
        return TEXT;
      }
      String typeName = column.typeName();
      switch (typeName.substring(typeName.indexOf('.') + 1)) {
        case "numeric":
          return NUMERIC;
        case "float4":
        case "float8":
          return FLOAT;
        case "bpchar":
          return column.deterministic() ? PADDED : TEXT_ONLY;
        case "citext":
          return CASE_INSENSITIVE;
        default:
          return TEXT_ONLY;
      }
    }
  }
}
