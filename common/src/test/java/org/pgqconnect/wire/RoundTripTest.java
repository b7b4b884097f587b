/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.json.JsonConverter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.pgqconnect.batch.BatchBegin;
import org.pgqconnect.batch.BatchBounds;
import org.pgqconnect.batch.BatchEnd;
import org.pgqconnect.batch.BatchId;
import org.pgqconnect.batch.BatchTable;
import org.pgqconnect.batch.Boundary;
import org.pgqconnect.batch.Change;
import org.pgqconnect.batch.CopyProgress;
import org.pgqconnect.batch.Operation;
import org.pgqconnect.batch.StartTick;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableId;

/** What is written is what is read, through JSON with schemas (Struct) and without (Map). */
class RoundTripTest {
  private static final TableId TABLE = new TableId("Pub lic", "t.x");
  private static final BatchId BATCH = new BatchId(57, 3);
  private final EnvelopeSchema schema =
      new EnvelopeSchema(
          new EnvelopeSchema.Origin("1", "bank", "db", "queue"),
          TABLE,
          List.of(
              new EnvelopeSchema.Column("id", Schema.INT64_SCHEMA),
              new EnvelopeSchema.Column("flag", Schema.OPTIONAL_BOOLEAN_SCHEMA),
              new EnvelopeSchema.Column("v", Schema.OPTIONAL_STRING_SCHEMA)),
          new int[] {0});

  private static Object throughJson(boolean schemas, Schema schema, Object value) {
    try (JsonConverter converter = new JsonConverter()) {
      converter.configure(Map.of("schemas.enable", schemas), false);
      byte[] json = converter.fromConnectData("topic", schema, value);
      return converter.toConnectData("topic", json).value();
    }
  }

