/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli.status;

import static java.util.Objects.requireNonNull;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.sink.install.SubscriptionStatus;

/**
 * Tables that a subscriber holds, or waits for, while the provider captures them no more, as after
 * a restore to a state in which they were not captured yet. No record says so: nothing of them
 * comes any more, they look as if nothing was written, and no copy of them can be requested.
 *
 * @param prefix the source's topic.prefix
 * @param queue its queue
 * @param captured the tables by the names of their events, those too that the source leaves out
 * @param remedy commands about the queue
 */
record UncapturedTables(String prefix, String queue, Set<TableId> captured, Remedy remedy) {
  UncapturedTables {
    requireNonNull(prefix, "prefix");
    requireNonNull(queue, "queue");
    captured = Set.copyOf(captured);
    requireNonNull(remedy, "remedy");
  }

  /** What to do about each such table of a subscription; none of one that follows another queue. */
  Map<TableId, String> problems(SubscriptionStatus subscription) {
    Map<TableId, String> problems = new TreeMap<>();
    if (prefix.equals(subscription.topicPrefix()) && queue.equals(subscription.queue())) {
      for (SubscriptionStatus.Table table : subscription.tables()) {
        if (!captured.contains(table.table())) {
          problems.put(table.table(), problem(subscription.name(), table.table()));
        }
      }
    }
    return problems;
  }

  private String problem(String subscription, TableId table) {
    return ("Queue \"%s\" does not capture table %s: it was removed from the queue, renamed, or the"
            + " provider was restored to a state in which it was not captured yet. Its changes"
            + " do not come any more, and the subscriber keeps its rows as they are. To have it"
            + " captured and copied again: %s. If it was removed on purpose, run on the"
            + " subscriber: DELETE FROM pgq_connect.subscribed_table WHERE subscription = %s"
            + " AND table_schema = %s AND table_name = %s;")
        .formatted(
            queue,
            table,
            remedy.add(table),
            Identifiers.literal(subscription),
            Identifiers.literal(table.schema()),
            Identifiers.literal(table.table()));
  }
}
