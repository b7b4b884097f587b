/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.copy;

import static java.util.Objects.requireNonNull;

import java.util.List;
import org.pgqconnect.batch.TableId;

/**
 * A copy that is wanted and not finished.
 *
 * @param copyId grows with every request for the table
 * @param started some chunks are published
 * @param lastKey the key of the last row published, as text in key order; empty before the first
 */
public record CopyRequest(TableId table, long copyId, boolean started, List<String> lastKey) {
  public CopyRequest {
    requireNonNull(table, "table");
    lastKey = List.copyOf(lastKey);
  }
}
