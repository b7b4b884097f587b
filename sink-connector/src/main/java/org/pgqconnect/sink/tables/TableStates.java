/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.tables;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.pgqconnect.batch.BatchBounds;
import org.pgqconnect.batch.BatchEnd;
import org.pgqconnect.batch.CopyProgress;
import org.pgqconnect.batch.DefinitionChange;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.sink.intake.Ownership;
import org.pgqconnect.sink.tables.SubscribedTable.Stage;

/**
 * The states of a subscription's tables and how batches move them. Changes are made on a {@link
 * #copy()}, which replaces the original once the transaction has committed.
 */
public final class TableStates {
  /** How a table became another one. */
  public static final String REPLACED = "dropped and made anew, restored, or renamed";

  /** How a table lost its rows. */
  public static final String EMPTIED = "emptied by another session (TRUNCATE, or a restore)";

  private final Map<TableId, SubscribedTable> states;
  private final Map<TableId, SubscribedTable> changed = new TreeMap<>();
  private final Set<TableId> firstHeard = new TreeSet<>();
  private final List<String> warnings = new ArrayList<>();
  private final List<DefinitionChange> altered = new ArrayList<>();
  private final TableNotes notes;

  /**
   * @param remedy the commands that notes name
   */
  public TableStates(Map<TableId, SubscribedTable> states, Remedy remedy) {
    this.states = new TreeMap<>(states);
    this.notes = new TableNotes(remedy);
  }

  /** The same states, with no changes noted. */
  public TableStates copy() {
    return new TableStates(states, remedy());
  }

  /** The table's state; a table that was never heard of expects a copy. */
  public SubscribedTable get(TableId table) {
    return states.getOrDefault(table, SubscribedTable.unknown(table, remedy()));
  }

  /** All tables that were heard of. */
  public Map<TableId, SubscribedTable> all() {
    return states;
  }

  /** The states that differ from those this object began with. */
  public Map<TableId, SubscribedTable> changed() {
    return changed;
  }

  /** What an operator should know about the batches taken in. */
  public List<String> warnings() {
    return warnings;
  }

  /** Is the table without rows until a copy of it starts? */
  public boolean expectsCopy(TableId table) {
    return get(table).stage() == Stage.EXPECTING_COPY;
  }

  /** The tables that have rows or are being copied: all that were heard of and expect no copy. */
  public Set<TableId> filled() {
    return states.entrySet().stream()
        .filter(state -> state.getValue().stage() != Stage.EXPECTING_COPY)
        .map(Map.Entry::getKey)
        .collect(Collectors.toUnmodifiableSet());
  }

  /**
   * Moves the states by what a batch's END says.
   *
   * @param definitions what came with the batch; of one table the last counts
   * @param owned the tables that the subscription takes
   * @param marked the tables of {@link #toBeHeld}
   * @return what to do with the batch's rows, for every owned table that has any or whose copy
   *     starts
   */
  public Map<TableId, RowPlan> advance(
      BatchEnd end,
      List<TableDefinition> definitions,
      Ownership owned,
      Map<TableId, Marked> marked) {
    define(definitions, owned, end.bounds(), table -> end.counts().containsKey(table.toString()));
    Map<TableId, RowPlan> plans = new LinkedHashMap<>();
    for (CopyProgress copy : end.copies()) {
      if (owned.owns(copy.table())) {
        if (copy.first() && copy.withRows()) {
          altered.removeIf(change -> change.after().table().equals(copy.table()));
        }
        Marked mark = marked.get(copy.table());
        boolean refused =
            copy.isMark() && mark != null && refuses(copy, end.bounds().prevTickId(), mark);
        plans.put(copy.table(), refused ? RowPlan.SKIP : take(copy));
      } else {
        passOver(copy.table(), end.bounds());
        passOverPromised(copy, end.bounds());
        passOverMark(copy);
      }
    }
    for (String name : end.counts().keySet()) {
      TableId table = TableId.parse(name);
      if (owned.owns(table)) {
        plans.computeIfAbsent(table, this::planWithoutCopy);
      } else {
        passOver(table, end.bounds());
      }
    }
    settle(end.bounds().tickId());
    reportFirstHeard();
    return plans;
  }

