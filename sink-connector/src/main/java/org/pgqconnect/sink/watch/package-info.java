/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/** What the sink waits for, for how long, and whether rows are lost: for the log and for status. */
package org.pgqconnect.sink.watch;
