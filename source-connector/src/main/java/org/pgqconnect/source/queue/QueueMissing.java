/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.queue;

import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.Identifiers;

/** The message when the queue does not exist, for each class that can notice it first. */
public final class QueueMissing {
  private QueueMissing() {}

  /** The message: what, and how to make the queue. */
  public static String message(String queue) {
    return "Queue \"%s\" does not exist on the provider. Create it: %s, or in SQL: select pgq.create_queue(%s)"
        .formatted(queue, Remedy.ofQueue(queue).install(), Identifiers.literal(queue));
  }

  /** The message for a queue that something else was to have made and filled. */
  public static String externalMessage(String queue, String database) {
    return ("Database \"%s\" has no queue \"%s\", and with capture=external none is made. Which"
            + " there are: select queue_name from pgq.queue; for Londiste, queue.name is"
            + " queue_name of its .ini file, and the database is that of its root node")
        .formatted(database, queue);
  }

  /** The same as an error. */
  public static StopException external(String queue, String database) {
    return new StopException(externalMessage(queue, database));
  }

  public static StopException error(String queue) {
    return new StopException(message(queue));
  }
}
