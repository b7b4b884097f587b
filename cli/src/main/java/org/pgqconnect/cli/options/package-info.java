/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/** The options that commands share, and what they are opened with. */
package org.pgqconnect.cli.options;