  /** The copy of a table may have been before the subscription began. */
  private void reportFirstHeard() {
    for (TableId table : firstHeard) {
      String note = get(table).note();
      if (SubscribedTable.unknown(table, remedy()).note().equals(note)) {
        warnings.add("Table %s: no copy of it has arrived. %s".formatted(table, note));
      }
    }
    firstHeard.clear();
  }

  /** The tables that the batch says the subscriber holds, and that were not reported to it yet. */
  public List<TableId> toBeHeld(BatchEnd end, Ownership owned) {
    return end.copies().stream()
        .filter(copy -> copy.isMark() && owned.owns(copy.table()))
        .filter(copy -> get(copy.table()).copyId() != copy.copyId())
        .map(CopyProgress::table)
        .toList();
  }

  private boolean refuses(CopyProgress mark, long prevTick, Marked marked) {
    SubscribedTable before = get(mark.table());
    if (marked.isMeant(mark, prevTick, before)) {
      return false;
    }
    String note = marked.refusal(mark, prevTick, remedy());
    warnings.add(note);
    put(mark.table(), before.refused(mark, note));
    return true;
  }

  /**
   * Takes in how the provider describes tables. Where ALTER TABLE changed rows there without
   * events, the table is lost until it is copied again, also one that the subscription leaves out
   * now.
   *
   * @param bounds of the batch that they came with
   * @param hasRows whether rows of a table came with it, which may be from before
   */
  public void define(
      List<TableDefinition> definitions,
      Ownership owned,
      BatchBounds bounds,
      Predicate<TableId> hasRows) {
    for (TableDefinition definition : definitions) {
      TableId table = definition.table();
      SubscribedTable before = get(table);
      if (definition.equals(before.definition())) {
        continue;
      }
      if (!owned.owns(table)) {
        if (before.definition() != null && !before.definition().isLike(definition)) {
          passOver(table, bounds);
        }
        continue;
      }
      put(table, before.with(definition));
      if (before.definition() == null || before.stage() == Stage.EXPECTING_COPY) {
        continue;
      }
      put(table, get(table).with(notes.withoutDropped(before, definition)));
      DefinitionChange change = new DefinitionChange(before.definition(), definition);
      Optional<String> reason =
          change.copyNeeded().or(() -> hasRows.test(table) ? change.otherKey() : Optional.empty());
      if (reason.isPresent()) {
        copyNeeded(table, reason.get());
      } else {
        altered.add(change);
      }
    }
  }

  /**
   * ALTER TABLE on the provider made rows other than they are here, which only a copy fixes.
   *
   * @param reason which columns are concerned
   */
  public void copyNeeded(TableId table, String reason) {
    String note = notes.altered(table, reason);
    warnings.add(note);
    put(table, get(table).lost(note));
  }

  /** Do these describe a table otherwise than it was described before? */
  public boolean areAltered(List<TableDefinition> definitions, Ownership owned) {
    return definitions.stream()
        .filter(definition -> owned.owns(definition.table()))
        .anyMatch(
            definition -> {
              TableDefinition before = get(definition.table()).definition();
              return before != null && !before.equals(definition);
            });
  }

  /**
   * Changes of tables whose rows are kept, in the order in which they arrived; not those before a
   * copy, which brings all rows as they are by then.
   */
  public List<DefinitionChange> altered() {
    return altered;
  }

  /** What to do with rows that are not part of a copy, before END is known. */
  public RowPlan planWithoutCopy(TableId table) {
    if (!states.containsKey(table)) {
      put(table, SubscribedTable.unknown(table, remedy()));
    }
    switch (get(table).stage()) {
      case EXPECTING_COPY:
        return RowPlan.SKIP;
      case COPYING:
        return RowPlan.APPLY_WHILE_COPYING;
      case CATCHING_UP:
        return RowPlan.APPLY_WHILE_COPYING;
      default:
        return RowPlan.APPLY;
    }
  }

