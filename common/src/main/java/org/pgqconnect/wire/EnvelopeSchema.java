/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.wire;

import java.util.List;
import java.util.Map;
import java.util.Optional;
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

  private static final String TS_US = "ts_us";
  private static final String TS_NS = "ts_ns";

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
  private final SourceSchema source;
  private final Schema envelope;

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
    this.source = new SourceSchema(origin, table, adjustedColumns());
    this.envelope = envelopeSchema(name);
  }

  private Map<String, String> adjustedColumns() {
    return origin.fieldNames() == NameAdjustment.AVRO
        ? columns.stream()
            .map(Column::name)
            .filter(column -> !field(column).equals(column))
            .collect(Collectors.toMap(this::field, column -> column))
        : Map.of();
  }

  private Schema envelopeSchema(String name) {
    SchemaBuilder builder =
        SchemaBuilder.struct()
            .name(name + ".Envelope")
            .version(origin.debezium().isPresent() ? 2 : 1)
            .field(BEFORE, row)
            .field(AFTER, row)
            .field(SOURCE, source.schema())
            .field(TRANSACTION, TRANSACTION_SCHEMA)
            .field(OP, Schema.STRING_SCHEMA)
            .field(TS_MS, Schema.OPTIONAL_INT64_SCHEMA);
    if (origin.debezium().isPresent()) {
      builder.field(TS_US, Schema.OPTIONAL_INT64_SCHEMA).field(TS_NS, Schema.OPTIONAL_INT64_SCHEMA);
    }
    return builder.build();
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

  /** Whether a row has a value wherever the schema wants one; true for no row. */
  public boolean fits(Object[] values) {
    if (values != null) {
      List<Field> fields = row.fields();
      for (int i = 0; i < values.length; i++) {
        if (values[i] == null && !fields.get(i).schema().isOptional()) {
          return false;
        }
      }
    }
    return true;
  }

  /** The key of a row; {@code values} are in the order of the layout's columns. */
  public Struct key(Object[] values) {
    Struct struct = new Struct(key);
    List<Field> fields = key.fields();
    for (int i = 0; i < keyColumns.length; i++) {
      struct.put(fields.get(i), columns.get(keyColumns[i]).encoded(values[keyColumns[i]]));
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
    value.put(SOURCE, source.struct(stamp));
    value.put(
        TRANSACTION,
        new Struct(TRANSACTION_SCHEMA)
            .put("id", stamp.batchName())
            .put("total_order", stamp.order())
            .put("data_collection_order", stamp.tableOrder()));
    value.put(OP, stamp.operation().code());
    value.put(TS_MS, stamp.producedMillis());
    if (origin.debezium().isPresent()) {
      value.put(TS_US, stamp.producedMillis() * 1_000);
      value.put(TS_NS, stamp.producedMillis() * 1_000_000);
    }
    return value;
  }

  private Struct rowStruct(Object[] values) {
    if (values == null) {
      return null;
    }
    Struct struct = new Struct(row);
    List<Field> fields = row.fields();
    for (int i = 0; i < values.length; i++) {
      struct.put(fields.get(i), columns.get(i).encoded(values[i]));
    }
    return struct;
  }

  /**
   * A column and how its values travel.
   *
   * @param schema of its values; not optional in the key
   * @param encoder makes them of what {@link ColumnType#value} made
   */
  public record Column(String name, Schema schema, ValueForm.Encoder encoder) {
    /** Values travel as they are. */
    public Column(String name, Schema schema) {
      this(name, schema, (same, value) -> value);
    }

    private Object encoded(Object value) {
      if (value == null) {
        return null;
      }
      try {
        return encoder.encode(schema, value);
      } catch (InexactValueException e) {
        throw e.of(name);
      } catch (IllegalArgumentException e) {
        throw new InexactValueException(
                "a value that is not written as our triggers write it (%s)"
                    .formatted(e.getMessage()),
                null)
            .of(name);
      }
    }
  }

  /**
   * What is the same in every record of a connector.
   *
   * @param schemaNames what becomes of schemas' names
   * @param fieldNames what becomes of columns' names; no two of a table may become one
   * @param debezium which of Debezium's types values have; empty for our own
   */
  public record Origin(
      String version,
      String prefix,
      String database,
      String queue,
      NameAdjustment schemaNames,
      NameAdjustment fieldNames,
      Optional<DebeziumModes> debezium) {
    /** Names stay as they are, values are our own. */
    public Origin(String version, String prefix, String database, String queue) {
      this(
          version,
          prefix,
          database,
          queue,
          NameAdjustment.NONE,
          NameAdjustment.NONE,
          Optional.empty());
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
