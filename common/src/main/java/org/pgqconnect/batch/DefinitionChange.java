/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.batch;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.pgqconnect.batch.TableDefinition.Column;

/**
 * What ALTER TABLE on the provider did to the rows that were there: it changes them without an
 * event. A column is the same when it has the same number; in a table that was made anew, or of
 * which no numbers are known, when it has the same name.
 */
public record DefinitionChange(TableDefinition before, TableDefinition after) {
  private static final String CONSTANT = "DEFAULT ";

  private static final List<String> INTEGERS = List.of("smallint", "integer", "bigint");

  private static final Set<String> TEXTS = Set.of("character varying", "text");

  private static final Pattern FORM = Pattern.compile("([^(]+)(?:\\((\\d+)(?:,(-?\\d+))?\\))?");

  public DefinitionChange {
    requireNonNull(before, "before");
    requireNonNull(after, "after");
  }

  /** A column that got another name. */
  public record Renamed(String from, String to) {}

  /** Columns that got another name. */
  public List<Renamed> renamed() {
    List<Renamed> renamed = new ArrayList<>();
    for (Column column : after.columns()) {
      before(column)
          .filter(old -> !old.name().equals(column.name()))
          .ifPresent(old -> renamed.add(new Renamed(old.name(), column.name())));
    }
    return renamed;
  }

  /** Columns that are new and that all earlier rows have one value in, NULL without a fill. */
  public List<Column> addedAlike() {
    return after.columns().stream().filter(column -> isAdded(column) && isAlike(column)).toList();
  }

  /**
   * Why earlier rows may hold other values than before, which only a copy brings; nothing when they
   * do not.
   */
  public Optional<String> copyNeeded() {
    for (Renamed renamed : renamed()) {
      if (after.has(renamed.from())) {
        return Optional.of(
            "column \"%s\" is called \"%s\" now, and \"%1$s\" is another one"
                .formatted(renamed.from(), renamed.to()));
      }
    }
    for (Column column : after.columns()) {
      Optional<Column> old = before(column);
      if (old.isPresent() && !keepsValues(old.get(), column)) {
        return Optional.of(
            "column \"%s\" was changed from %s to %s"
                .formatted(column.name(), old.get().type(), column.type()));
      }
      if (isAdded(column) && before.has(column.name())) {
        // Rows from before look like rows from after it, as far as names show.
        return Optional.of("column \"%s\" was dropped and added again".formatted(column.name()));
      }
      if (isAdded(column) && !isAlike(column)) {
        return Optional.of(
            "column \"%s\" was added, and what it holds in earlier rows is not known"
                .formatted(column.name()));
      }
    }
    return Optional.empty();
  }

  /**
   * Why rows of the batch cannot always be found by the key of now, for some may be from before;
   * nothing when the same columns identify them.
   */
  public Optional<String> otherKey() {
    Set<String> former = new HashSet<>();
    for (String name : after.key()) {
      former.add(find(after, name).flatMap(this::before).map(Column::name).orElse(null));
    }
    return former.equals(Set.copyOf(before.key()))
        ? Optional.empty()
        : Optional.of(
            "its key was changed from (%s) to (%s), and rows came with it, which may be from before the change"
                .formatted(String.join(", ", before.key()), String.join(", ", after.key())));
  }

  private boolean isAdded(Column column) {
    return column.number() > 0
        && before.columns().stream().allMatch(old -> old.number() > 0)
        && before(column).isEmpty();
  }

  private static boolean isAlike(Column column) {
    return column.fill() == null ? !column.notNull() : column.fill().startsWith(CONSTANT);
  }

  /** What a column was before, or nothing when it is new. */
  public Optional<Column> before(Column column) {
    List<Column> numbered = before.columns().stream().filter(column::isBeside).toList();
    return numbered.isEmpty()
        ? find(before, column.name())
        : numbered.stream().filter(old -> old.number() == column.number()).findFirst();
  }

  private static Optional<Column> find(TableDefinition definition, String name) {
    return definition.columns().stream().filter(c -> c.name().equals(name)).findFirst();
  }

  /** Whether a change of type leaves each value what it was. */
  static boolean keepsValues(Column old, Column now) {
    // A domain has the values of the type under it, with its modifiers.
    String before = old.expanded() == null ? old.type() : old.expanded();
    String after = now.expanded() == null ? now.type() : now.expanded();
    if (old.type().equals(now.type())
        && (old.expanded() == null || now.expanded() == null || isRow(before) && isRow(after))) {
      return true; // ALTER TYPE, which is run on both sides, does to the rows what it does there.
    }
    // Another composite type or range has a USING of its own, whatever it is made of.
    boolean sameType =
        old.type().equals(now.type()) || old.base() != null && old.base().equals(now.base());
    if (before.equals(after) && (sameType || !isRow(before) && !isRange(before))) {
      return true;
    }
    Matcher from = FORM.matcher(before);
    Matcher to = FORM.matcher(after);
    if (!from.matches() || !to.matches()) {
      return false;
    }
    if (from.group(2) == null && to.group(2) == null && old.base() != null) {
      if (old.base().equals(now.base())) {
        return true; // one of them is a domain
      }
    }
    int narrow = INTEGERS.indexOf(before);
    if (narrow >= 0) {
      return INTEGERS.indexOf(after) > narrow;
    }
    if (TEXTS.contains(from.group(1))) {
      return TEXTS.contains(to.group(1)) && holds(to.group(2), from.group(2));
    }
    return from.group(1).equals("numeric")
        && to.group(1).equals("numeric")
        && (to.group(2) == null
            || from.group(2) != null
                && from.group(3).equals(to.group(3))
                && holds(to.group(2), from.group(2)));
  }

  private static boolean isRow(String expanded) {
    return expanded.contains("row(");
  }

  private static boolean isRange(String expanded) {
    return expanded.contains("range(");
  }

  private static boolean holds(String limit, String before) {
    return limit == null || before != null && Integer.parseInt(limit) >= Integer.parseInt(before);
  }
}
