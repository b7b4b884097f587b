/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.statements;

import org.pgqconnect.failure.Remedy;

/**
 * Where rows come from, for messages about those that are refused.
 *
 * @param batches as a message names them
 * @param remedy the commands that bring rows again
 */
public record MessageContext(String batches, Remedy remedy) {
  @Override
  public String toString() {
    return batches;
  }
}
