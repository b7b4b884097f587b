/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.SerializedString;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Date;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Time;
import org.apache.kafka.connect.data.Timestamp;
import org.apache.kafka.connect.errors.DataException;

/** Writes Connect's values as JSON. Not thread safe. */
final class JsonValues {
  /** Far more than connectors have; a transform may make a new schema for every record. */
  private static final int MAX_SCHEMAS = 2_000;

  private final Map<Schema, SerializableString[]> names = new IdentityHashMap<>();

  /**
   * @param schema null when the value has none
   */
  void write(JsonGenerator out, Schema schema, Object value) throws IOException {
    if (value == null) {
      writeNull(out, schema);
    } else if (value instanceof String text) {
      out.writeString(text);
    } else if (value instanceof Number || value instanceof java.util.Date) {
      writeNumber(out, schema, value);
    } else if (value instanceof Struct struct) {
      writeStruct(out, schema, struct);
    } else if (value instanceof Boolean flag) {
      out.writeBoolean(flag);
    } else if (value instanceof byte[] bytes) {
      out.writeBinary(bytes);
    } else if (value instanceof ByteBuffer buffer) {
      byte[] bytes = new byte[buffer.remaining()];
      buffer.duplicate().get(bytes);
      out.writeBinary(bytes);
    } else if (value instanceof Collection<?> list) {
      writeArray(out, schema, list);
    } else if (value instanceof Map<?, ?> map) {
      writeMap(out, schema, map);
    } else {
      throw new DataException(value.getClass() + " is no type of Connect's");
    }
  }

  private void writeNull(JsonGenerator out, Schema schema) throws IOException {
    if (schema == null || schema.isOptional()) {
      out.writeNull();
    } else if (schema.defaultValue() != null) {
      write(out, schema, schema.defaultValue());
    } else {
      throw new DataException("A field that is required and has no default value is null");
    }
  }

  private void writeStruct(JsonGenerator out, Schema schema, Struct struct) throws IOException {
    Schema own = struct.schema();
    if (schema != own && schema != null && !schema.equals(own)) {
      throw new DataException("A struct has another schema than its record says");
    }
    out.writeStartObject();
    List<Field> fields = own.fields();
    SerializableString[] encoded = encodedNames(own);
    for (int i = 0; i < encoded.length; i++) {
      Field field = fields.get(i);
      out.writeFieldName(encoded[i]);
      write(out, field.schema(), struct.get(field));
    }
    out.writeEndObject();
  }

  /** The fields' names with quotes and escapes, made once a schema. */
  private SerializableString[] encodedNames(Schema schema) {
    SerializableString[] encoded = names.get(schema);
    if (encoded == null) {
      if (names.size() >= MAX_SCHEMAS) {
        names.clear();
      }
      encoded =
          schema.fields().stream()
              .map(field -> new SerializedString(field.name()))
              .toArray(SerializableString[]::new);
      names.put(schema, encoded);
    }
    return encoded;
  }

  private void writeNumber(JsonGenerator out, Schema schema, Object value) throws IOException {
    if (value instanceof Long number) {
      out.writeNumber(number);
    } else if (value instanceof Integer || value instanceof Short || value instanceof Byte) {
      out.writeNumber(((Number) value).intValue());
    } else if (value instanceof Double number) {
      out.writeNumber(number);
    } else if (value instanceof Float number) {
      out.writeNumber(number);
    } else {
      writeLogical(out, schema, value);
    }
  }

  /** Values that only a transform can have made. */
  private void writeLogical(JsonGenerator out, Schema schema, Object value) throws IOException {
    String name = schema == null ? "" : String.valueOf(schema.name());
    if (value instanceof BigDecimal decimal && name.equals(Decimal.LOGICAL_NAME)) {
      out.writeBinary(Decimal.fromLogical(schema, decimal));
    } else if (value instanceof java.util.Date date && name.equals(Date.LOGICAL_NAME)) {
      out.writeNumber(Date.fromLogical(schema, date));
    } else if (value instanceof java.util.Date date && name.equals(Time.LOGICAL_NAME)) {
      out.writeNumber(Time.fromLogical(schema, date));
    } else if (value instanceof java.util.Date date && name.equals(Timestamp.LOGICAL_NAME)) {
      out.writeNumber(Timestamp.fromLogical(schema, date));
    } else {
      throw new DataException(
          "%s cannot be written without a schema that says how".formatted(value.getClass()));
    }
  }

  private void writeArray(JsonGenerator out, Schema schema, Collection<?> list) throws IOException {
    Schema element = schema == null ? null : schema.valueSchema();
    out.writeStartArray();
    for (Object value : list) {
      write(out, element, value);
    }
    out.writeEndArray();
  }

  private void writeMap(JsonGenerator out, Schema schema, Map<?, ?> map) throws IOException {
    Schema values = schema == null ? null : schema.valueSchema();
    boolean natural =
        schema == null
            ? map.keySet().stream().allMatch(String.class::isInstance)
            : schema.keySchema().type() == Schema.Type.STRING;
    if (!natural) {
      writePairs(out, schema, map);
      return;
    }
    out.writeStartObject();
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      out.writeFieldName((String) entry.getKey());
      write(out, values, entry.getValue());
    }
    out.writeEndObject();
  }

  private void writePairs(JsonGenerator out, Schema schema, Map<?, ?> map) throws IOException {
    out.writeStartArray();
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      out.writeStartArray();
      write(out, schema == null ? null : schema.keySchema(), entry.getKey());
      write(out, schema == null ? null : schema.valueSchema(), entry.getValue());
      out.writeEndArray();
    }
    out.writeEndArray();
  }
}
