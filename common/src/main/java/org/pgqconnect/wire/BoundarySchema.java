/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.wire;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.pgqconnect.batch.BatchBegin;
import org.pgqconnect.batch.BatchBounds;
import org.pgqconnect.batch.BatchEnd;
import org.pgqconnect.batch.BatchId;
import org.pgqconnect.batch.BatchTable;
import org.pgqconnect.batch.Boundary;
import org.pgqconnect.batch.CopyProgress;
import org.pgqconnect.batch.StartTick;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.SqlText;

/** Writes and reads the records of the transaction topic. */
public final class BoundarySchema {
  private static final Set<String> STATUSES = Set.of("BEGIN", "TABLE", "END");
  private static final Pattern FILL_WORD = Pattern.compile("[A-Z]+");

  private static final Schema COUNT =
      SchemaBuilder.struct()
          .name("event.collection")
          .version(1)
          .field("data_collection", Schema.STRING_SCHEMA)
          .field("event_count", Schema.INT64_SCHEMA)
          .build();

  private static final Schema COPY =
      SchemaBuilder.struct()
          .name("org.pgqconnect.Copy")
          .field("schema", Schema.STRING_SCHEMA)
          .field("table", Schema.STRING_SCHEMA)
          .field("copy_id", Schema.INT64_SCHEMA)
          .field("with_rows", Schema.BOOLEAN_SCHEMA)
          .field("first", Schema.BOOLEAN_SCHEMA)
          .field("last", Schema.BOOLEAN_SCHEMA)
          .field("rows", Schema.INT64_SCHEMA)
          .field("consistent_tick_id", Schema.INT64_SCHEMA)
          .field("empty", Schema.OPTIONAL_BOOLEAN_SCHEMA)
          .build();

  private static final Schema START_TICK =
      SchemaBuilder.struct()
          .name("org.pgqconnect.StartTick")
          .field("tick_id", Schema.INT64_SCHEMA)
          .field("tick_time", Schema.STRING_SCHEMA)
          .build();

  private static final Schema COLUMN =
      SchemaBuilder.struct()
          .name("org.pgqconnect.Column")
          .field("name", Schema.STRING_SCHEMA)
          .field("type", Schema.STRING_SCHEMA)
          .field("not_null", Schema.BOOLEAN_SCHEMA)
          .field("base", Schema.OPTIONAL_STRING_SCHEMA)
          .field("collation", Schema.OPTIONAL_STRING_SCHEMA)
          .field("fill", Schema.OPTIONAL_STRING_SCHEMA)
          .field("number", Schema.OPTIONAL_INT64_SCHEMA)
          .field("generated", Schema.OPTIONAL_STRING_SCHEMA)
          .build();

  // Beside the columns, of which only few have such types.
  private static final Schema EXPANDED =
      SchemaBuilder.struct()
          .name("org.pgqconnect.Expanded")
          .field("column", Schema.STRING_SCHEMA)
          .field("type", Schema.STRING_SCHEMA)
          .build();

  private static final Schema TABLE =
      SchemaBuilder.struct()
          .name("org.pgqconnect.Table")
          .field("schema", Schema.STRING_SCHEMA)
          .field("table", Schema.STRING_SCHEMA)
          .field("columns", SchemaBuilder.array(COLUMN).build())
          .field("key", SchemaBuilder.array(Schema.STRING_SCHEMA).build())
          .field("expanded", SchemaBuilder.array(EXPANDED).optional().build())
          .optional()
          .build();

  /** The value of a record of the transaction topic. */
  public static final Schema VALUE =
      SchemaBuilder.struct()
          .name("org.pgqconnect.Transaction")
          .version(1)
          .field("status", Schema.STRING_SCHEMA)
          .field("id", Schema.STRING_SCHEMA)
          .field("ts_ms", Schema.INT64_SCHEMA)
          .field("event_count", Schema.OPTIONAL_INT64_SCHEMA)
          .field("data_collections", SchemaBuilder.array(COUNT).optional().build())
          .field("prev_tick_id", Schema.INT64_SCHEMA)
          .field("tick_id", Schema.INT64_SCHEMA)
          .field("tick_time", Schema.OPTIONAL_STRING_SCHEMA)
          .field("snapshot", Schema.OPTIONAL_STRING_SCHEMA)
          .field("queue", Schema.STRING_SCHEMA)
          .field("provider", Schema.STRING_SCHEMA)
          .field("queue_identity", Schema.OPTIONAL_STRING_SCHEMA)
          .field("copies", SchemaBuilder.array(COPY).optional().build())
          .field("table", TABLE)
          .field("start_ticks", SchemaBuilder.array(START_TICK).optional().build())
          .build();

  /** The key of a record of the transaction topic. */
  public static final Schema KEY =
      SchemaBuilder.struct()
          .name("org.pgqconnect.TransactionKey")
          .version(1)
          .field("id", Schema.STRING_SCHEMA)
          .build();

