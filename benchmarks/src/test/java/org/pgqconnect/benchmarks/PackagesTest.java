/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.benchmarks;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgqconnect.architecture.Stages;

/** The benchmarks in packages: what is measured knows no workload. */
class PackagesTest {
  @Test
  void packagesKnowOnlyEarlierOnes() {
    new Stages("org.pgqconnect.benchmarks", List.of("report", "stack", "workload")).check();
  }
}
