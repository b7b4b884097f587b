/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The net effect of a batch: one change per key.
 *
 * <p>In: the changes of a table in order. Out: rows to delete and to write. Pure.
 */
package org.pgqconnect.sink.plan;
