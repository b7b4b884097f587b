/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.wire;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.pgqconnect.batch.TableId;

/**
 * Names of the topics of one queue.
 *
 * @param prefix the connector's {@code topic.prefix}
 */
public record TopicNames(String prefix) {
  /** Kafka refuses longer names. */
  public static final int MAX_LENGTH = 249;

  public TopicNames {
    requireNonNull(prefix, "prefix");
  }

  /** The topic of a table's changes. */
  public String table(TableId table) {
    return prefix + "." + legal(table.schema()) + "." + legal(table.table());
  }

  /** The topic of the batch boundaries: one partition. */
  public String transaction() {
    return prefix + ".transaction";
  }

  /**
   * Kafka allows letters, digits, dot, underscore and hyphen; any other character becomes an
   * underscore. SQL function pgq_connect.topic_name does the same.
   */
  private static String legal(String name) {
    if (isLegal(name)) {
      return name;
    }
    StringBuilder out = new StringBuilder(name.length());
    name.codePoints().map(c -> isLegal(c) ? c : '_').forEach(out::appendCodePoint);
    return out.toString();
  }

  private static boolean isLegal(String name) {
    return name.codePoints().allMatch(TopicNames::isLegal);
  }

  private static boolean isLegal(int c) {
    return c >= 'a' && c <= 'z'
        || c >= 'A' && c <= 'Z'
        || c >= '0' && c <= '9'
        || c == '.'
        || c == '_'
        || c == '-';
  }

  /**
   * Why Kafka would refuse a topic of this name.
   *
   * @return what is wrong with it; empty when nothing is
   */
  public static Optional<String> problem(String topic) {
    if (topic.length() > MAX_LENGTH) {
      return Optional.of(
          "it is %d characters long, and Kafka allows %d".formatted(topic.length(), MAX_LENGTH));
    }
    if (topic.isEmpty() || topic.equals(".") || topic.equals("..")) {
      return Optional.of("Kafka does not allow \"%s\"".formatted(topic));
    }
    return isLegal(topic)
        ? Optional.empty()
        : Optional.of("Kafka allows letters, digits, dot, underscore and hyphen only");
  }

  /**
   * Topics by what Kafka takes for the same: it names metrics by topics, with an underscore for
   * each dot, and rejects a topic whose name it could not distinguish from another's. Not thread
   * safe.
   *
   * @param <T> what a topic is of
   */
  public static final class Used<T> {
    private final Map<String, T> owners = new HashMap<>();

    /**
     * Takes a name.
     *
     * @return who has it, when that is another
     */
    public Optional<T> take(String topic, T owner) {
      T other = owners.putIfAbsent(topic.replace('.', '_'), owner);
      return Optional.ofNullable(other).filter(known -> !known.equals(owner));
    }
  }
}