  private Change change(boolean schemas, Operation operation, Object[] before, Object[] after) {
    EnvelopeSchema.Stamp stamp =
        new EnvelopeSchema.Stamp(
            BATCH, BATCH.toString(), operation, 9, 4, 1234, 77, 1_700_000_000_123_456L, 5);
    Object value = throughJson(schemas, schema.envelope(), schema.value(stamp, before, after));
    return new EnvelopeReader().read(value);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void rows(boolean schemas) {
    Change change =
        change(
            schemas,
            Operation.UPDATE,
            new Object[] {5L, null, null},
            new Object[] {6L, true, "é\n"});
    assertThat(change.batch()).isEqualTo(BATCH);
    assertThat(change.table()).isEqualTo(TABLE);
    assertThat(change.operation()).isEqualTo(Operation.UPDATE);
    assertThat(change.order()).isEqualTo(9);
    assertThat(change.tableOrder()).isEqualTo(4);
    assertThat(change.eventId()).isEqualTo(1234);
    assertThat(change.before().get("id")).isEqualTo(5L);
    assertThat(change.after().columns()).containsExactlyInAnyOrder("id", "flag", "v");
    assertThat(change.after().size()).isEqualTo(3);
    assertThat(change.after().get("id")).isEqualTo(6L);
    assertThat(change.after().get("flag")).isEqualTo(true);
    assertThat(change.after().get("v")).isEqualTo("é\n");
    assertThat(change.before().has("flag")).isTrue();
    assertThat(change.before().get("flag")).isNull();
    assertThat(change.after().has("none")).isFalse();
    assertThat(change.after().get("none")).isNull();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void operationsWithoutRows(boolean schemas) {
    Change truncate = change(schemas, Operation.TRUNCATE, null, null);
    assertThat(truncate.before()).isNull();
    assertThat(truncate.after()).isNull();
    Change delete = change(schemas, Operation.DELETE, new Object[] {5L, null, null}, null);
    assertThat(delete.before().get("id")).isEqualTo(5L);
    assertThat(delete.after()).isNull();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void keys(boolean schemas) {
    Object key = throughJson(schemas, schema.key(), schema.key(new Object[] {5L, true, "x"}));
    assertThat(Fields.number(key, "id")).isEqualTo(5);
    assertThat(Fields.get(key, "v")).isNull();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void boundaries(boolean schemas) {
    BatchBounds bounds = new BatchBounds(50, 57);
    Boundary begin = new BatchBegin(BATCH, bounds, "queue", "uuid", "made");
    Boundary end =
        new BatchEnd(
            BATCH,
            bounds,
            "queue",
            "uuid",
            null,
            "2026-11-23 10:00:00+00",
            "1:5:2,3",
            Map.of("public.a", 3L, "public.b", 4_000_000_000L),
            List.of(
                new CopyProgress(TABLE, 2, true, false, 500, 0),
                CopyProgress.toCome(TABLE, 3),
                CopyProgress.mark(new TableId("public", "held"), 3, 5, true)),
            List.of(
                new StartTick(5, "2026-11-23 09:00:00+00"),
                new StartTick(6, "2026-11-23 09:30:00.000001+00")));
    Boundary table =
        new BatchTable(
            BATCH,
            bounds,
            "queue",
            "uuid",
            "made",
            new TableDefinition(
                TABLE,
                List.of(
                    new TableDefinition.Column("id", "bigint", true),
                    new TableDefinition.Column(
                        "v",
                        "public.pair",
                        false,
                        "public.pair",
                        null,
                        null,
                        0,
                        null,
                        "row(a numeric(12,4))")),
                List.of("id")));
    for (Boundary boundary : List.of(begin, table, end)) {
      Object value = throughJson(schemas, BoundarySchema.VALUE, BoundarySchema.value(boundary, 1));
      assertThat(BoundarySchema.read(value)).isEqualTo(boundary);
    }
    assertThat(((BatchEnd) end).eventCount()).isEqualTo(4_000_000_003L);
    assertThat(BoundarySchema.key(end).get("id")).isEqualTo("57:3");
    assertThat(BoundarySchema.key(table).get("id")).isEqualTo(TABLE.toString());
  }

  @Test
  void saysWhatARecordLacks() {
    EnvelopeReader reader = new EnvelopeReader();
    Map<String, Object> source = Map.of("schema", "s", "table", "t", "ev_id", 1);
    for (Object value : new Object[] {Map.of("id", 1), "text", 5L}) {
      assertThatThrownBy(() -> reader.read(value))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("it has no 'source' and 'op' fields");
    }
    assertThatThrownBy(() -> reader.read(Map.of("source", source, "op", "c")))
        .hasMessage("it has no 'transaction' field, so it belongs to no batch");
    assertThatThrownBy(
            () -> reader.read(Map.of("source", source, "op", "c", "transaction", Map.of())))
        .hasMessage("its 'transaction' has no 'id'");
    Map<String, Object> transaction = Map.of("id", "1:1", "total_order", 1);
    assertThatThrownBy(
            () -> reader.read(Map.of("source", source, "op", "c", "transaction", transaction)))
        .hasMessage("field 'data_collection_order' is null, not a number");
    assertThatThrownBy(
            () -> reader.read(Map.of("source", Map.of(), "op", "c", "transaction", transaction)))
        .hasMessage("its 'source' names no schema and table");
    assertThatThrownBy(
            () -> reader.read(Map.of("source", source, "op", "x", "transaction", transaction)))
        .hasMessageContaining("Unknown operation 'x'");
  }

  @Test
  void saysWhatABoundaryLacks() {
    assertThatThrownBy(() -> BoundarySchema.read("x"))
        .hasMessage("it has no 'status' and 'id' fields");
    assertThatThrownBy(() -> BoundarySchema.read(Map.of("status", "END", "id", "571")))
        .hasMessage("it has no 'tick_id' and 'prev_tick_id' fields");
    Map<String, Object> ticks =
        Map.of("status", "WHAT", "id", "2:1", "tick_id", 2, "prev_tick_id", 1);
    assertThatThrownBy(() -> BoundarySchema.read(ticks))
        .hasMessage("its status is 'WHAT', not BEGIN, TABLE or END");
    assertThatThrownBy(
            () ->
                BoundarySchema.read(
                    Map.of("status", "END", "id", "571", "tick_id", 2, "prev_tick_id", 1)))
        .hasMessageContaining("'571' is not a batch id: expected <tick id>:<attempt>");
  }

  @Test
  void aRowImageOfAnotherKindIsRefused() {
    Map<String, Object> value =
        Map.of(
            "source",
            Map.of("schema", "s", "table", "t", "ev_id", 1),
            "op",
            "c",
            "transaction",
            Map.of("id", "1:1", "total_order", 1, "data_collection_order", 1),
            "after",
            "text");
    assertThatThrownBy(() -> new EnvelopeReader().read(value))
        .hasMessageContaining("a row image is a java.lang.String")
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void topicNamesAreLegal() {
    TopicNames names = new TopicNames("bank");
    assertThat(names.table(new TableId("public", "accounts"))).isEqualTo("bank.public.accounts");
    assertThat(names.table(new TableId("Pub lic", "t\"ä-_.1"))).isEqualTo("bank.Pub_lic.t__-_.1");
    assertThat(names.transaction()).isEqualTo("bank.transaction");
  }
}
