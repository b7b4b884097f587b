/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.setup;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.wire.TopicNames;

/** Tables whose topics Kafka would refuse, or take for one another's. */
public final class TopicProblems {
  private TopicProblems() {}

  /** What is wrong with the topics' names, in words. */
  public static List<String> of(
      String prefix, String queue, Collection<TableId> tables, Remedy remedy) {
    TopicNames names = new TopicNames(prefix);
    TopicNames.Used<TableId> used = new TopicNames.Used<>();
    List<String> problems = new ArrayList<>();
    for (TableId table : tables) {
      String topic = names.table(table);
      TopicNames.problem(topic).ifPresent(why -> problems.add(refused(table, topic, why)));
      Optional<TableId> other = used.take(topic, table);
      other.ifPresent(
          first -> problems.add(same(first, names.table(first), table, topic, queue, remedy)));
    }
    return problems;
  }

  /** What is wrong with the topic of an application's own events. */
  public static Optional<String> ofEvents(String prefix, String topic) {
    String transaction = new TopicNames(prefix).transaction();
    TopicNames.Used<String> used = new TopicNames.Used<>();
    used.take(transaction, "boundaries");
    return used.take(topic, "events")
        .map(
            other ->
                ("Topic %s is, to Kafka, topic %s of the batches' boundaries (dot and underscore"
                        + " are the same to it). Choose another name for the events' topic")
                    .formatted(topic, transaction));
  }

  private static String refused(TableId table, String topic, String why) {
    return ("Table %s would have topic %s, which Kafka refuses: %s. Choose a shorter"
            + " topic.prefix, or leave the table out")
        .formatted(Identifiers.quote(table), topic, why);
  }

  private static String same(
      TableId first,
      String firstTopic,
      TableId second,
      String secondTopic,
      String queue,
      Remedy remedy) {
    return ("Tables %s and %s would have topics %s and %s, which Kafka takes for one name (dot and"
            + " underscore are the same to it). Rename one of them: ALTER TABLE %s RENAME TO"
            + " %s; or leave one out here and capture it into a queue of its own, whose"
            + " connector has another topic.prefix: %s")
        .formatted(
            Identifiers.quote(first),
            Identifiers.quote(second),
            firstTopic,
            secondTopic,
            Identifiers.quote(second),
            Identifiers.quote(Identifiers.withEnding(second.table(), "_2")),
            remedy.installQueue(queue + "_2"));
  }
}
