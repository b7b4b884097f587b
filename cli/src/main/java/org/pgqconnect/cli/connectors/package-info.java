/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/** The commands on the connectors of a Connect cluster. */
package org.pgqconnect.cli.connectors;
