/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Distinguishes keys that are read from those that are not: Connect ignores what it does not know,
 * so that a misspelt key would leave its default in force without a word.
 */
public final class ConfigKeys {
  /** Connect's own, of connectors of both kinds. */
  private static final Set<String> CONNECT =
      Set.of(
          "name",
          "connector.class",
          "connector.plugin.version",
          "tasks.max",
          "tasks.max.enforce",
          "key.converter",
          "key.converter.plugin.version",
          "value.converter",
          "value.converter.plugin.version",
          "header.converter",
          "header.converter.plugin.version",
          "transforms",
          "predicates",
          "config.action.reload",
          "errors.retry.timeout",
          "errors.retry.delay.max.ms",
          "errors.tolerance",
          "errors.log.enable",
          "errors.log.include.messages");

  private static final Set<String> CONNECT_SOURCE =
      Set.of(
          "topic.creation.groups",
          "topic.creation.enable",
          "exactly.once.support",
          "transaction.boundary",
          "transaction.boundary.interval.ms",
          "offsets.storage.topic");

  private static final Set<String> CONNECT_SINK =
      Set.of(
          "topics",
          "topics.regex",
          "errors.deadletterqueue.topic.name",
          "errors.deadletterqueue.topic.replication.factor",
          "errors.deadletterqueue.context.headers.enable");

  private static final Set<String> CONNECT_PREFIXES =
      Set.of(
          "key.converter.",
          "value.converter.",
          "header.converter.",
          "transforms.",
          "predicates.",
          "admin.override.");

  private static final String DATABASE_DRIVER = "database.jdbc.";

  private final Set<String> ours;
  private final Set<String> known = new TreeSet<>(CONNECT);
  private final Set<String> prefixes = new TreeSet<>(CONNECT_PREFIXES);

  private ConfigKeys(Collection<String> ours, Set<String> connect, Set<String> prefixes) {
    this.ours = new TreeSet<>(ours);
    known.addAll(ours);
    known.addAll(connect);
    this.prefixes.addAll(prefixes);
  }

  /**
   * The keys of a source connector.
   *
   * @param ours those of its definition
   * @param prefixes beginnings of further keys of its own
   */
  public static ConfigKeys ofSource(Collection<String> ours, String... prefixes) {
    Set<String> all = new TreeSet<>(Arrays.asList(prefixes));
    all.addAll(List.of(DATABASE_DRIVER, "topic.creation.", "producer.override."));
    // An exactly-once source reads its offsets back.
    all.add("consumer.override.");
    return new ConfigKeys(ours, CONNECT_SOURCE, all);
  }

  /** The keys of a sink connector, whose definition has these. */
  public static ConfigKeys ofSink(Collection<String> ours) {
    // The producer writes to the dead letter queue.
    return new ConfigKeys(
        ours, CONNECT_SINK, Set.of(DATABASE_DRIVER, "consumer.override.", "producer.override."));
  }

  /**
   * Keys that are meant for the connector and that it does not have.
   *
   * @return what to say, by key
   */
  public Map<String, String> misspelt(Collection<String> given) {
    Map<String, String> found = new TreeMap<>();
    for (String key : given) {
      if (!isKnown(key)) {
        String nearest = nearest(key);
        boolean close = isClose(key, nearest);
        if (close || isOurs(key)) {
          found.put(
              key,
              ("There is no key %s, so its value would have no effect. %s Correct it, or remove it;"
                      + " all keys are in docs/configuration.md")
                  .formatted(
                      key, (close ? "Did you mean %s?" : "The nearest is %s.").formatted(nearest)));
        }
      }
    }
    return found;
  }

  /** Keys that neither Connect nor the connector reads; a plugin of the worker's might. */
  public List<String> unknown(Collection<String> given) {
    Set<String> misspelt = misspelt(given).keySet();
    return given.stream().filter(key -> !isKnown(key) && !misspelt.contains(key)).sorted().toList();
  }

  /** What a log or a terminal says of {@link #unknown} keys. */
  public static String warning(String key) {
    return ("Neither Kafka Connect nor this connector reads the key %s: unless a plugin of"
            + " the worker does, its value has no effect")
        .formatted(key);
  }

  private boolean isKnown(String key) {
    return known.contains(key) || prefixes.stream().anyMatch(key::startsWith);
  }

  /** Whether it begins as several of our own keys do: no other program reads such a key. */
  private boolean isOurs(String key) {
    int dot = key.indexOf('.');
    return dot > 0 && ours.stream().anyMatch(own -> own.startsWith(key.substring(0, dot + 1)));
  }

  private String nearest(String key) {
    List<String> candidates = new ArrayList<>(known);
    for (String prefix : prefixes) {
      candidates.add(prefix + afterSegments(key, segments(prefix)));
    }
    return candidates.stream()
        .min(Comparator.comparingInt(candidate -> distance(plain(key), plain(candidate))))
        .orElseThrow();
  }

  private static boolean isClose(String key, String nearest) {
    int limit = Math.max(2, Math.min(key.length(), nearest.length()) / 5);
    return distance(plain(key), plain(nearest)) <= limit && key.length() > limit
        || sortedSegments(key).equals(sortedSegments(nearest));
  }

  /** Without what only separates words, in which people differ. */
  private static String plain(String key) {
    return key.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
  }

  private static List<String> sortedSegments(String key) {
    return Arrays.stream(key.toLowerCase(Locale.ROOT).split("[._-]")).sorted().toList();
  }

  private static int segments(String prefix) {
    return (int) prefix.chars().filter(c -> c == '.').count();
  }

  private static String afterSegments(String key, int count) {
    int at = 0;
    for (int i = 0; i < count; i++) {
      int dot = key.indexOf('.', at);
      if (dot < 0) {
        return "";
      }
      at = dot + 1;
    }
    return key.substring(at);
  }

  /** How many letters have to be added, removed, replaced or exchanged with their neighbour. */
  private static int distance(String left, String right) {
    int[][] d = new int[left.length() + 1][right.length() + 1];
    for (int i = 0; i <= left.length(); i++) {
      for (int j = 0; j <= right.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int replaced = d[i - 1][j - 1] + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
        d[i][j] = Math.min(replaced, Math.min(d[i - 1][j], d[i][j - 1]) + 1);
        if (i > 1
            && j > 1
            && left.charAt(i - 1) == right.charAt(j - 2)
            && left.charAt(i - 2) == right.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[left.length()][right.length()];
  }
}
