/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The wire contract: topic names, the change envelope and the batch boundaries, each written and
 * read by the same class.
 *
 * <p>The envelope and the transaction metadata have Debezium's field names, because every consumer
 * of change data already reads them; a batch is what Debezium calls a transaction.
 */
package org.pgqconnect.wire;
