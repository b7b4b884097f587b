/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/** What is done to it: one class a workload. */
package org.pgqconnect.benchmarks.workload;
