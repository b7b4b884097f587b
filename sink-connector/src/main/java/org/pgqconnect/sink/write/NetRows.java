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
package org.pgqconnect.sink.write;

import java.util.List;
import java.util.Optional;
import org.pgqconnect.sink.settle.Settlement;
import org.pgqconnect.sink.target.TargetTable;
import org.pgqconnect.sink.target.TargetTable.TargetColumn;

/** The rows of one table for {@link Settlement}: where a statement finds them. */
public interface NetRows {
  TargetTable target();

  List<String> key();

  /** Rows of the table that are not among these are deleted. */
  boolean empties();

  /** The columns of each layout in which rows are written. */
  List<List<TargetColumn>> layouts();

  /** Takes what its changes met. */
  TableWriter writer();

  /** A query of the rows. */
  String sql();

  /**
   * The temporary table that {@link #sql} reads, which may have several rows of one key; or none.
   */
  Optional<String> stage();

  /** The query's parameters. */
  List<String> arrays();
}
