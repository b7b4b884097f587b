/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.wire;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.kafka.connect.data.Struct;
import org.pgqconnect.batch.BatchId;
import org.pgqconnect.batch.Change;
import org.pgqconnect.batch.Operation;
import org.pgqconnect.batch.Row;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.StopException;

/**
 * Reads envelopes that {@link EnvelopeSchema} wrote, from a Struct or a schemaless Map. Remembers
 * the last batch id, the tables it met and how names were adjusted last, so that a row costs no
 * parsing of names. Not thread safe.
 */
public final class EnvelopeReader {
  private final Map<String, Map<String, TableId>> tables = new HashMap<>();
  private String lastBatchName;
  private BatchId lastBatch;
  private String lastMode;
  private Object lastColumns;
  private Optional<FieldNames> lastNames = Optional.empty();

  /**
   * Reads one change.
   *
   * @throws IllegalArgumentException when the value is not an envelope of ours; the message says
   *     what is missing
   */
  public Change read(Object value) {
    Object transaction = Fields.get(value, EnvelopeSchema.TRANSACTION);
    Object source = Fields.get(value, EnvelopeSchema.SOURCE);
    String op = Fields.text(value, EnvelopeSchema.OP);
    if (source == null || op == null) {
      throw new IllegalArgumentException("it has no 'source' and 'op' fields");
    }
    if (transaction == null) {
      throw new IllegalArgumentException(
          "it has no 'transaction' field, so it belongs to no batch");
    }
    boolean debezium = hasDebeziumValues(source);
    Optional<FieldNames> adjusted = fieldNames(source);
    return new Change(
        batch(Fields.text(transaction, "id")),
        table(Fields.text(source, "schema"), Fields.text(source, "table")),
        Operation.of(op),
        Fields.number(transaction, "total_order"),
        Fields.number(transaction, "data_collection_order"),
        Fields.number(source, "ev_id"),
        image(value, EnvelopeSchema.BEFORE, debezium, adjusted),
        image(value, EnvelopeSchema.AFTER, debezium, adjusted));
  }

  /**
   * Whether values have Debezium's types.
   *
   * @throws StopException when they cannot be read back: nothing in the record says what a number
   *     is, or digits are gone
   */
  private static boolean hasDebeziumValues(Object source) {
    String values = Fields.text(source, SourceSchema.VALUES);
    if (values == null) {
      return false;
    }
    if (!values.equals(SourceSchema.EXACT)) {
      throw new StopException(
          "Values were published as \"%s\", which does not hold all that the provider's have, so the subscriber would differ. Remove decimal.handling.mode, time.precision.mode and interval.handling.mode from the source connector's configuration, or give this subscriber a source connector of its own"
              .formatted(values));
    }
    if (!(source instanceof Struct struct)
        || !SourceSchema.DEBEZIUM_NAME.equals(struct.schema().name())) {
      throw new StopException(
          "Values were published with values=debezium, and the converter delivered them without the"
              + " names of their schemas, so that nothing says which number is a date. Use a"
              + " converter that writes schemas on both connectors"
              + " (org.apache.kafka.connect.json.JsonConverter with"
              + " value.converter.schemas.enable=true, or Avro with a schema registry), or"
              + " values=text on the source connector");
    }
    return true;
  }

  private static Row image(
      Object value, String field, boolean debezium, Optional<FieldNames> adjusted) {
    Row image = RowImages.of(Fields.get(value, field), debezium);
    return adjusted.isPresent() ? adjusted.get().rename(image) : image;
  }

  private Optional<FieldNames> fieldNames(Object source) {
    String mode = Fields.text(source, SourceSchema.FIELD_NAMES);
    if (mode == null) {
      return Optional.empty();
    }
    Object columns = Fields.get(source, SourceSchema.COLUMNS);
    if (!mode.equals(lastMode) || !Objects.equals(columns, lastColumns)) {
      lastNames = FieldNames.of(mode, columns);
      lastMode = mode;
      lastColumns = columns;
    }
    return lastNames;
  }

  /**
   * Whose change a record is.
   *
   * @return nulls where the record does not say it
   */
  public static Owner owner(Object value) {
    Object source = Fields.isRecord(value) ? Fields.get(value, EnvelopeSchema.SOURCE) : null;
    return Fields.isRecord(source)
        ? new Owner(Fields.text(source, "name"), Fields.text(source, "queue"))
        : new Owner(null, null);
  }

  /**
   * Who published a record.
   *
   * @param prefix the source connector's {@code topic.prefix}
   * @param queue the queue that it reads
   */
  public record Owner(String prefix, String queue) {}

  private BatchId batch(String name) {
    if (name == null) {
      throw new IllegalArgumentException("its 'transaction' has no 'id'");
    }
    if (!name.equals(lastBatchName)) {
      lastBatch = BatchId.parse(name);
      lastBatchName = name;
    }
    return lastBatch;
  }

  private TableId table(String schema, String table) {
    if (schema == null || table == null) {
      throw new IllegalArgumentException("its 'source' names no schema and table");
    }
    return tables
        .computeIfAbsent(schema, s -> new HashMap<>())
        .computeIfAbsent(table, t -> new TableId(schema, t));
  }
}
