/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.benchmarks;

/** Something to measure. */
interface Workload {
  /**
   * Measures once, on servers that were not used before.
   *
   * @throws IllegalStateException when the subscriber does not hold what the provider holds
   */
  Figures run(BenchStack stack) throws Exception;
}
