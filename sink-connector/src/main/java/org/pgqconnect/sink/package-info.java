/**
 * The sink connector: batches from Kafka to a subscriber, each in one transaction.
 *
 * <p>In: records of the table topics and of the transaction topic. Out: a subscriber that is always
 * exactly at one tick of its provider. Reading order: {@link org.pgqconnect.sink.PgqSinkTask},
 * {@link org.pgqconnect.sink.RecordIntake}, {@code assemble}, {@link org.pgqconnect.sink.Applier},
 * {@code apply}, {@code position}.
 */
package org.pgqconnect.sink;
