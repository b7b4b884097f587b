/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Time;
import org.apache.kafka.connect.data.Timestamp;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.json.JsonConverter;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against Kafka's own converter, whose form this one has to have. */
class PlainJsonConverterTest {
  private static final Schema INNER =
      SchemaBuilder.struct().optional().field("text", Schema.OPTIONAL_STRING_SCHEMA).build();

  private static final Schema SCHEMA =
      SchemaBuilder.struct()
          .field("int8", Schema.INT8_SCHEMA)
          .field("int16", Schema.INT16_SCHEMA)
          .field("int32", Schema.INT32_SCHEMA)
          .field("int64", Schema.INT64_SCHEMA)
          .field("float32", Schema.FLOAT32_SCHEMA)
          .field("float64", Schema.FLOAT64_SCHEMA)
          .field("nan", Schema.FLOAT64_SCHEMA)
          .field("flag", Schema.BOOLEAN_SCHEMA)
          .field("bytes", Schema.BYTES_SCHEMA)
          .field("buffer", Schema.BYTES_SCHEMA)
          .field("missing", Schema.OPTIONAL_STRING_SCHEMA)
          .field("defaulted", SchemaBuilder.string().defaultValue("d").build())
          .field("inner", INNER)
          .field("list", SchemaBuilder.array(Schema.OPTIONAL_INT64_SCHEMA).build())
          .field("map", SchemaBuilder.map(Schema.STRING_SCHEMA, Schema.INT64_SCHEMA).build())
          .field("pairs", SchemaBuilder.map(Schema.INT32_SCHEMA, Schema.STRING_SCHEMA).build())
          .field("decimal", Decimal.schema(2))
          .field("date", org.apache.kafka.connect.data.Date.SCHEMA)
          .field("time", Time.SCHEMA)
          .field("timestamp", Timestamp.SCHEMA)
          .build();

  private final JsonConverter kafka = new JsonConverter();
  private final PlainJsonConverter plain = new PlainJsonConverter();

  @BeforeEach
  void configure() {
    kafka.configure(Map.of("schemas.enable", "false"), false);
    plain.configure(Map.of(), false);
  }

  private static Struct struct() {
    return new Struct(SCHEMA)
        .put("int8", (byte) 1)
        .put("int16", (short) -2)
        .put("int32", Integer.MAX_VALUE)
        .put("int64", Long.MIN_VALUE)
        .put("float32", 1.1f)
        .put("float64", 1e300)
        .put("nan", Double.NaN)
        .put("flag", true)
        .put("bytes", new byte[] {0, -1, 127})
        .put("buffer", ByteBuffer.wrap(new byte[] {9, 8}))
        .put("inner", new Struct(INNER).put("text", "\"\\ \t\n\u0001 é € 😀 </script>"))
        .put("list", java.util.Arrays.asList(1L, null, 3L))
        .put("map", Map.of("a", 5L))
        .put("pairs", Map.of(7, "x"))
        .put("decimal", new BigDecimal("12.34"))
        .put("date", new Date(86_400_000L * 20_000))
        .put("time", new Date(3_600_000))
        .put("timestamp", new Date(1_700_000_000_123L));
  }

  @Test
  void writesTheBytesThatKafkasConverterWrites() {
    assertThat(text(plain.fromConnectData("t", SCHEMA, struct())))
        .isEqualTo(text(kafka.fromConnectData("t", SCHEMA, struct())));
  }

  @Test
  void readsWhatKafkasConverterReads() {
    byte[] json = kafka.fromConnectData("t", SCHEMA, struct());

    assertThat(plain.toConnectData("t", json)).isEqualTo(kafka.toConnectData("t", json));
  }

  @Test
  void writesValuesWithoutSchemaAsKafkasConverterDoes() {
    Map<String, Object> value = new HashMap<>();
    value.put("a", 1);
    value.put("b", null);
    value.put("c", List.of("x", 2.5, Map.of("d", true)));

    assertThat(text(plain.fromConnectData("t", null, value)))
        .isEqualTo(text(kafka.fromConnectData("t", null, value)));
  }

  @Test
  void passesTombstonesOn() {
    assertThat(plain.fromConnectData("t", null, null)).isNull();
    assertThat(plain.toConnectData("t", null)).isEqualTo(kafka.toConnectData("t", null));
  }

  @Test
  void readsTextsLargerThanOtherParsersTake() {
    String large = "x".repeat(21_000_000);
    byte[] json = plain.fromConnectData("t", Schema.STRING_SCHEMA, large);

    assertThat(plain.toConnectData("t", json).value()).isEqualTo(large);
  }

  @Test
  void refusesWhatIsNotOneJsonValue() {
    for (String text : List.of("{\"a\":", "{} {}", "nonsense", "99999999999999999999")) {
      assertThatThrownBy(() -> plain.toConnectData("some.topic", text.getBytes()))
          .isInstanceOf(DataException.class)
          .hasMessageContaining("some.topic");
    }
  }

  @Test
  void refusesNullWhereAValueIsRequired() {
    assertThatThrownBy(() -> plain.fromConnectData("t", Schema.STRING_SCHEMA, null))
        .isInstanceOf(DataException.class)
        .hasMessageContaining("required");
  }

  private static String text(byte[] json) {
    return new String(json, StandardCharsets.UTF_8);
  }
}
