/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.wire;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.pgqconnect.batch.BatchId;

/** Writes the records of a queue whose events are an application's own. */
public final class EventSchema {
  private static final Schema TIME =
      SchemaBuilder.string().name("io.debezium.time.ZonedTimestamp").version(1).build();

  /** The value of a record. */
  public static final Schema VALUE =
      SchemaBuilder.struct()
          .name("org.pgqconnect.Event")
          .version(1)
          .field("ev_id", Schema.INT64_SCHEMA)
          .field("ev_time", TIME)
          .field("ev_txid", Schema.INT64_SCHEMA)
          .field("ev_type", Schema.OPTIONAL_STRING_SCHEMA)
          .field("ev_data", Schema.OPTIONAL_STRING_SCHEMA)
          .field("ev_extra1", Schema.OPTIONAL_STRING_SCHEMA)
          .field("ev_extra2", Schema.OPTIONAL_STRING_SCHEMA)
          .field("ev_extra3", Schema.OPTIONAL_STRING_SCHEMA)
          .field("ev_extra4", Schema.OPTIONAL_STRING_SCHEMA)
          .field("queue", Schema.STRING_SCHEMA)
          .field("tick_id", Schema.INT64_SCHEMA)
          .field(EnvelopeSchema.TRANSACTION, EnvelopeSchema.TRANSACTION_SCHEMA)
          .build();

  private EventSchema() {}

  /**
   * An event as the queue holds it; everything but the numbers may be null.
   *
   * @param timeMicros microseconds since 1970 UTC
   */
  public record Fields(
      long id,
      long timeMicros,
      long txId,
      String type,
      String data,
      String extra1,
      String extra2,
      String extra3,
      String extra4) {}

  /**
   * The record value of an event.
   *
   * @param order the place in the batch, from 1
   * @param queueOrder the place among the queue's events in the batch, from 1
   */
  public static Struct value(
      Fields event, String queue, BatchId batch, long order, long queueOrder) {
    return new Struct(VALUE)
        .put("ev_id", event.id)
        .put("ev_time", Instant.EPOCH.plus(event.timeMicros, ChronoUnit.MICROS).toString())
        .put("ev_txid", event.txId)
        .put("ev_type", event.type)
        .put("ev_data", event.data)
        .put("ev_extra1", event.extra1)
        .put("ev_extra2", event.extra2)
        .put("ev_extra3", event.extra3)
        .put("ev_extra4", event.extra4)
        .put("queue", queue)
        .put("tick_id", batch.tickId())
        .put(
            EnvelopeSchema.TRANSACTION,
            new Struct(EnvelopeSchema.TRANSACTION_SCHEMA)
                .put("id", batch.toString())
                .put("total_order", order)
                .put("data_collection_order", queueOrder));
  }
}
