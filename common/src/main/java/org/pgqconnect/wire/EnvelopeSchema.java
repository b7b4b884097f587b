/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.wire;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.pgqconnect.batch.BatchId;
import org.pgqconnect.batch.Operation;
import org.pgqconnect.batch.TableId;

/**
 * Writes the changes of one table in one layout: key and envelope. {@link EnvelopeReader} reads
 * them back.
 */
public final class EnvelopeSchema {
  static final String BEFORE = "before";
  static final String AFTER = "after";
  static final String SOURCE = "source";
  static final String TRANSACTION = "transaction";
  static final String OP = "op";
  static final String TS_MS = "ts_ms";

  static final String FIELD_NAMES = "field_names";
  static final String COLUMNS = "columns";

  private static final Schema SOURCE_SCHEMA = sourceSchema().build();

  private static final Schema ADJUSTED_SOURCE_SCHEMA =
      sourceSchema()
          .field(FIELD_NAMES, Schema.STRING_SCHEMA)
          .field(
              COLUMNS,
              SchemaBuilder.map(Schema.STRING_SCHEMA, Schema.STRING_SCHEMA).optional().build())
          .build();

  private static SchemaBuilder sourceSchema() {
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

  static final Schema TRANSACTION_SCHEMA =
      SchemaBuilder.struct()
          .optional()
          .name("event.block")
          .version(1)
          .field("id", Schema.STRING_SCHEMA)
          .field("total_order", Schema.INT64_SCHEMA)
          .field("data_collection_order", Schema.INT64_SCHEMA)
          .build();

  private final Origin origin;
  private final TableId table;
  private final List<Column> columns;
  private final int[] keyColumns;
  private final Schema key;
  private final Schema row;
  private final Schema source;
  private final Schema envelope;
  private final Map<String, String> adjustedColumns;

  /**
   * @param origin what is the same in every record of the connector
   * @param columns the layout's columns, in order
   * @param keyColumns indexes into {@code columns}, in key order
   */
  public EnvelopeSchema(Origin origin, TableId table, List<Column> columns, int[] keyColumns) {
    this.origin = origin;
    this.table = table;
    this.columns = List.copyOf(columns);
    this.keyColumns = keyColumns.clone();
    String name = origin.schemaNames().adjustFull(new TopicNames(origin.prefix()).table(table));
    this.key = keySchema(name);
    this.row = rowSchema(name);
    this.source =
        origin.fieldNames() == NameAdjustment.NONE ? SOURCE_SCHEMA : ADJUSTED_SOURCE_SCHEMA;
    this.adjustedColumns =
        origin.fieldNames() == NameAdjustment.AVRO
            ? columns.stream()
                .map(Column::name)
                .filter(column -> !field(column).equals(column))
                .collect(Collectors.toMap(this::field, column -> column))
            : Map.of();
    this.envelope =
        SchemaBuilder.struct()
            .name(name + ".Envelope")
            .version(1)
            .field(BEFORE, row)
            .field(AFTER, row)
            .field(SOURCE, source)
            .field(TRANSACTION, TRANSACTION_SCHEMA)
            .field(OP, Schema.STRING_SCHEMA)
            .field(TS_MS, Schema.OPTIONAL_INT64_SCHEMA)
            .build();
  }

  private Schema keySchema(String name) {
    SchemaBuilder builder = SchemaBuilder.struct().name(name + ".Key");
    for (int i : keyColumns) {
      builder.field(field(columns.get(i).name()), columns.get(i).schema());
    }
    return builder.build();
  }

  private Schema rowSchema(String name) {
    SchemaBuilder builder = SchemaBuilder.struct().optional().name(name + ".Value");
    for (Column column : columns) {
      builder.field(field(column.name()), column.schema());
    }
    return builder.build();
  }

  private String field(String column) {
    return origin.fieldNames().adjust(column);
  }

  /** The record's key schema. */
  public Schema key() {
    return key;
  }

  /** The record's value schema. */
  public Schema envelope() {
    return envelope;
  }

  /** The key of a row; {@code values} are in the order of the layout's columns. */
  public Struct key(Object[] values) {
    Struct struct = new Struct(key);
    List<Field> fields = key.fields();
    for (int i = 0; i < keyColumns.length; i++) {
      struct.put(fields.get(i), values[keyColumns[i]]);
    }
    return struct;
  }

  /**
   * One change.
   *
   * @param before the old row in the order of the layout's columns, or null
   * @param after the new row in the order of the layout's columns, or null
   */
  public Struct value(Stamp stamp, Object[] before, Object[] after) {
    Struct value = new Struct(envelope);
    value.put(BEFORE, rowStruct(before));
    value.put(AFTER, rowStruct(after));
    value.put(SOURCE, sourceStruct(stamp));
    value.put(
        TRANSACTION,
        new Struct(TRANSACTION_SCHEMA)
            .put("id", stamp.batchName())
            .put("total_order", stamp.order())
            .put("data_collection_order", stamp.tableOrder()));
    value.put(OP, stamp.operation().code());
    value.put(TS_MS, stamp.producedMillis());
    return value;
  }

  private Struct rowStruct(Object[] values) {
    if (values == null) {
      return null;
    }
    Struct struct = new Struct(row);
    List<Field> fields = row.fields();
    for (int i = 0; i < values.length; i++) {
      struct.put(fields.get(i), values[i]);
    }
    return struct;
  }

  /** By fields, as finding each by its name would take as long as storing its value. */
  private Struct sourceStruct(Stamp stamp) {
    List<Field> fields = source.fields();
    Struct struct =
        new Struct(source)
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
    if (origin.fieldNames() != NameAdjustment.NONE) {
      struct
          .put(fields.get(13), origin.fieldNames().label())
          .put(fields.get(14), adjustedColumns.isEmpty() ? null : adjustedColumns);
    }
    return struct;
  }

  /** A column and how its values travel. The schema is optional unless the column is in the key. */
  public record Column(String name, Schema schema) {}

  /**
   * What is the same in every record of a connector.
   *
   * @param schemaNames what becomes of schemas' names
   * @param fieldNames what becomes of columns' names; no two of a table may become one
   */
  public record Origin(
      String version,
      String prefix,
      String database,
      String queue,
      NameAdjustment schemaNames,
      NameAdjustment fieldNames) {
    /** Names stay as they are. */
    public Origin(String version, String prefix, String database, String queue) {
      this(version, prefix, database, queue, NameAdjustment.NONE, NameAdjustment.NONE);
    }
  }

  /**
   * Where a change stands.
   *
   * @param batchName {@code batch.toString()}, made once a batch
   * @param order the place in the batch, from 1
   * @param tableOrder the place among the table's rows in the batch, from 1
   * @param eventMicros when the row was written on the provider, microseconds since 1970 UTC
   * @param producedMillis when the connector made the record, milliseconds since 1970 UTC
   */
  public record Stamp(
      BatchId batch,
      String batchName,
      Operation operation,
      long order,
      long tableOrder,
      long eventId,
      long txId,
      long eventMicros,
      long producedMillis) {}
}
