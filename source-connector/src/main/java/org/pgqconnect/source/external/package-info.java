/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Events that PgQ's own triggers or Londiste wrote: {@code capture=external}.
 *
 * <p>In: events of the queue. Out: changes, as {@code decode} makes them of our own events.
 */
package org.pgqconnect.source.external;
