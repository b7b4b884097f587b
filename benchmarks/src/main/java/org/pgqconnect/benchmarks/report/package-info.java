/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
/** Figures and how they are printed. */
package org.pgqconnect.benchmarks.report;
