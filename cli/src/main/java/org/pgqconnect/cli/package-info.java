/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/** The pgq-connect command: one class a subcommand. */
package org.pgqconnect.cli;
