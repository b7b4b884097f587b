/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Where the subscriber stands, and whether a batch is the next one.
 *
 * <p>In: the bounds of a batch. Out: apply it, skip it, or stop. Pure; asked when rows are
 * gathered, and once more under the lock under which they are applied.
 */
package org.pgqconnect.sink.position;
