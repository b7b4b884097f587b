/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.batch;

import static java.util.Objects.requireNonNull;

/** Announces a batch before its first row, so that a long one can be applied as it arrives. */
public record BatchBegin(
    BatchId id, BatchBounds bounds, String queue, String provider, String queueIdentity)
    implements Boundary {
  public BatchBegin {
    requireNonNull(id, "id");
    requireNonNull(bounds, "bounds");
    requireNonNull(queue, "queue");
    requireNonNull(provider, "provider");
  }
}
