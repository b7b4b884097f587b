/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * PgQ on the provider: the extension where the server has it, our own engine elsewhere.
 *
 * <p>In: a connection. Out: schemas {@code pgq} and {@code pgq_connect}, queues. Next: {@code
 * capture} puts triggers on tables.
 */
package org.pgqconnect.source.engine;
