/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/** The commands on a subscriber: one class a subcommand. */
package org.pgqconnect.cli.subscriber;
