/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/** What only an operator can solve, and the command that does. */
package org.pgqconnect.failure;
