/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.wire;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;

/** Reads values that {@link DebeziumForms} made, as their schemas say. */
final class DebeziumValues {
  private static final String TIME = DebeziumForms.PREFIX + "time.";

  private DebeziumValues() {}

  /**
   * The values of a row by fields.
   *
   * @throws IllegalArgumentException when one cannot be read; the message names the field
   */
  static Map<String, Object> row(Struct row) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (Field field : row.schema().fields()) {
      try {
        values.put(field.name(), read(field.schema(), row.getWithoutDefault(field.name())));
      } catch (RuntimeException e) {
        throw new IllegalArgumentException(
            "field '%s' cannot be read: %s".formatted(field.name(), e.getMessage()), e);
      }
    }
    return values;
  }

  /**
   * The value as {@link ColumnType} would have made it.
   *
   * @throws IllegalArgumentException when no form has this schema
   */
  static Object read(Schema schema, Object value) {
    if (value == null) {
      return null;
    }
    if (schema.name() != null) {
      return named(schema, value);
    }
    return switch (schema.type()) {
      case FLOAT32, FLOAT64 -> value.toString();
      case BOOLEAN ->
          schema.parameters() != null && schema.parameters().containsKey(DebeziumForms.BIT_MARK)
              ? (Boolean) value ? "1" : "0"
              : value;
      case ARRAY -> array(schema.valueSchema(), (List<?>) value);
      case STRUCT, MAP ->
          throw new IllegalArgumentException(
              "a column's value is a %s without a name".formatted(schema.type()));
      default -> value;
    };
  }

  private static String array(Schema element, List<?> values) {
    List<String> texts = new ArrayList<>(values.size());
    for (Object value : values) {
      Object read = read(element, value);
      texts.add(read == null ? null : ValueText.of(read, false));
    }
    return ArrayText.of(texts);
  }

  private static Object named(Schema schema, Object value) {
    String name = schema.name();
    return switch (name) {
      case Decimal.LOGICAL_NAME -> ((BigDecimal) value).toPlainString();
      case DebeziumForms.VARIABLE_SCALE ->
          new BigDecimal(
                  new BigInteger(bytes(Fields.get(value, "value"))),
                  (int) Fields.number(value, "scale"))
              .toPlainString();
      case DebeziumForms.BITS ->
          bits(bytes(value), Integer.parseInt(schema.parameters().get(DebeziumForms.LENGTH)));
      default ->
          name.startsWith(TIME) ? time(name.substring(TIME.length()), value) : text(schema, value);
    };
  }

  private static Object text(Schema schema, Object value) {
    if (schema.type() == Schema.Type.STRING && schema.name().startsWith(DebeziumForms.PREFIX)) {
      return value;
    }
    throw new IllegalArgumentException(
        "a column's value has the schema %s, which the source does not write"
            .formatted(schema.name()));
  }

  private static Object time(String name, Object value) {
    if (value instanceof String text) {
      return text.endsWith("infinity") ? text : ofIso(name, text);
    }
    long number = ((Number) value).longValue();
    switch (name) {
      case "Date":
        return number == Integer.MAX_VALUE || number == Integer.MIN_VALUE
            ? infinity(number)
            : DateTimeText.dateOfDays(number);
      case "Time":
        return DateTimeText.timeOfMicros(number * 1000);
      case "MicroTime":
        return DateTimeText.timeOfMicros(number);
      case "Timestamp":
        return isInfinite(number, 1000) ? infinity(number) : DateTimeText.timestampOfMillis(number);
      case "MicroTimestamp":
        return isInfinite(number, 1) ? infinity(number) : DateTimeText.timestampOfMicros(number);
      default:
        throw new IllegalArgumentException(
            "a column's value has the schema %s%s, which the source does not write"
                .formatted(TIME, name));
    }
  }

  private static Object ofIso(String name, String text) {
    return switch (name) {
      case "ZonedTimestamp" -> DateTimeText.timestampOfIso(shortFraction(zoned(text)));
      case "ZonedTime" -> zoned(text);
      case "IsoDate" -> DateTimeText.dateOfIso(withoutZone(text));
      case "IsoTime" -> withoutZone(text);
      case "IsoTimestamp" -> DateTimeText.timestampOfIso(withoutZone(text));
      case "Interval" -> DateTimeText.intervalOfIso(text);
      default ->
          throw new IllegalArgumentException(
              "a column's value has the schema %s%s, which the source does not write"
                  .formatted(TIME, name));
    };
  }

  private static String withoutZone(String iso) {
    return iso.endsWith("Z") ? iso.substring(0, iso.length() - 1) : iso;
  }

  /** A zone as PostgreSQL writes it. */
  private static String zoned(String iso) {
    return iso.endsWith("Z")
        ? withoutZone(iso) + "+00"
        : iso.replaceFirst("([+-]\\d\\d):00$", "$1");
  }

  private static String shortFraction(String zoned) {
    return zoned.replaceFirst("\\.(\\d*?)0+(?=[+-])", ".$1").replaceFirst("\\.(?=[+-])", "");
  }

  private static boolean isInfinite(long number, int unit) {
    return number == DebeziumForms.POSITIVE_INFINITY / unit
        || number == DebeziumForms.NEGATIVE_INFINITY / unit;
  }

  private static String infinity(long number) {
    return number < 0 ? "-infinity" : "infinity";
  }

  private static String bits(byte[] bytes, int length) {
    StringBuilder text = new StringBuilder(length);
    for (int i = length - 1; i >= 0; i--) {
      text.append(i / 8 < bytes.length && (bytes[i / 8] >> i % 8 & 1) == 1 ? '1' : '0');
    }
    return text.toString();
  }

  private static byte[] bytes(Object value) {
    if (value instanceof ByteBuffer buffer) {
      byte[] bytes = new byte[buffer.remaining()];
      buffer.duplicate().get(bytes);
      return bytes;
    }
    return (byte[]) value;
  }
}
