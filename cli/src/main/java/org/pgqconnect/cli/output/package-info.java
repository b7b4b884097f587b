/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/** What a user at a terminal reads when something failed. */
package org.pgqconnect.cli.output;
