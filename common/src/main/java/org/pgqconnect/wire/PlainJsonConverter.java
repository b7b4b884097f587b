/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.storage.Converter;

/**
 * JSON without schemas: the same bytes, and from bytes the same values, as Kafka's {@code
 * JsonConverter} with {@code schemas.enable=false}, so that either can read what the other wrote.
 * It takes about half the time, as it makes no tree of nodes in between. Never required: the
 * connectors work with any converter. Not thread safe, as Connect gives each task its own.
 */
public final class PlainJsonConverter implements Converter {
  /** A column may hold a gigabyte. */
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder().maxStringLength(Integer.MAX_VALUE).build())
          .build();

  private static final int USUAL_BYTES = 1000;

  /** Without a resize for the largest part of an envelope. */
  private static final int FIELDS = 24;

  private final JsonValues values = new JsonValues();

  @Override
  public void configure(Map<String, ?> settings, boolean isKey) {
    // There is nothing to configure.
  }

  /**
   * Writes a value.
   *
   * @throws DataException when it does not fit its schema
   */
  @Override
  public byte[] fromConnectData(String topic, Schema schema, Object value) {
    if (schema == null && value == null) {
      return null;
    }
    try (ByteArrayBuilder bytes = new ByteArrayBuilder(USUAL_BYTES);
        JsonGenerator out = JSON.createGenerator(bytes)) {
      values.write(out, schema, value);
      out.flush();
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new DataException("A record for topic " + topic + " cannot be written as JSON", e);
    }
  }

  /**
   * Reads a value: maps, lists, strings, longs, doubles and booleans, without a schema.
   *
   * @throws DataException when the bytes are not one JSON value
   */
  @Override
  public SchemaAndValue toConnectData(String topic, byte[] value) {
    if (value == null || value.length == 0) {
      return SchemaAndValue.NULL;
    }
    try (JsonParser in = JSON.createParser(value)) {
      in.nextToken();
      Object read = read(in);
      if (in.nextToken() != null) {
        throw new DataException("A record of topic " + topic + " continues after its JSON value");
      }
      return new SchemaAndValue(null, read);
    } catch (IOException e) {
      throw new DataException(
          ("A record of topic %s is not JSON. A connector that reads what another wrote has the"
                  + " same key.converter and value.converter as that one")
              .formatted(topic),
          e);
    }
  }

  private static Object read(JsonParser in) throws IOException {
    JsonToken token = in.currentToken();
    if (token == null) {
      return null;
    }
    switch (token) {
      case START_OBJECT:
        return readObject(in);
      case START_ARRAY:
        return readArray(in);
      case VALUE_STRING:
        return in.getText();
      case VALUE_NUMBER_INT:
        return in.getLongValue();
      case VALUE_NUMBER_FLOAT:
        return in.getDoubleValue();
      case VALUE_TRUE:
        return Boolean.TRUE;
      case VALUE_FALSE:
        return Boolean.FALSE;
      case VALUE_NULL:
        return null;
      default:
        throw new DataException("Unexpected JSON token " + token);
    }
  }

  private static Map<String, Object> readObject(JsonParser in) throws IOException {
    Map<String, Object> map = new HashMap<>(FIELDS);
    for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
      in.nextToken();
      map.put(name, read(in));
    }
    return map;
  }

  private static List<Object> readArray(JsonParser in) throws IOException {
    List<Object> list = new ArrayList<>();
    while (in.nextToken() != JsonToken.END_ARRAY) {
      list.add(read(in));
    }
    return list;
  }
}
