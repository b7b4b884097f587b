/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.benchmarks.workload;

import org.pgqconnect.benchmarks.report.Figures;
import org.pgqconnect.benchmarks.stack.BenchStack;

/** Something to measure. */
public interface Workload {
  /**
   * Measures once, on servers that were not used before.
   *
   * @throws IllegalStateException when the subscriber does not hold what the provider holds
   */
  Figures run(BenchStack stack) throws Exception;
}