  private BoundarySchema() {}

  /**
   * The record key of a boundary: that of BEGIN and END is their batch, that of a definition its
   * table, so that a compacted topic keeps the last one.
   */
  public static Struct key(Boundary boundary) {
    return new Struct(KEY)
        .put(
            "id",
            boundary instanceof BatchTable defined
                ? defined.table().table().toString()
                : boundary.id().toString());
  }

  /**
   * The record value of a boundary.
   *
   * @param producedMillis when the connector made the record, milliseconds since 1970 UTC
   */
  public static Struct value(Boundary boundary, long producedMillis) {
    Struct value =
        new Struct(VALUE)
            .put("id", boundary.id().toString())
            .put("ts_ms", producedMillis)
            .put("prev_tick_id", boundary.bounds().prevTickId())
            .put("tick_id", boundary.bounds().tickId())
            .put("queue", boundary.queue())
            .put("provider", boundary.provider())
            .put("queue_identity", boundary.queueIdentity());
    if (boundary instanceof BatchEnd end) {
      return value
          .put("status", "END")
          .put("event_count", end.eventCount())
          .put("data_collections", counts(end.counts()))
          .put("tick_time", end.tickTime())
          .put("snapshot", end.snapshot())
          .put("copies", end.copies().stream().map(BoundarySchema::copy).toList())
          .put("start_ticks", startTicks(end.startTicks()));
    }
    if (boundary instanceof BatchTable defined) {
      return value.put("status", "TABLE").put("table", table(defined.table()));
    }
    return value.put("status", "BEGIN");
  }

  private static List<Struct> counts(Map<String, Long> counts) {
    List<Struct> structs = new ArrayList<>(counts.size());
    new TreeMap<>(counts)
        .forEach(
            (table, count) ->
                structs.add(
                    new Struct(COUNT).put("data_collection", table).put("event_count", count)));
    return structs;
  }

  private static List<Struct> startTicks(List<StartTick> ticks) {
    return ticks.isEmpty()
        ? null
        : ticks.stream()
            .map(
                tick ->
                    new Struct(START_TICK).put("tick_id", tick.id()).put("tick_time", tick.time()))
            .toList();
  }

  private static Struct copy(CopyProgress copy) {
    return new Struct(COPY)
        .put("schema", copy.table().schema())
        .put("table", copy.table().table())
        .put("copy_id", copy.copyId())
        .put("with_rows", copy.withRows())
        .put("first", copy.first())
        .put("last", copy.last())
        .put("rows", copy.rows())
        .put("consistent_tick_id", copy.consistentTick())
        .put("empty", copy.isMark() ? copy.empty() : null);
  }

  private static Struct table(TableDefinition table) {
    List<Struct> columns =
        table.columns().stream()
            .map(
                c ->
                    new Struct(COLUMN)
                        .put("name", c.name())
                        .put("type", c.type())
                        .put("not_null", c.notNull())
                        .put("base", c.base())
                        .put("collation", c.collation())
                        .put("fill", c.fill())
                        .put("number", c.number())
                        .put("generated", c.generated()))
            .toList();
    List<Struct> expanded =
        table.columns().stream()
            .filter(c -> c.expanded() != null)
            .map(c -> new Struct(EXPANDED).put("column", c.name()).put("type", c.expanded()))
            .toList();
    return new Struct(TABLE)
        .put("schema", table.table().schema())
        .put("table", table.table().table())
        .put("columns", columns)
        .put("key", table.key())
        .put("expanded", expanded.isEmpty() ? null : expanded);
  }

  /** True when a value has the form of a transaction topic's record, ours or Debezium's. */
  public static boolean isBoundary(Object value) {
    return Fields.isRecord(value)
        && Fields.get(value, "status") instanceof String
        && Fields.get(value, "id") instanceof String
        && Fields.get(value, EnvelopeSchema.SOURCE) == null;
  }

  /**
   * Reads a record value of the transaction topic, from a Struct or a schemaless Map.
   *
   * @throws IllegalArgumentException when the value is not a batch boundary of ours; the message
   *     says what is wrong with it
   */
  public static Boundary read(Object value) {
    String status = Fields.isRecord(value) ? Fields.text(value, "status") : null;
    String id = Fields.isRecord(value) ? Fields.text(value, "id") : null;
    if (status == null || id == null) {
      throw new IllegalArgumentException("it has no 'status' and 'id' fields");
    }
    if (Fields.get(value, "tick_id") == null || Fields.get(value, "prev_tick_id") == null) {
      throw new IllegalArgumentException("it has no 'tick_id' and 'prev_tick_id' fields");
    }
    BatchId batch = BatchId.parse(id);
    BatchBounds bounds =
        new BatchBounds(Fields.number(value, "prev_tick_id"), Fields.number(value, "tick_id"));
    if (!STATUSES.contains(status)) {
      throw new IllegalArgumentException("its status is '" + status + "', not BEGIN, TABLE or END");
    }
    String queue = Fields.required(value, "queue");
    String provider = Fields.required(value, "provider");
    String queueIdentity = Fields.text(value, "queue_identity");
    switch (status) {
      case "BEGIN":
        return new BatchBegin(batch, bounds, queue, provider, queueIdentity);
      case "END":
        return new BatchEnd(
            batch,
            bounds,
            queue,
            provider,
            queueIdentity,
            Fields.required(value, "tick_time"),
            Fields.required(value, "snapshot"),
            readCounts(value),
            Fields.list(value, "copies").stream().map(BoundarySchema::readCopy).toList(),
            Fields.list(value, "start_ticks").stream().map(BoundarySchema::readStartTick).toList());
      default:
        return new BatchTable(
            batch, bounds, queue, provider, queueIdentity, readTable(Fields.get(value, "table")));
    }
  }

