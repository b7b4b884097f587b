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

import java.util.List;

/** Changes that pile up while nothing is replicated. */
interface Backlog {
  /** The workload's name, as {@code w1}. */
  String name();

  /** The SQL file that makes equal tables on both sides. */
  String tablesFile();

  List<Sql.Keyed> tables();

  /** How many row events {@link #write} makes. */
  long events();

  /** Writes them to the provider. */
  void write(BenchStack stack) throws Exception;
}
