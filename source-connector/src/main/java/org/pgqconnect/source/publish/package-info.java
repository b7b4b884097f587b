/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Publishes one batch after the other.
 *
 * <p>In: a session. Out: records of one batch in order: BEGIN, rows, END; and the batch finished in
 * PgQ when Kafka has it.
 */
package org.pgqconnect.source.publish;
