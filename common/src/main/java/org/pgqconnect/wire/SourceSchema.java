/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.wire;

import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.pgqconnect.batch.Operation;
import org.pgqconnect.batch.TableId;

/**
 * The {@code source} of a row: where it comes from, and how its values and names were written. With
 * {@code values=debezium} it has the fields of Debezium's PostgreSQL connector, and ours behind
 * them.
 */
final class SourceSchema {
  static final String FIELD_NAMES = "field_names";
  static final String COLUMNS = "columns";
  static final String VALUES = "values";

  /** Values that can be read back as they were. */
  static final String EXACT = "debezium";

  static final String DEBEZIUM_NAME = "io.debezium.connector.postgresql.Source";

  /** Values of a mode that loses something. */
  static final String INEXACT = "debezium,inexact";

  private static final Schema PLAIN = plain().build();
  private static final Schema ADJUSTED = withNames(plain()).build();
  private static final Schema DEBEZIUM = debezium().build();
  private static final Schema ADJUSTED_DEBEZIUM = withNames(debezium()).build();

  private final EnvelopeSchema.Origin origin;
  private final TableId table;
  private final Map<String, String> columns;
  private final Schema schema;

  /**
   * @param columns the columns whose fields have other names, by these; empty where names can be
   *     read back
   */
  SourceSchema(EnvelopeSchema.Origin origin, TableId table, Map<String, String> columns) {
    this.origin = origin;
    this.table = table;
    this.columns = columns;
    boolean adjusted = origin.fieldNames() != NameAdjustment.NONE;
    this.schema =
        origin.debezium().isPresent()
            ? adjusted ? ADJUSTED_DEBEZIUM : DEBEZIUM
            : adjusted ? ADJUSTED : PLAIN;
  }

  private static SchemaBuilder plain() {
    return SchemaBuilder.struct()
        .name("org.pgqconnect.Source")
        .field("version", Schema.STRING_SCHEMA)
        .field("connector", Schema.STRING_SCHEMA)
        .field("name", Schema.STRING_SCHEMA)
        .field("ts_ms", Schema.INT64_SCHEMA)
        .field("ts_us", Schema.INT64_SCHEMA)
        .field("db", Schema.STRING_SCHEMA)
        .field("schema", Schema.STRING_SCHEMA)
        .field("table", Schema.STRING_SCHEMA)
        .field("snapshot", Schema.STRING_SCHEMA)
        .field("queue", Schema.STRING_SCHEMA)
        .field("tick_id", Schema.INT64_SCHEMA)
        .field("ev_id", Schema.INT64_SCHEMA)
        .field("tx_id", Schema.INT64_SCHEMA);
  }

  private static SchemaBuilder withNames(SchemaBuilder builder) {
    return builder
        .field(FIELD_NAMES, Schema.STRING_SCHEMA)
        .field(
            COLUMNS,
            SchemaBuilder.map(Schema.STRING_SCHEMA, Schema.STRING_SCHEMA).optional().build());
  }

  private static SchemaBuilder debezium() {
    return SchemaBuilder.struct()
        .name(DEBEZIUM_NAME)
        .version(1)
        .field("version", Schema.STRING_SCHEMA)
        .field("connector", Schema.STRING_SCHEMA)
        .field("name", Schema.STRING_SCHEMA)
        .field("ts_ms", Schema.INT64_SCHEMA)
        .field(
            "snapshot",
            SchemaBuilder.string()
                .name("io.debezium.data.Enum")
                .version(1)
                .parameter(
                    "allowed",
                    "true,first,first_in_data_collection,last_in_data_collection,last,false,incremental")
                .optional()
                .defaultValue("false")
                .build())
        .field("db", Schema.STRING_SCHEMA)
        .field("sequence", Schema.OPTIONAL_STRING_SCHEMA)
        .field("ts_us", Schema.OPTIONAL_INT64_SCHEMA)
        .field("ts_ns", Schema.OPTIONAL_INT64_SCHEMA)
        .field("schema", Schema.STRING_SCHEMA)
        .field("table", Schema.STRING_SCHEMA)
        .field("txId", Schema.OPTIONAL_INT64_SCHEMA)
        .field("lsn", Schema.OPTIONAL_INT64_SCHEMA)
        .field("xmin", Schema.OPTIONAL_INT64_SCHEMA)
        .field("origin", Schema.OPTIONAL_STRING_SCHEMA)
        .field("origin_lsn", Schema.OPTIONAL_INT64_SCHEMA)
        .field("queue", Schema.STRING_SCHEMA)
        .field("tick_id", Schema.INT64_SCHEMA)
        .field("ev_id", Schema.INT64_SCHEMA)
        .field(VALUES, Schema.STRING_SCHEMA);
  }

  Schema schema() {
    return schema;
  }

  Struct struct(EnvelopeSchema.Stamp stamp) {
    return origin.debezium().isPresent() ? debezium(origin.debezium().get(), stamp) : plain(stamp);
  }

  /** By fields, as finding each by its name would take as long as storing its value. */
  private Struct plain(EnvelopeSchema.Stamp stamp) {
    List<Field> fields = schema.fields();
    Struct struct =
        new Struct(schema)
            .put(fields.get(0), origin.version())
            .put(fields.get(1), "pgq")
            .put(fields.get(2), origin.prefix())
            .put(fields.get(3), stamp.eventMicros() / 1000)
            .put(fields.get(4), stamp.eventMicros())
            .put(fields.get(5), origin.database())
            .put(fields.get(6), table.schema())
            .put(fields.get(7), table.table())
            .put(fields.get(8), stamp.operation() == Operation.READ ? "true" : "false")
            .put(fields.get(9), origin.queue())
            .put(fields.get(10), stamp.batch().tickId())
            .put(fields.get(11), stamp.eventId())
            .put(fields.get(12), stamp.txId());
    return withNames(struct, 13);
  }

  private Struct withNames(Struct struct, int from) {
    if (origin.fieldNames() != NameAdjustment.NONE) {
      List<Field> fields = schema.fields();
      struct
          .put(fields.get(from), origin.fieldNames().label())
          .put(fields.get(from + 1), columns.isEmpty() ? null : columns);
    }
    return struct;
  }

  private Struct debezium(DebeziumModes modes, EnvelopeSchema.Stamp stamp) {
    boolean copied = stamp.operation() == Operation.READ;
    List<Field> fields = schema.fields();
    Struct struct =
        new Struct(schema)
            .put(fields.get(0), origin.version())
            .put(fields.get(1), "postgresql")
            .put(fields.get(2), origin.prefix())
            .put(fields.get(3), stamp.eventMicros() / 1000)
            .put(fields.get(4), copied ? "incremental" : "false")
            .put(fields.get(5), origin.database())
            .put(
                fields.get(6), "[\"%d\",\"%d\"]".formatted(stamp.batch().tickId(), stamp.eventId()))
            .put(fields.get(7), stamp.eventMicros())
            .put(fields.get(8), stamp.eventMicros() * 1000)
            .put(fields.get(9), table.schema())
            .put(fields.get(10), table.table())
            .put(fields.get(11), copied ? null : stamp.txId())
            .put(fields.get(16), origin.queue())
            .put(fields.get(17), stamp.batch().tickId())
            .put(fields.get(18), stamp.eventId())
            .put(fields.get(19), modes.areExact() ? EXACT : INEXACT);
    return withNames(struct, 20);
  }
}
