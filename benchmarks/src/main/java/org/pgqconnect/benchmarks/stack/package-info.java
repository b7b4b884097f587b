/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/** What is measured: servers, a stack of ours, and what its processes use. */
package org.pgqconnect.benchmarks.stack;
