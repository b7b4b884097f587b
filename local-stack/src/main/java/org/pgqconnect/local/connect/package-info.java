/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/** Connect workers. */
package org.pgqconnect.local.connect;
