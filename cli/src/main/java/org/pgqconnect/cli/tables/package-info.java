/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/** The tables that a connector publishes, and how their copies stand. */
package org.pgqconnect.cli.tables;