  /** A table that the subscription held, and leaves out now, misses what the batch says of it. */
  private void passOver(TableId table, BatchBounds bounds) {
    SubscribedTable before = states.get(table);
    if (before == null || before.stage() == Stage.EXPECTING_COPY) {
      return;
    }
    leaveOut(table, bounds, before);
  }

  private void leaveOut(TableId table, BatchBounds bounds, SubscribedTable before) {
    String note = notes.leftOut(table, bounds);
    warnings.add(note);
    put(table, before.lost(note));
  }

  /** The copy that was to come begins while the subscription leaves the table out. */
  private void passOverPromised(CopyProgress copy, BatchBounds bounds) {
    TableId table = copy.table();
    SubscribedTable before = states.get(table);
    if (copy.first()
        && before != null
        && TableNotes.copyToCome(table).equals(before.note())
        && before.stage() == Stage.EXPECTING_COPY) {
      leaveOut(table, bounds, before);
    }
  }

  /**
   * A source that was ended before it noted that it has said so says it again, with a later tick.
   * Then it means nothing here: changes since it was said first were skipped.
   */
  private void passOverMark(CopyProgress mark) {
    if (mark.isMark() && states.containsKey(mark.table())) {
      SubscribedTable before = get(mark.table());
      put(mark.table(), before.refused(mark, before.note()));
    }
  }

  /**
   * The state of a table that is not what was copied.
   *
   * @param how that came
   */
  public SubscribedTable lost(TableId table, String how) {
    return get(table).lost(notes.lost(table, how));
  }

  /** The same of a table that the subscription leaves out now: the task need not stop for it. */
  public void leftOutAndLost(TableId table, String how) {
    SubscribedTable lost = lost(table, how);
    warnings.add(lost.note());
    put(table, lost);
  }

  /** Rows of a table that was in step were not there. */
  public void missedRows(TableId table, long updates, long deletes, String key, String context) {
    String note = notes.missedRows(table, updates, deletes, key, context);
    warnings.add(note);
    String before = get(table).note();
    if (TableNotes.withoutTriggers(before) == null) {
      put(table, get(table).with(TableNotes.joined(before, note)));
    }
  }

  /**
   * Triggers of the subscriber fire when a table is written, and no operator has confirmed that
   * they do no harm.
   *
   * @param warning which they are and how to switch them off; ends with a semicolon
   * @param names the triggers' names
   */
  public void firesTriggers(
      TableId table, String subscription, String warning, List<String> names) {
    String note = TableNotes.firesTriggers(table, subscription, warning, names);
    String rest = TableNotes.withoutTriggers(get(table).note());
    put(table, get(table).with(rest == null ? note : note + "\n" + rest));
  }

  /**
   * Nothing fires any more, or it was confirmed.
   *
   * @return whether the note said otherwise
   */
  public boolean firesNoTriggers(TableId table) {
    String before = get(table).note();
    String rest = TableNotes.withoutTriggers(before);
    boolean said = !Objects.equals(before, rest);
    if (said) {
      put(table, get(table).with(rest));
    }
    return said;
  }

  /** Whether the note says so already. */
  public boolean saysOfTriggers(TableId table, String warning) {
    String note = get(table).note();
    return note != null && note.startsWith(warning);
  }

  /** Others have written all rows of a table anew. */
  public void mayLackRows(TableId table, String subscription) {
    noteDoubt(table, notes.rewritten(table, subscription));
  }

  /** How a table lost values of columns. */
  public static String otherColumns(List<String> names) {
    return "another session dropped %s and added %s again, or gave the name to another column"
        .formatted(
            names.stream().map("column \"%s\""::formatted).collect(Collectors.joining(" and ")),
            names.size() == 1 ? "it" : "them");
  }

  /** Another column has the name of one that the subscription filled. */
  public void mayLackValues(TableId table, String subscription, String column) {
    noteDoubt(table, notes.otherColumn(table, subscription, column));
  }

  /** Does the provider's table have the column, as far as that is known? */
  public boolean describes(TableId table, String column) {
    TableDefinition definition = get(table).definition();
    return definition == null || definition.has(column);
  }

  /** Partitions are no longer part of a table. */
  public void lacksPartitions(TableId table, String subscription) {
    noteDoubt(table, notes.partitionsGone(table, subscription));
  }

