/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.intake;

import org.pgqconnect.batch.Boundary;
import org.pgqconnect.batch.Change;

/** What a record of Kafka says: a row that was changed, or where a batch begins or ends. */
public sealed interface Arrived {
  /** A change of a row, or of a whole table. */
  record Row(Change change) implements Arrived {}

  /** A record of the transaction topic. */
  record BatchBoundary(Boundary boundary) implements Arrived {}
}
