/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.intake;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.apache.kafka.common.config.ConfigException;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.config.TableFilter;
import org.pgqconnect.wire.TopicNames;

/** The tables of a subscription: those whose topics the connector reads, and that are included. */
public final class TopicOwnership implements Ownership {
  /** The keys that say which tables belong to the subscription. */
  public static final String TOPICS = "topics";

  public static final String TOPICS_REGEX = "topics.regex";
  public static final String TOPIC_PREFIX = "topic.prefix";
  public static final String TABLE_INCLUDE_LIST = TableFilter.KEY;

  private final TopicNames names;
  private final List<String> topics;
  private final Pattern topicsRegex;
  private final TableFilter included;
  private final Map<TableId, Boolean> known = new HashMap<>();

  /**
   * @param topics the connector's {@code topics}; empty when it has a regex
   * @param topicsRegex the connector's {@code topics.regex}, or null
   * @param included the tables that the connector's configuration names
   */
  public TopicOwnership(
      TopicNames names, List<String> topics, Pattern topicsRegex, TableFilter included) {
    this.names = names;
    this.topics = List.copyOf(topics);
    this.topicsRegex = topicsRegex;
    this.included = included;
  }

  /**
   * What a connector's configuration says.
   *
   * @param topics the value of {@code topics}; empty when there is a regex
   * @param topicsRegex the value of {@code topics.regex}; null or blank without one
   * @param included the value of {@code table.include.list}; null for all tables
   * @throws ConfigException when a regular expression is not one
   */
  public static TopicOwnership of(
      TopicNames names, String topics, String topicsRegex, String included) {
    return new TopicOwnership(
        names,
        Pattern.compile(",")
            .splitAsStream(topics)
            .map(String::trim)
            .filter(topic -> !topic.isEmpty())
            .toList(),
        topicsRegex == null || topicsRegex.isBlank() ? null : pattern(TOPICS_REGEX, topicsRegex),
        TableFilter.parse(included));
  }

  /** What Connect itself makes of the key, with a message that says where it is wrong. */
  public static Pattern pattern(String key, String regex) {
    try {
      return Pattern.compile(regex.trim());
    } catch (PatternSyntaxException e) {
      throw new ConfigException(
          key,
          regex,
          "is not a regular expression: %s%s. It is one expression; separate alternatives with bars: (a|b)"
              .formatted(
                  e.getDescription(),
                  e.getIndex() < 0 ? "" : " at character " + (e.getIndex() + 1)));
    }
  }

  @Override
  public boolean owns(TableId table) {
    return known.computeIfAbsent(table, t -> reads(names.table(t)) && includes(t));
  }

  private boolean reads(String topic) {
    return topicsRegex != null ? topicsRegex.matcher(topic).matches() : topics.contains(topic);
  }

  /** True when the include list names tables. */
  boolean namesTables() {
    return included.namesTables();
  }

  /** True unless the include list leaves the table out. */
  boolean includes(TableId table) {
    return included.test(table);
  }

  /** The key that says which topics to read. */
  public String topicsKey() {
    return topicsRegex != null ? TOPICS_REGEX : TOPICS;
  }

  /** What is wrong with the choice of topics, or nothing. */
  public Optional<String> problem() {
    if (!reads(names.transaction())) {
      return Optional.of(
          ("%s must name topic %s as well: it says which rows belong to a batch and when it is"
                  + " complete. Without it nothing can ever be applied. If the queue has another"
                  + " prefix, correct %s (now \"%s\")")
              .formatted(topicsKey(), names.transaction(), TOPIC_PREFIX, names.prefix()));
    }
    return topics.stream()
        .filter(topic -> !belongs(topic))
        .findFirst()
        .map(
            topic ->
                ("Topic %s does not belong to the queue with topic.prefix \"%s\": its topics are"
                     + " named %s.<schema>.<table>. Remove it from %s; tables of another queue need"
                     + " a sink connector of their own")
                    .formatted(topic, names.prefix(), names.prefix(), topicsKey()));
  }

  /** True when a topic carries the prefix of the queue. */
  boolean belongs(String topic) {
    return topic.startsWith(names.prefix() + ".");
  }
}
