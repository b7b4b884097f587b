/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The state of each table of a subscription, and what is stored of it on the subscriber.
 *
 * <p>In: what END says of tables and copies. Out: which rows count, and rows of schema pgq_connect.
 */
package org.pgqconnect.sink.tables;
