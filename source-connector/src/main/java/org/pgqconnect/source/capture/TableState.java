/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.capture;

import static java.util.Objects.requireNonNull;

import org.pgqconnect.batch.TableId;

/**
 * What verification found for one captured table.
 *
 * @param detail what is affected; null when all is well
 * @param remedy the command or SQL that fixes it; null when all is well
 */
public record TableState(
    String queue, TableId table, TriggerState state, String detail, String remedy) {

  public TableState {
    requireNonNull(queue, "queue");
    requireNonNull(table, "table");
    requireNonNull(state, "state");
  }
}
