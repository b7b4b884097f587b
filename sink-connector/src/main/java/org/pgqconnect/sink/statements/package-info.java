/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The net effect of one table becomes set-based statements.
 *
 * <p>In: a net effect. Out: TRUNCATE, DELETE, COPY and INSERT .. ON CONFLICT over arrays, in a
 * transaction that the caller commits.
 */
package org.pgqconnect.sink.statements;
