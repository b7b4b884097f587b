/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.statements;

import java.util.List;
import java.util.Optional;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.Values;
import org.pgqconnect.sink.target.TargetTable;
import org.pgqconnect.sink.target.TargetTable.TargetColumn;

/** The rows of one table for {@code write.Settlement}: where a statement finds them. */
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

  /** The query's parameters, as the server writes arrays. */
  List<String> arrays();

  /** The parameters as values of a {@link Session}'s statement: the query casts each. */
  default Object[] values() {
    return arrays().stream().map(Values::untyped).toArray();
  }
}
