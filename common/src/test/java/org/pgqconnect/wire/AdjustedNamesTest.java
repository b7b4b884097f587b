/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.json.JsonConverter;
import org.apache.kafka.connect.storage.Converter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pgqconnect.batch.BatchId;
import org.pgqconnect.batch.Change;
import org.pgqconnect.batch.Operation;
import org.pgqconnect.batch.Row;
import org.pgqconnect.batch.TableId;

/** Whatever names records have, they are read by the columns' own. */
class AdjustedNamesTest {
  private static final TableId TABLE = new TableId("pub lic", "1t");
  private static final BatchId BATCH = new BatchId(57, 3);

  // In mode avro my-col and a_b would be fine together, but not my-col and my_col.
  private static final List<String> COLUMNS = List.of("my-col", "1st", "a_b", "_u002d", "plain");

  private static EnvelopeSchema schema(NameAdjustment mode) {
    return new EnvelopeSchema(
        new EnvelopeSchema.Origin("1", "av-p", "db", "queue", mode, mode, Optional.empty()),
        TABLE,
        COLUMNS.stream()
            .map(c -> new EnvelopeSchema.Column(c, Schema.OPTIONAL_STRING_SCHEMA))
            .toList(),
        new int[] {0});
  }

  private static Object through(Converter converter, Schema schema, Object value) {
    return converter
        .toConnectData("topic", converter.fromConnectData("topic", schema, value))
        .value();
  }

  private static List<Converter> converters() {
    JsonConverter withSchemas = new JsonConverter();
    withSchemas.configure(Map.of("schemas.enable", true), false);
    JsonConverter without = new JsonConverter();
    without.configure(Map.of("schemas.enable", false), false);
    PlainJsonConverter plain = new PlainJsonConverter();
    plain.configure(Map.of(), false);
    return List.of(withSchemas, without, plain);
  }

  @ParameterizedTest
  @EnumSource
  void columnsHaveTheirOwnNames(NameAdjustment mode) {
    EnvelopeSchema schema = schema(mode);
    Object[] values = {"0", "1", "2", "3", "4"};
    EnvelopeSchema.Stamp stamp =
        new EnvelopeSchema.Stamp(
            BATCH, BATCH.toString(), Operation.UPDATE, 9, 4, 1234, 77, 1_700_000_000_123_456L, 5);
    for (Converter converter : converters()) {
      Change change =
          new EnvelopeReader()
              .read(through(converter, schema.envelope(), schema.value(stamp, values, values)));
      for (Row row : List.of(change.before(), change.after())) {
        assertThat(row.columns()).containsExactlyInAnyOrderElementsOf(COLUMNS);
        assertThat(row.size()).isEqualTo(COLUMNS.size());
        for (int i = 0; i < values.length; i++) {
          assertThat(row.has(COLUMNS.get(i))).isTrue();
          assertThat(row.get(COLUMNS.get(i))).isEqualTo(values[i]);
        }
        assertThat(row.has("my_col")).as("none of the table's").isFalse();
        assertThat(row.get("my_col")).isNull();
        assertThat(row.has("my_u002dcol")).isFalse();
      }
      assertThat(change.table()).isEqualTo(TABLE);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"AVRO", "AVRO_UNICODE"})
  void namesOfSchemasAndFieldsAreLegal(NameAdjustment mode) {
    EnvelopeSchema schema = schema(mode);
    Struct key = schema.key(new Object[] {"0", "1", "2", "3", "4"});
    assertThat(key.get(key.schema().fields().get(0))).isEqualTo("0");
    for (Schema each :
        List.of(schema.key(), schema.envelope(), schema.envelope().field("after").schema())) {
      assertThat(each.name().split("\\.")).allMatch(NameAdjustment::isLegal);
      assertThat(each.fields()).extracting(Field::name).allMatch(NameAdjustment::isLegal);
    }
  }

  @ParameterizedTest
  @EnumSource
  void theSourceSaysNothingOfNamesThatStayAsTheyAre(NameAdjustment mode) {
    Schema source = schema(mode).envelope().field("source").schema();
    assertThat(source.field("field_names") == null).isEqualTo(mode == NameAdjustment.NONE);
    assertThat(source.field("columns") == null).isEqualTo(mode == NameAdjustment.NONE);
  }
}
