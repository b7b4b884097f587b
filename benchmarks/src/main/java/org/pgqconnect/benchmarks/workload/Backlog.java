/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.benchmarks.workload;

import java.util.List;
import org.pgqconnect.benchmarks.stack.BenchStack;
import org.pgqconnect.benchmarks.stack.Sql;

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
