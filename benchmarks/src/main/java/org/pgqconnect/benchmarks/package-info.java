/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/** End-to-end measurements: a backlog's time to catch up, and the latency of single rows. */
package org.pgqconnect.benchmarks;
