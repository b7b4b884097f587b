/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.publish;

import static java.util.Objects.requireNonNull;

import org.pgqconnect.time.Clocks;
import org.pgqconnect.wire.EnvelopeSchema;

/**
 * What all records of a queue have in common.
 *
 * @param provider the identity of the provider
 * @param queueIdentity which creation of the queue; null when it is not known
 * @param events where an application's own events go
 * @param limit what the producer takes
 * @param clocks what stamps records, and decides when some are due
 */
public record PublishedQueue(
    EnvelopeSchema.Origin origin,
    String provider,
    String queueIdentity,
    EventTopic events,
    boolean avro,
    RecordLimit limit,
    Clocks clocks) {
  public PublishedQueue {
    requireNonNull(origin, "origin");
    requireNonNull(provider, "provider");
    requireNonNull(events, "events");
    requireNonNull(limit, "limit");
    requireNonNull(clocks, "clocks");
  }
}
