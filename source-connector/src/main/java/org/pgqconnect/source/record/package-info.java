/**
 * From changes to Kafka's records, and what the source offset remembers.
 *
 * <p>In: decoded changes and chunks of copies. Out: records of one batch in order: BEGIN, rows,
 * END. Next: Kafka.
 */
package org.pgqconnect.source.record;
