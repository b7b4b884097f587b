/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/** The command that says how the replication of a queue stands. */
package org.pgqconnect.cli.status;
