/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.batch;

/** A record of the transaction topic: the begin or the end of a batch, or what a table of it is. */
public sealed interface Boundary permits BatchBegin, BatchTable, BatchEnd {
  BatchId id();

  BatchBounds bounds();

  /** The queue that the batch was cut from. */
  String queue();

  /** Which provider the queue lives on: the uuid that its installation drew. */
  String provider();

  /**
   * Which creation of the queue: a uuid drawn when the source first met it. Null when the source
   * does not say.
   */
  String queueIdentity();
}
