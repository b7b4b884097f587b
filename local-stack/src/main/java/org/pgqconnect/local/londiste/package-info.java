/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/** PgQ's own programs from Debian's packages: {@code pgqd}, a Python consumer, Londiste. */
package org.pgqconnect.local.londiste;
