/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The state of each table of a subscription.
 *
 * <p>In: what END says of tables and copies. Out: which rows count. Pure. Next: {@code store}.
 */
package org.pgqconnect.sink.tables;