  private static Map<String, Long> readCounts(Object value) {
    Map<String, Long> counts = new LinkedHashMap<>();
    for (Object count : Fields.list(value, "data_collections")) {
      counts.put(Fields.required(count, "data_collection"), Fields.number(count, "event_count"));
    }
    return counts;
  }

  private static StartTick readStartTick(Object tick) {
    return new StartTick(Fields.number(tick, "tick_id"), Fields.required(tick, "tick_time"));
  }

  private static CopyProgress readCopy(Object copy) {
    return new CopyProgress(
        new TableId(Fields.required(copy, "schema"), Fields.required(copy, "table")),
        Fields.number(copy, "copy_id"),
        Fields.flag(copy, "with_rows"),
        Fields.flag(copy, "first"),
        Fields.flag(copy, "last"),
        Fields.number(copy, "rows"),
        Fields.number(copy, "consistent_tick_id"),
        Fields.get(copy, "empty") != null && Fields.flag(copy, "empty"));
  }

  /**
   * A client that can write to the topic must not have SQL run on subscribers, nor printed for an
   * operator to run: each text is what the server writes of one type, value or expression, and no
   * more.
   *
   * @throws IllegalArgumentException when it is not; no source writes that
   */
  private static TableDefinition.Column requireHarmless(TableDefinition.Column column) {
    requireHarmless(column, "type", SqlText.isOneExpression(column.type()));
    requireHarmless(column, "base", isNullOrOneExpression(column.base()));
    requireHarmless(column, "collation", isNullOrOneExpression(column.collation()));
    requireHarmless(column, "expanded", isNullOrOneExpression(column.expanded()));
    requireHarmless(column, "fill", column.fill() == null || isFill(column.fill()));
    requireHarmless(
        column,
        "generated",
        column.generated() == null
            || column.expression().filter(SqlText::isOneExpression).isPresent()
                && column.byPartition().filter(p -> !isHarmless(p)).isEmpty());
    return column;
  }

  private static void requireHarmless(
      TableDefinition.Column column, String field, boolean harmless) {
    if (!harmless) {
      throw new IllegalArgumentException(
          "field \"%s\" of column \"%s\" is more than one SQL expression"
              .formatted(field, column.name()));
    }
  }

  private static boolean isHarmless(TableDefinition.ByPartition computed) {
    return Stream.of(computed.partition(), computed.expression(), computed.whole())
        .allMatch(SqlText::isOneExpression);
  }

  private static boolean isNullOrOneExpression(String sql) {
    return sql == null || SqlText.isOneExpression(sql);
  }

  private static boolean isFill(String fill) {
    if (!fill.startsWith("DEFAULT ")) {
      return FILL_WORD.matcher(fill).matches();
    }
    String value = fill.substring("DEFAULT ".length());
    return SqlText.literal(value).isPresent() && SqlText.isOneExpression(value);
  }

  private static TableDefinition readTable(Object table) {
    Map<String, String> expanded = new HashMap<>();
    for (Object type : Fields.list(table, "expanded")) {
      expanded.put(Fields.text(type, "column"), Fields.text(type, "type"));
    }
    List<TableDefinition.Column> columns = new ArrayList<>();
    for (Object column : Fields.list(table, "columns")) {
      columns.add(
          requireHarmless(
              new TableDefinition.Column(
                  Fields.required(column, "name"),
                  Fields.required(column, "type"),
                  Fields.flag(column, "not_null"),
                  Fields.text(column, "base"),
                  Fields.text(column, "collation"),
                  Fields.text(column, "fill"),
                  Fields.get(column, "number") == null ? 0 : Fields.number(column, "number"),
                  Fields.text(column, "generated"),
                  expanded.get(Fields.text(column, "name")))));
    }
    List<String> key = new ArrayList<>();
    for (Object column : Fields.list(table, "key")) {
      if (column == null) {
        throw new IllegalArgumentException("field 'key' of its table holds null");
      }
      key.add(column.toString());
    }
    return new TableDefinition(
        new TableId(Fields.required(table, "schema"), Fields.required(table, "table")),
        columns,
        key);
  }
}
