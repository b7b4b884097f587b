/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.capture;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.Identifiers;

/**
 * Which captured tables a name means. A table is known by the name of its events, which stays when
 * it is renamed or dropped; partitions that are captured separately share that of the whole.
 */
final class KnownTables {

  private KnownTables() {}

  /**
   * A table that is captured under a name, or bears it now.
   *
   * @param now its present name; empty when it was dropped
   */
  record Known(long oid, Optional<TableId> now) {
    Known {
      requireNonNull(now, "now");
    }
  }

  /**
   * The tables to remove: the one that is there, and those that were dropped.
   *
   * @return none when the name means no captured table
   * @throws StopException when it means several that are there
   */
  static List<Long> toRemove(String queue, TableId name, List<Known> known) {
    List<Known> there = known.stream().filter(table -> table.now().isPresent()).toList();
    boolean bearsIt = there.stream().anyMatch(table -> isCalled(table, name));
    if (there.size() > 1 && bearsIt) {
      throw new StopException(swapped(queue, name, there));
    }
    if (there.size() > 1 || there.size() == 1 && !bearsIt && known.size() > 1) {
      throw new StopException(several(queue, name, there, known.size() > there.size()));
    }
    return known.stream().map(Known::oid).toList();
  }

  /** What to do where no table has the name. */
  static String absence(String queue, TableId name, List<Known> known) {
    if (known.isEmpty()) {
      return "Check its name, upper and lower case included: select table_schema, table_name from"
          + " information_schema.tables";
    }
    Optional<TableId> now = known.stream().flatMap(table -> table.now().stream()).findFirst();
    return now.map(
            present ->
                "Queue \"%s\" captures %s under this name: rename it back, or replicate it under its new name: %s"
                    .formatted(queue, present, Remedy.ofQueue(queue).add(present)))
        .orElseGet(
            () ->
                "Queue \"%s\" captured it, and it was dropped since. Stop capturing it: %s"
                    .formatted(queue, Remedy.ofQueue(queue).remove(name)));
  }

  private static boolean isCalled(Known table, TableId name) {
    return table.now().filter(name::equals).isPresent();
  }

  private static String swapped(String queue, TableId name, List<Known> there) {
    return ("Name %s is ambiguous: queue \"%s\" captures the table that has it now under another"
            + " name, and %s under this one. To give each its present name: %s; then repeat the"
            + " command")
        .formatted(
            name,
            queue,
            names(there.stream().filter(table -> !isCalled(table, name))),
            Remedy.ofQueue(queue).add(name));
  }

  private static String several(String queue, TableId name, List<Known> there, boolean anyGone) {
    String forget =
        anyGone
            ? "; or, to forget what was dropped: select pgq_connect.forget_partitions(%s, %s, %s)"
                .formatted(
                    Identifiers.literal(queue),
                    Identifiers.literal(name.schema()),
                    Identifiers.literal(name.table()))
            : "";
    return "Name %s is ambiguous: queue \"%s\" captures %s%s under it. Name the table that is meant: %s%s"
        .formatted(
            name,
            queue,
            names(there.stream()),
            anyGone ? ", and what was dropped," : "",
            there.stream()
                .map(table -> Remedy.ofQueue(queue).remove(table.now().orElseThrow()))
                .collect(Collectors.joining("; or ")),
            forget);
  }

  private static String names(Stream<Known> tables) {
    return tables
        .map(table -> table.now().orElseThrow().toString())
        .collect(Collectors.joining(", "));
  }
}
