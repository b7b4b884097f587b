/**
 * Stage 3: where the subscriber stands, kept on the subscriber and moved in the transaction that
 * applies a batch.
 *
 * <p>In: the bounds of a batch and what its END says. Out: a verdict (apply it, skip it, stop), the
 * state of each table, and the Kafka offsets to read from. Next: nothing; offsets advance.
 */
package org.pgqconnect.sink.position;
