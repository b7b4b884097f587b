/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.json.JsonConverter;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.BatchId;
import org.pgqconnect.batch.Change;
import org.pgqconnect.batch.Operation;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.StopException;

/** Envelopes whose values have Debezium's types. */
class DebeziumEnvelopeTest {
  private static EnvelopeSchema schema(DebeziumModes.Times times, NameAdjustment names) {
    DebeziumModes modes =
        new DebeziumModes(
            DebeziumModes.Decimals.PRECISE, times, DebeziumModes.Intervals.STRING, false);
    DebeziumForms forms = new DebeziumForms(modes, Map.of());
    ValueForm date = forms.of("date", "date");
    ValueForm number = forms.of("numeric", "numeric");
    return new EnvelopeSchema(
        new EnvelopeSchema.Origin("1", "bank", "db", "q", names, names, Optional.of(modes)),
        new TableId("public", "t"),
        List.of(
            new EnvelopeSchema.Column("a-b", date.schema(false), date.encoder()),
            new EnvelopeSchema.Column("n", number.schema(true), number.encoder())),
        new int[] {0});
  }

  private static Struct value(EnvelopeSchema schema, Operation operation) {
    EnvelopeSchema.Stamp stamp =
        new EnvelopeSchema.Stamp(
            new BatchId(57, 3), "57:3", operation, 9, 4, 1234, 77, 1_700_000_000_123_456L, 5);
    return schema.value(stamp, null, new Object[] {"2026-02-28", "1.50"});
  }

  private static Object throughJson(boolean schemas, EnvelopeSchema schema) {
    try (JsonConverter converter = new JsonConverter()) {
      converter.configure(Map.of("schemas.enable", schemas), false);
      byte[] json =
          converter.fromConnectData("topic", schema.envelope(), value(schema, Operation.CREATE));
      return converter.toConnectData("topic", json).value();
    }
  }

  @Test
  void valuesAndNamesComeBack() {
    for (NameAdjustment names : NameAdjustment.values()) {
      Change change =
          new EnvelopeReader().read(throughJson(true, schema(DebeziumModes.Times.ADAPTIVE, names)));
      assertThat(change.after().get("a-b")).isEqualTo("2026-02-28");
      assertThat(change.after().get("n")).isEqualTo("1.50");
      assertThat(change.after().columns()).containsExactlyInAnyOrder("a-b", "n");
      assertThat(change.eventId()).isEqualTo(1234);
    }
  }

  @Test
  void sourceHasDebeziumsFields() {
    EnvelopeSchema schema = schema(DebeziumModes.Times.ADAPTIVE, NameAdjustment.NONE);
    Struct source = value(schema, Operation.UPDATE).getStruct("source");
    assertThat(source.getString("connector")).isEqualTo("postgresql");
    assertThat(source.getString("snapshot")).isEqualTo("false");
    assertThat(source.getString("sequence")).isEqualTo("[\"57\",\"1234\"]");
    assertThat(source.getInt64("ts_ns")).isEqualTo(1_700_000_000_123_456_000L);
    assertThat(source.getInt64("txId")).isEqualTo(77);
    Struct copied = value(schema, Operation.READ).getStruct("source");
    assertThat(copied.getString("snapshot")).isEqualTo("incremental");
    assertThat(copied.getInt64("txId")).isNull();
  }

  /** 20512 is a date in one column and a number in another. */
  @Test
  void whatHasNoSchemaIsRefused() {
    Object value = throughJson(false, schema(DebeziumModes.Times.ADAPTIVE, NameAdjustment.NONE));
    assertThatThrownBy(() -> new EnvelopeReader().read(value))
        .isInstanceOf(StopException.class)
        .hasMessageContaining("nothing says which number is a date")
        .hasMessageContaining("value.converter.schemas.enable=true");
  }

  @Test
  void whatLostDigitsIsRefused() {
    Object value = throughJson(true, schema(DebeziumModes.Times.CONNECT, NameAdjustment.NONE));
    assertThatThrownBy(() -> new EnvelopeReader().read(value))
        .isInstanceOf(StopException.class)
        .hasMessageContaining("does not hold all that the provider's have");
  }
}
