/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.session;

import java.util.Collection;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;

/** What is said when the consumer that publishes a queue's tables would only stream its events. */
public final class SwitchedToEvents {
  private SwitchedToEvents() {}

  /**
   * The message: why it cannot be, and the two ways to continue.
   *
   * @param captured the tables that our own triggers capture into the queue; empty when only PgQ's
   *     triggers do
   */
  public static String message(String queue, String consumer, Collection<TableId> captured) {
    return ("Consumer \"%s\" publishes the tables of queue \"%s\", so it cannot stream the queue's"
            + " events instead (mode=events). Their changes would go to the topic of events"
            + " only, and subscribers of the tables would miss them without noticing. To stream"
            + " events beside the tables, set mode=replication here and create another"
            + " connector with mode=events, a name and a topic.prefix of its own. If the tables"
            + " are not to be published any more, stop capturing them first: %s")
        .formatted(
            consumer,
            queue,
            captured.isEmpty()
                ? "drop PgQ's triggers that write to the queue"
                : Remedy.ofQueue(queue).remove(captured));
  }
}
