/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli.status;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.sink.install.SubscriptionStatus;
import org.pgqconnect.sink.intake.Ownership;

/**
 * Tables that the source publishes and a subscription takes without having heard of them: it began
 * after their copies, which the topics no longer hold, and nothing has changed in them since. They
 * are empty on the subscriber, or hold what they held before.
 *
 * @param prefix the source's topic.prefix
 * @param queue its queue
 * @param published the tables that it captures and does not leave out
 * @param remedy commands about the queue
 */
record UnheardTables(String prefix, String queue, Set<TableId> published, Remedy remedy) {
  UnheardTables {
    requireNonNull(prefix, "prefix");
    requireNonNull(queue, "queue");
    published = Set.copyOf(published);
    requireNonNull(remedy, "remedy");
  }

  /**
   * What to do about each such table of a subscription, in the order of their names; none of one
   * that follows another queue, or has applied nothing yet.
   *
   * @param ownership the tables that the subscription takes
   */
  List<String> problems(SubscriptionStatus subscription, Ownership ownership) {
    List<String> problems = new ArrayList<>();
    if (prefix.equals(subscription.topicPrefix()) && queue.equals(subscription.queue())) {
      Set<TableId> heardOf =
          subscription.tables().stream()
              .map(SubscriptionStatus.Table::table)
              .collect(Collectors.toSet());
      published.stream()
          .filter(table -> !heardOf.contains(table) && ownership.owns(table))
          .sorted()
          .forEach(table -> problems.add(problem(table)));
    }
    return problems;
  }

  private String problem(TableId table) {
    return ("Table %s is captured, and the subscriber has not heard of it: its copy has not"
            + " begun, or is not in the topics any more. If none was requested: %s")
        .formatted(table, remedy.resync(table));
  }
}
