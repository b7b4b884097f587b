/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.postgres;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.Collection;

/**
 * Values for the placeholders of {@link Session}'s statements that a Java object alone does not
 * describe: arrays, json, and nulls of a type other than text.
 */
public final class Values {
  private Values() {}

  /** A value that knows how it is bound. */
  @FunctionalInterface
  public interface Value {
    /**
     * @param index of the placeholder, from 1
     */
    void bind(PreparedStatement statement, int index) throws SQLException;
  }

  /** A {@code text[]}; null is NULL. */
  public static Value texts(Collection<String> texts) {
    return array("text", texts);
  }

  /** A {@code bigint[]}; null is NULL. */
  public static Value bigints(Collection<Long> numbers) {
    return array("bigint", numbers);
  }

  /** A {@code boolean[]}; null is NULL. */
  public static Value booleans(Collection<Boolean> flags) {
    return array("boolean", flags);
  }

  /** A boolean that may be null. */
  public static Value nullable(Boolean flag) {
    return (statement, index) -> statement.setObject(index, flag, Types.BOOLEAN);
  }

  /** A {@code bigint} that may be null. */
  public static Value nullable(Long number) {
    return (statement, index) -> statement.setObject(index, number, Types.BIGINT);
  }

  /**
   * A text, or null, whose type the server takes from where it stands: {@code jsonb}, {@code
   * regclass}, a column of any type.
   */
  public static Value untyped(String text) {
    return (statement, index) -> statement.setObject(index, text, Types.OTHER);
  }

  private static Value array(String type, Collection<?> elements) {
    return (statement, index) -> {
      Connection connection = statement.getConnection();
      statement.setArray(
          index, elements == null ? null : connection.createArrayOf(type, elements.toArray()));
    };
  }

  static void bind(PreparedStatement statement, Object... values) throws SQLException {
    for (int i = 0; i < values.length; i++) {
      bind(statement, i + 1, values[i]);
    }
  }

  private static void bind(PreparedStatement statement, int index, Object value)
      throws SQLException {
    if (value == null || value instanceof String) {
      statement.setString(index, (String) value);
    } else if (value instanceof Value typed) {
      typed.bind(statement, index);
    } else if (value instanceof Long number) {
      statement.setLong(index, number);
    } else if (value instanceof Integer number) {
      statement.setInt(index, number);
    } else if (value instanceof Boolean flag) {
      statement.setBoolean(index, flag);
    } else if (value instanceof Double number) {
      statement.setDouble(index, number);
    } else if (value instanceof BigDecimal number) {
      statement.setBigDecimal(index, number);
    } else {
      throw new IllegalArgumentException(
          "No value of " + value.getClass().getName() + " can be bound; see Values");
    }
  }
}
