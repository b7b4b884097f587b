/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.publish;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.time.Interval;
import org.pgqconnect.time.NanoClock;

/**
 * Which definitions of tables are to be published: each before the table's first rows, when it has
 * changed, with or without rows, with every copy that begins, and again after a day, so that a
 * subscriber that comes late finds it whatever the topic's retention. Not thread safe.
 */
final class Announcements {
  static final Duration PERIOD = Duration.ofDays(1);

  /** How many definitions of tables without rows a batch repeats at most. */
  static final int REPEATED_A_BATCH = 10;

  private final NanoClock clock;

  // In the order of their times, the oldest first.
  private final Map<String, Announced> announced = new LinkedHashMap<>();
  private final Queue<TableDefinition> due = new ArrayDeque<>();

  private record Announced(TableDefinition definition, Interval period) {}

  Announcements(NanoClock clock) {
    this.clock = requireNonNull(clock, "clock");
  }

  /** Rows of a table are about to be published, or it was altered. */
  void rows(TableDefinition definition) {
    String name = definition.table().toString();
    Announced last = announced.get(name);
    if (last == null || last.period.isOver() || !last.definition.equals(definition)) {
      announce(definition);
    }
  }

  /** A copy of a table begins. */
  void copyBegins(TableDefinition definition) {
    announce(definition);
  }

  /** A batch ends: what was not announced for long is announced again, some of it. */
  void batchEnds() {
    List<Announced> old =
        announced.values().stream()
            .takeWhile(last -> last.period.isOver())
            .limit(REPEATED_A_BATCH)
            .toList();
    old.forEach(last -> announce(last.definition));
  }

  /** The definitions to publish now; they are handed out once. */
  List<TableDefinition> take() {
    if (due.isEmpty()) {
      return List.of();
    }
    List<TableDefinition> taken = List.copyOf(due);
    due.clear();
    return taken;
  }

  private void announce(TableDefinition definition) {
    String name = definition.table().toString();
    announced.remove(name);
    announced.put(name, new Announced(definition, new Interval(clock, PERIOD)));
    due.add(definition);
  }
}
