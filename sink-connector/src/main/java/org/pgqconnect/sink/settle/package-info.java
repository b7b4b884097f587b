/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The order in which tables and rows are written where constraints let only one succeed.
 *
 * <p>In: the writers of a batch. Out: all of it written, or the row that cannot be. Next: {@code
 * apply}.
 */
package org.pgqconnect.sink.settle;
