/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.benchmarks.report;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What one run measured.
 *
 * @param workload as {@code w1}
 * @param values by name with the unit in it, in the order in which they are shown
 */
public record Figures(String workload, Map<String, Double> values) {

  public Figures(String workload) {
    this(workload, new LinkedHashMap<>());
  }

  public Figures with(String name, double value) {
    values.put(name, value);
    return this;
  }

  public Figures with(Map<String, Double> more) {
    values.putAll(more);
    return this;
  }
}