  private void noteDoubt(TableId table, String note) {
    warnings.add(note);
    String before = get(table).note();
    if (before == null || !before.contains(note)) {
      put(table, get(table).with(TableNotes.joined(before, note)));
    }
  }

  public Remedy remedy() {
    return notes.remedy();
  }

  /** Is a table not yet as the provider's was at the tick? */
  public boolean isCopying() {
    return states.values().stream()
        .anyMatch(state -> state.stage() == Stage.COPYING || state.stage() == Stage.CATCHING_UP);
  }

  /** Has the table's copy ended? */
  public boolean isCopied(TableId table) {
    return get(table).stage() == Stage.CATCHING_UP || get(table).stage() == Stage.OK;
  }

  /**
   * The table's copy has ended, but what it did not bring could not be deleted yet.
   *
   * @param said what may have been noted of that before
   */
  public void unfinished(TableId table, String note, List<String> said) {
    SubscribedTable before = get(table);
    put(
        table,
        new SubscribedTable(
            Stage.CATCHING_UP,
            before.copyId(),
            before.consistentTick(),
            before.definition(),
            TableNotes.joined(TableNotes.without(before.note(), said), note)));
  }

  /** What was said of that is over. */
  public void finished(TableId table, List<String> said) {
    String before = get(table).note();
    String rest = TableNotes.without(before, said);
    if (!Objects.equals(before, rest)) {
      put(table, get(table).with(rest));
    }
  }

  private RowPlan take(CopyProgress copy) {
    TableId table = copy.table();
    SubscribedTable before = get(table);
    if (copy.isMark() && before.copyId() == copy.copyId()) {
      return planWithoutCopy(table); // Reported once more: what came since counts.
    }
    if (copy.isToCome()) {
      return expect(copy, before);
    }
    if (copy.first()) {
      Stage stage = copy.last() ? Stage.CATCHING_UP : Stage.COPYING;
      put(table, before.copied(stage, copy));
      return copy.withRows() ? RowPlan.RESTART : RowPlan.APPLY_WHILE_COPYING;
    }
    if (before.stage() != Stage.COPYING || before.copyId() != copy.copyId()) {
      return ignoreChunk(copy, before);
    }
    if (copy.last()) {
      put(table, before.copied(Stage.CATCHING_UP, copy));
    }
    return RowPlan.APPLY_WHILE_COPYING;
  }

  /**
   * What is here lacks changes that no event brings. Said with every batch until the copy begins,
   * and once more by a source that goes back.
   */
  private RowPlan expect(CopyProgress copy, SubscribedTable before) {
    if (before.stage() != Stage.EXPECTING_COPY && copy.copyId() > before.copyId()) {
      put(copy.table(), before.lost(TableNotes.copyToCome(copy.table())));
    }
    return planWithoutCopy(copy.table());
  }

  private RowPlan ignoreChunk(CopyProgress copy, SubscribedTable before) {
    if (before.stage() != Stage.EXPECTING_COPY) {
      return planWithoutCopy(copy.table());
    }
    String note = notes.copyUnderWay(copy, before);
    if (!note.equals(before.note())) {
      warnings.add(note);
      put(copy.table(), before.with(note));
    }
    return planWithoutCopy(copy.table());
  }

  private void settle(long tick) {
    for (Map.Entry<TableId, SubscribedTable> entry : List.copyOf(states.entrySet())) {
      SubscribedTable settled = entry.getValue().caughtUpAt(tick);
      if (settled != entry.getValue()) {
        put(entry.getKey(), settled);
      }
    }
  }

  private void put(TableId table, SubscribedTable state) {
    if (states.put(table, state) == null) {
      firstHeard.add(table);
    }
    changed.put(table, state);
  }

  /** What to do with a table's rows in one batch. */
  public enum RowPlan {
    /** A copy is to come: forget them. */
    SKIP,
    /** A copy begins: what it will not have brought, when it has ended, goes. */
    RESTART,
    /** Apply them; rows may be there already. */
    APPLY_WHILE_COPYING,
    /** Apply them; the table is as the provider's was. */
    APPLY
  }
}
