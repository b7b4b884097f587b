/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/** The commands on a provider: one class a subcommand. */
package org.pgqconnect.cli.provider;
