/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.benchmarks.workload;

import java.util.List;
import java.util.Optional;
import org.pgqconnect.benchmarks.report.Figures;
import org.pgqconnect.benchmarks.stack.ProviderServers;
import org.pgqconnect.local.postgres.PostgresSetup;

/** Something to measure on providers alone: no Kafka, no subscriber. */
public interface ProviderWorkload {
  /** Makes the databases; once for all runs. */
  void prepare(ProviderServers servers) throws Exception;

  /** The servers it wants, each separately. */
  List<PostgresSetup> servers();

  /** Why it cannot run here and what would fix that; empty when it can. */
  default Optional<String> unavailable() {
    return servers().stream().flatMap(setup -> setup.unavailable().stream()).findFirst();
  }

  /**
   * Measures every variant once.
   *
   * @throws IllegalStateException when what was read is not what was written
   */
  List<Figures> run() throws Exception;

  /** What the medians of all runs say, as lines of a table; empty for nothing but the medians. */
  default List<String> summary(List<Figures> medians) {
    return List.of();
  }
}
