/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * What both sides need of PostgreSQL: how to connect, how to run statements and scripts, how to
 * quote a name, what an SQLSTATE means.
 */
package org.pgqconnect.postgres;
