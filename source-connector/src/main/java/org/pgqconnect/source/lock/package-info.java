/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The session locks that keep two connectors off one queue.
 *
 * <p>In: a session. Out: the lock, or who holds it.
 */
package org.pgqconnect.source.lock;
