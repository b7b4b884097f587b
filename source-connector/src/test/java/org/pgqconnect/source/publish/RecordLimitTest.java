/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.record.internal.AbstractRecords;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.source.SourceRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.wire.PlainJsonConverter;

class RecordLimitTest {
  private static RecordLimit limit(Object bytes, String converter) {
    Map<String, Object> configuration = new HashMap<>();
    if (bytes != null) {
      configuration.put(RecordLimit.KEY, bytes);
    }
    if (converter != null) {
      configuration.put("key.converter", converter);
      configuration.put("value.converter", converter);
      configuration.put("value.converter.schemas.enable", "false");
    }
    return RecordLimit.of(configuration);
  }

  private static SourceRecord record(String key, String value) {
    return new SourceRecord(
        Map.of(), Map.of(), "t", 0, Schema.STRING_SCHEMA, key, Schema.STRING_SCHEMA, value);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 61, 62, 8_000, 8_190, 8_191, 70_000, 1_048_000, 1_048_574})
  void reckonsAsTheProducerDoes(int length) {
    String value = "é".repeat(length / 2);
    int bytes = value.getBytes(StandardCharsets.UTF_8).length + 2;
    int reckoned =
        AbstractRecords.estimateSizeInBytesUpperBound(
            RecordBatch.CURRENT_MAGIC_VALUE,
            CompressionType.NONE,
            new byte[5],
            new byte[bytes],
            new ProducerRecord<>("t", "v").headers().toArray());
    String converter = PlainJsonConverter.class.getName();
    assertThat(limit(reckoned, converter).excess(record("key", value))).isEmpty();
    assertThat(limit(reckoned - 1, converter).excess(record("key", value))).hasValue(reckoned);
  }

  @Test
  void looksAtLongRecordsOnly() {
    RecordLimit limit = limit(null, PlainJsonConverter.class.getName());
    assertThat(limit.maxBytes()).isEqualTo(1_048_576);
    assertThat(limit.mayExceed(10_000, 20)).isFalse();
    assertThat(limit.mayExceed(60_000, 20)).isTrue();
    assertThat(limit.mayExceed(0, 1_600)).isTrue();
  }

  @Test
  void theRemedyNamesEveryKeyThatWouldRefuseTheRecord() {
    RecordLimit shipped =
        RecordLimit.of(
            Map.of(
                RecordLimit.KEY,
                "16777216",
                "topic.creation.default.max.message.bytes",
                "16842752",
                "topic.creation.boundaries.max.message.bytes",
                "50000000"));
    assertThat(shipped.remedy(17_000_000, "p.public.t"))
        .startsWith(
            "Set \"producer.override.max.request.size\": \"33554432\","
                + " \"topic.creation.default.max.message.bytes\": \"33619968\" in this connector's")
        .contains("--entity-name p.public.t --add-config max.message.bytes=33619968.");
    assertThat(shipped.remedy(40_000_000, "p.public.t"))
        .startsWith(
            "Set \"producer.override.max.request.size\": \"67108864\","
                + " \"producer.override.buffer.memory\": \"100663296\","
                + " \"topic.creation.boundaries.max.message.bytes\": \"67174400\","
                + " \"topic.creation.default.max.message.bytes\": \"67174400\" in");
  }

  @Test
  void namesTheConnector() {
    assertThat(RecordLimit.of(Map.of("name", "bank source")).remedy(2_000_000, "p.public.t"))
        .contains("(PUT /connectors/bank%20source/config, which restarts it)");
  }

  @Test
  void whatTheProducerDoesNotHoldItDoesNotSend() {
    RecordLimit limit = RecordLimit.of(Map.of(RecordLimit.KEY, "67108864"));
    assertThat(limit.maxBytes()).isEqualTo(33_554_432);
    assertThat(limit.key()).isEqualTo("producer.override.buffer.memory");
    assertThat(
            RecordLimit.of(
                    Map.of(
                        RecordLimit.KEY,
                        "67108864",
                        "producer.override.buffer.memory",
                        "100663296"))
                .key())
        .isEqualTo(RecordLimit.KEY);
  }

  @Test
  void knowsTheJsonConverterOfOthersAndNoOther() {
    assertThat(limit(10, "org.apache.kafka.connect.json.JsonConverter").measures()).isTrue();
    assertThat(limit(10, "io.confluent.connect.avro.AvroConverter").measures()).isFalse();
    assertThat(limit(10, null).measures()).isFalse();
    assertThat(limit(10, null).excess(record("key", "a long value"))).isEmpty();
  }

  @Test
  void refusesALimitThatIsNone() {
    assertThatThrownBy(() -> limit("16m", null))
        .isInstanceOf(StopException.class)
        .hasMessage("producer.override.max.request.size=16m is not a number of bytes");
  }
}
