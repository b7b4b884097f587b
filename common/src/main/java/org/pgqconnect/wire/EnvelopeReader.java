/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.wire;

import java.util.HashMap;
import java.util.Map;
import org.pgqconnect.batch.BatchId;
import org.pgqconnect.batch.Change;
import org.pgqconnect.batch.Operation;
import org.pgqconnect.batch.TableId;

/**
 * Reads envelopes that {@link EnvelopeSchema} wrote, from a Struct or a schemaless Map. Remembers
 * the last batch id and the tables it met, so that a row costs no parsing of names. Not thread
 * safe.
 */
public final class EnvelopeReader {
  private final Map<String, Map<String, TableId>> tables = new HashMap<>();
  private String lastBatchName;
  private BatchId lastBatch;

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
    return new Change(
        batch(Fields.text(transaction, "id")),
        table(Fields.text(source, "schema"), Fields.text(source, "table")),
        Operation.of(op),
        Fields.number(transaction, "total_order"),
        Fields.number(transaction, "data_collection_order"),
        Fields.number(source, "ev_id"),
        RowImages.of(Fields.get(value, EnvelopeSchema.BEFORE)),
        RowImages.of(Fields.get(value, EnvelopeSchema.AFTER)));
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
