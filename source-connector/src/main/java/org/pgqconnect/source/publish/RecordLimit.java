/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.publish;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.storage.Converter;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.wire.PlainJsonConverter;

/**
 * How large a record may be that the connector's producer is to send. What a record takes is known
 * when it is converted, so those that may be too large are converted to measure them; all others,
 * by far most, are judged by the length of their text. Not thread safe.
 */
public final class RecordLimit {
  /** The connector's key that sets it. */
  public static final String KEY = "producer.override.max.request.size";

  private static final String CONVERTER_OF_OTHERS = "org.apache.kafka.connect.json.JsonConverter";
  private static final int DEFAULT_BYTES = 1 << 20;

  /** What the producer holds, and so the largest record, whatever the other key allows. */
  private static final String BUFFER_KEY = "producer.override.buffer.memory";

  private static final int DEFAULT_BUFFER = 32 << 20;

  /** JSON writes a character as six bytes at most. */
  private static final int BYTES_PER_CHAR = 6;

  /** A row's text stands in one image; that of its key in the record's key and both images. */
  private static final int PLACES = 3;

  /** Names and, in JSON with schemas, types of a column in all places. */
  private static final int BYTES_PER_COLUMN = 2048;

  private static final int ENVELOPE_BYTES = 16_384;

  /** What the producer reckons for the batch and the record around key and value. */
  private static final int AROUND = 61 + 21 + 1;

  private static final int AROUND_BATCH = 65_536;

  private final long requestBytes;
  private final long bufferBytes;
  private final Map<String, Long> topics;
  private final Optional<Converter> keys;
  private final Optional<Converter> values;

  private final Remedy connector;

  private RecordLimit(
      Remedy connector,
      long requestBytes,
      long bufferBytes,
      Map<String, Long> topics,
      Optional<Converter> keys,
      Optional<Converter> values) {
    this.connector = connector;
    this.requestBytes = requestBytes;
    this.bufferBytes = bufferBytes;
    this.topics = topics;
    this.keys = keys;
    this.values = values;
  }

  /** The limit that a connector's configuration makes. */
  public static RecordLimit of(Map<String, ?> configuration) {
    Map<String, Long> topics = new TreeMap<>();
    for (String key : configuration.keySet()) {
      if (isOfTopics(key)) {
        topics.put(key, bytes(configuration, key, 0));
      }
    }
    return new RecordLimit(
        Remedy.incomplete().ofConnector((String) configuration.get("name")),
        bytes(configuration, KEY, DEFAULT_BYTES),
        bytes(configuration, BUFFER_KEY, DEFAULT_BUFFER),
        topics,
        converter(configuration, "key"),
        converter(configuration, "value"));
  }

  /** Whether a key says what the topics that Connect makes take. */
  public static boolean isOfTopics(String key) {
    return key.startsWith("topic.creation.") && key.endsWith(".max.message.bytes");
  }

  private static long bytes(Map<String, ?> configuration, String key, long otherwise) {
    Object given = configuration.get(key);
    try {
      return given == null ? otherwise : Long.parseLong(given.toString().trim());
    } catch (NumberFormatException e) {
      throw new StopException("%s=%s is not a number of bytes".formatted(key, given), e);
    }
  }

  /** Converters that only write JSON; others may register what they are given somewhere. */
  private static Optional<Converter> converter(Map<String, ?> configuration, String part) {
    Object name = configuration.get(part + ".converter");
    if (name == null
        || !Set.of(PlainJsonConverter.class.getName(), CONVERTER_OF_OTHERS)
            .contains(name.toString())) {
      return Optional.empty();
    }
    try {
      Converter converter =
          Class.forName(name.toString())
              .asSubclass(Converter.class)
              .getDeclaredConstructor()
              .newInstance();
      Map<String, Object> settings = new HashMap<>();
      String prefix = part + ".converter.";
      configuration.forEach(
          (key, value) -> {
            if (key.startsWith(prefix)) {
              settings.put(key.substring(prefix.length()), value);
            }
          });
      converter.configure(settings, part.equals("key"));
      return Optional.of(converter);
    } catch (ReflectiveOperationException e) {
      return Optional.empty();
    }
  }

  long maxBytes() {
    return Math.min(requestBytes, bufferBytes);
  }

  /** The key that sets {@link #maxBytes}. */
  String key() {
    return requestBytes <= bufferBytes ? KEY : BUFFER_KEY;
  }

  /** Whether the size of records can be known. */
  boolean measures() {
    return keys.isPresent() && values.isPresent();
  }

  /**
   * Whether a record with so much text may be too large, without converting it.
   *
   * @param chars of the values
   * @param columns of the table, or elements of other kinds
   */
  boolean mayExceed(long chars, int columns) {
    return chars * BYTES_PER_CHAR * PLACES + (long) columns * BYTES_PER_COLUMN + ENVELOPE_BYTES
        > maxBytes();
  }

  /** What the producer reckons for a record that it would refuse; empty for one that it takes. */
  OptionalLong excess(SourceRecord record) {
    if (!measures()) {
      return OptionalLong.empty();
    }
    long bytes =
        AROUND
            + part(keys.get(), record.topic(), record.keySchema(), record.key())
            + part(values.get(), record.topic(), record.valueSchema(), record.value());
    return bytes > maxBytes() ? OptionalLong.of(bytes) : OptionalLong.empty();
  }

  private static long part(Converter converter, String topic, Schema schema, Object value) {
    if (value == null) {
      return 1;
    }
    byte[] bytes = converter.fromConnectData(topic, schema, value);
    return bytes == null ? 1 : bytes.length + varintBytes(bytes.length);
  }

  /** Bytes of a length as Kafka writes it, zigzag and seven bits a byte. */
  private static int varintBytes(int length) {
    int bits = 64 - Long.numberOfLeadingZeros(2L * length);
    return Math.max(1, (bits + 6) / 7);
  }

  /** What lets a record of so many bytes through, as commands. */
  String remedy(long bytes, String topic) {
    long allowed =
        Math.max(requestBytes, Math.max(Long.highestOneBit(bytes) * 2, 2L * DEFAULT_BYTES));
    Map<String, Long> wanted = new LinkedHashMap<>();
    wanted.put(KEY, allowed);
    if (allowed > bufferBytes) {
      // Beside the largest record, as much as before for the others.
      wanted.put(BUFFER_KEY, allowed + DEFAULT_BUFFER);
    }
    topics.forEach(
        (key, taken) -> {
          if (taken < allowed) {
            wanted.put(key, allowed + AROUND_BATCH);
          }
        });
    String text =
        ("Set %s in this connector's configuration (PUT /connectors/<name>/config, which"
                + " restarts it), and let the topic take it, with one of the worker's"
                + " bootstrap.servers as broker: kafka-configs.sh --bootstrap-server"
                + " <broker> --alter --entity-type topics --entity-name %s --add-config"
                + " max.message.bytes=%d. Consumers read it as they are: their"
                + " max.partition.fetch.bytes is no hard limit")
            .formatted(
                wanted.entrySet().stream()
                    .map(key -> "\"%s\": \"%d\"".formatted(key.getKey(), key.getValue()))
                    .collect(Collectors.joining(", ")),
                topic,
                allowed + AROUND_BATCH);
    return connector.complete(text);
  }
}
