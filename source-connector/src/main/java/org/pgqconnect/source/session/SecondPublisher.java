/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.session;

import org.pgqconnect.failure.Remedy;
import org.pgqconnect.postgres.Identifiers;

/** What is said when two consumers would publish the tables of one queue. */
public final class SecondPublisher {
  private SecondPublisher() {}

  /**
   * The message: why it cannot be, and the three ways to continue.
   *
   * @param consumer who was refused
   * @param other who publishes the queue
   */
  public static String message(String queue, String consumer, String other) {
    Remedy remedy = Remedy.ofQueue(queue);
    return ("The tables of queue \"%s\" are published by consumer \"%s\" already, so consumer"
            + " \"%s\" cannot publish them, too. Each copy of a table is made once per queue:"
            + " subscribers of the second one would keep old rows. To publish them twice, give"
            + " this connector a queue of its own: %s, add the tables to it, and set"
            + " queue.name. If this connector replaces the other one, delete that and set"
            + " consumer.name=%s here, so that nothing is lost between them. If the other one"
            + " is gone and its position in the queue does not matter: select"
            + " pgq.unregister_consumer(%s, %s); and have the tables copied again: %s")
        .formatted(
            queue,
            other,
            consumer,
            remedy.installQueue(queue + "_2"),
            other,
            Identifiers.literal(queue),
            Identifiers.literal(other),
            remedy.resyncAll());
  }
}
