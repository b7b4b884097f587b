/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.json.JsonConverter;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.BatchBounds;
import org.pgqconnect.batch.BatchEnd;
import org.pgqconnect.batch.BatchId;
import org.pgqconnect.batch.BatchTable;
import org.pgqconnect.batch.Boundary;
import org.pgqconnect.batch.CopyProgress;
import org.pgqconnect.batch.Operation;
import org.pgqconnect.batch.StartTick;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableId;

/** A record that lacks a field is read without it, or refused with words: nothing else happens. */
class BrokenRecordsTest {
  private static final TableId TABLE = new TableId("public", "t");
  private static final BatchId BATCH = new BatchId(57, 3);
  private static final BatchBounds BOUNDS = new BatchBounds(50, 57);

  private static final Boundary END =
      new BatchEnd(
          BATCH,
          BOUNDS,
          "queue",
          "provider",
          "identity",
          "2026-11-23 10:00:00+00",
          "1:5:2,3",
          Map.of("public.t", 3L),
          List.of(new CopyProgress(TABLE, 2, true, false, 500, 0)),
          List.of(new StartTick(5, "2026-11-23 09:00:00+00")));

  private static final Boundary DEFINITION =
      new BatchTable(
          BATCH,
          BOUNDS,
          "queue",
          "provider",
          "identity",
          new TableDefinition(
              TABLE, List.of(new TableDefinition.Column("id", "bigint", true)), List.of("id")));

  private static Object json(Schema schema, Object value) {
    try (JsonConverter converter = new JsonConverter()) {
      converter.configure(Map.of("schemas.enable", false), false);
      return converter.toConnectData("t", converter.fromConnectData("t", schema, value)).value();
    }
  }

  /** All values that differ from one in a single field or element, which is null. */
  private static List<Object> broken(Object value) {
    List<Object> variants = new ArrayList<>();
    if (value instanceof Map<?, ?> map) {
      map.forEach(
          (name, field) -> {
            Consumer<Object> with =
                other -> {
                  Map<Object, Object> copy = new HashMap<>(map);
                  copy.put(name, other);
                  variants.add(copy);
                };
            with.accept(null);
            broken(field).forEach(with);
          });
    } else if (value instanceof List<?> list) {
      for (int i = 0; i < list.size(); i++) {
        List<Object> inner = broken(list.get(i));
        inner.add(null);
        for (Object other : inner) {
          List<Object> copy = new ArrayList<>(list);
          copy.set(i, other);
          variants.add(copy);
        }
      }
    }
    return variants;
  }

  private static void requireReadOrRefused(List<Object> records, Consumer<Object> reader) {
    assertThat(records).hasSizeGreaterThan(5);
    for (Object broken : records) {
      try {
        reader.accept(broken);
      } catch (IllegalArgumentException e) {
        assertThat(e.getMessage()).as(broken.toString()).isNotBlank();
      }
    }
  }

  @Test
  void boundaries() {
    for (Boundary boundary : List.of(END, DEFINITION)) {
      Object value = json(BoundarySchema.VALUE, BoundarySchema.value(boundary, 0));
      assertThat(BoundarySchema.read(value)).isEqualTo(boundary);
      requireReadOrRefused(broken(value), BoundarySchema::read);
    }
  }

  @Test
  void rows() {
    EnvelopeSchema schema =
        new EnvelopeSchema(
            new EnvelopeSchema.Origin("1", "bank", "db", "queue"),
            TABLE,
            List.of(new EnvelopeSchema.Column("id", Schema.INT64_SCHEMA)),
            new int[] {0});
    EnvelopeSchema.Stamp stamp =
        new EnvelopeSchema.Stamp(
            BATCH, BATCH.toString(), Operation.UPDATE, 9, 4, 1234, 77, 1_700_000_000_123_456L, 5);
    Object value =
        json(schema.envelope(), schema.value(stamp, new Object[] {5L}, new Object[] {6L}));
    requireReadOrRefused(broken(value), record -> new EnvelopeReader().read(record));
  }

  @Test
  void theFieldThatIsMissingIsNamed() {
    Map<Object, Object> value =
        new HashMap<>((Map<?, ?>) json(BoundarySchema.VALUE, BoundarySchema.value(END, 0)));
    value.remove("provider");
    assertThatThrownBy(() -> BoundarySchema.read(value))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("it lacks field 'provider'");
  }
}
