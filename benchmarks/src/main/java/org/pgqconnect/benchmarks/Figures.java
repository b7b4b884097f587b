/*
 * Copyright pgq-connect contributors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package org.pgqconnect.benchmarks;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What one run measured.
 *
 * @param workload as {@code w1}
 * @param values by name with the unit in it, in the order in which they are shown
 */
record Figures(String workload, Map<String, Double> values) {

  Figures(String workload) {
    this(workload, new LinkedHashMap<>());
  }

  Figures with(String name, double value) {
    values.put(name, value);
    return this;
  }

  Figures with(Map<String, Double> more) {
    values.putAll(more);
    return this;
  }
}
