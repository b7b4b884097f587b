/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.tables;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.pgqconnect.batch.BatchBounds;
import org.pgqconnect.batch.BatchEnd;
import org.pgqconnect.batch.CopyProgress;
import org.pgqconnect.batch.DefinitionChange;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.sink.intake.Ownership;
import org.pgqconnect.sink.tables.TableState.Stage;

/**
 * The states of a subscription's tables and how batches move them. Changes are made on a {@link
 * #copy()}, which replaces the original once the transaction has committed.
 */
public final class TableStates {
  /** How a table became another one. */
  static final String REPLACED = "dropped and made anew, restored, or renamed";

  /** How a table lost its rows. */
  static final String EMPTIED = "emptied by others (TRUNCATE, or a restore)";

  private static final String OTHER_COLUMN =
      " the name to another column. Rows that were not written since lack the provider's values in it. If they have them by now";

  private final Map<TableId, TableState> states;
  private final Map<TableId, TableState> changed = new TreeMap<>();
  private final List<String> warnings = new ArrayList<>();
  private final List<DefinitionChange> altered = new ArrayList<>();
  private final Remedy remedy;

  /**
   * @param remedy the commands that notes name
   */
  public TableStates(Map<TableId, TableState> states, Remedy remedy) {
    this.states = new TreeMap<>(states);
    this.remedy = requireNonNull(remedy, "remedy");
  }

  /** The same states, with no changes noted. */
  public TableStates copy() {
    return new TableStates(states, remedy);
  }

  /** The table's state; a table that was never heard of expects a copy. */
  public TableState get(TableId table) {
    return states.getOrDefault(table, TableState.unknown(table, remedy));
  }

  /** All tables that were heard of. */
  public Map<TableId, TableState> all() {
    return states;
  }

  /** The states that differ from those this object began with. */
  public Map<TableId, TableState> changed() {
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
    define(definitions, owned, end.bounds());
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
    return plans;
  }

  /** The tables that the batch says the subscriber holds, and that it was not told of yet. */
  public List<TableId> toBeHeld(BatchEnd end, Ownership owned) {
    return end.copies().stream()
        .filter(copy -> copy.isMark() && owned.owns(copy.table()))
        .filter(copy -> get(copy.table()).copyId() != copy.copyId())
        .map(CopyProgress::table)
        .toList();
  }

  private boolean refuses(CopyProgress mark, long prevTick, Marked marked) {
    TableState before = get(mark.table());
    if (marked.isMeant(mark, prevTick, before)) {
      return false;
    }
    String note = marked.refusal(mark, prevTick, remedy);
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
   */
  public void define(List<TableDefinition> definitions, Ownership owned, BatchBounds bounds) {
    for (TableDefinition definition : definitions) {
      TableId table = definition.table();
      TableState before = get(table);
      if (definition.equals(before.definition())) {
        continue;
      }
      if (!owned.owns(table)) {
        if (before.definition() != null) {
          passOver(table, bounds);
        }
        continue;
      }
      put(table, before.with(definition));
      if (before.definition() == null || before.stage() == Stage.EXPECTING_COPY) {
        continue;
      }
      put(table, get(table).with(withoutDropped(before, definition)));
      DefinitionChange change = new DefinitionChange(before.definition(), definition);
      Optional<String> reason = change.copyNeeded();
      if (reason.isPresent()) {
        copyNeeded(table, reason.get());
      } else {
        altered.add(change);
      }
    }
  }

  /**
   * ALTER TABLE on the provider made rows other than they are here, which only a copy mends.
   *
   * @param reason which columns are concerned
   */
  public void copyNeeded(TableId table, String reason) {
    String note =
        ("Rows of table %s were changed on the provider by ALTER TABLE, which writes no events: %s. Its changes are skipped until it is copied"
                + " again: %s")
            .formatted(table, reason, remedy.resync(table));
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
      put(table, TableState.unknown(table, remedy));
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
    TableState before = states.get(table);
    if (before == null || before.stage() == Stage.EXPECTING_COPY) {
      return;
    }
    String note =
        ("This sink's topics or table.include.list leave %s out, and changes of it were passed over since tick %d. When it is"
                + " included again they are missing, so it stays in state expecting-copy until it is copied again: %s")
            .formatted(table, bounds.prevTickId(), remedy.resync(table));
    warnings.add(note);
    put(table, before.lost(note));
  }

  /**
   * A source that was ended before it noted that it has said so says it again, with a later tick.
   * Then it means nothing here: changes since it was said first were passed over.
   */
  private void passOverMark(CopyProgress mark) {
    if (mark.isMark() && states.containsKey(mark.table())) {
      TableState before = get(mark.table());
      put(mark.table(), before.refused(mark, before.note()));
    }
  }

  /**
   * The state of a table that is not what was copied.
   *
   * @param how that came
   */
  TableState lost(TableId table, String how) {
    return get(table)
        .lost(
            ("The subscriber's table %s is not what was copied: %s. Its changes are skipped until it is copied again: %s")
                .formatted(table, how, remedy.resync(table)));
  }

  /** The same of a table that the subscription leaves out now: nobody has to stop for it. */
  void leftOutAndLost(TableId table, String how) {
    TableState lost = lost(table, how);
    warnings.add(lost.note());
    put(table, lost);
  }

  /** Rows of a table that was in step were not there. */
  public void missedRows(TableId table, long updates, long deletes, String key, String context) {
    String note =
        ("%d updates and %d deletes of table %s met rows that are not on the subscriber, first in %s, one of them with key (%s): others have deleted rows"
                + " there, or restored the table. Rows that are updated are there again, others may still be missing. Copy it again: %s")
            .formatted(updates, deletes, table, context, key, remedy.resync(table));
    warnings.add(note);
    if (withoutTriggers(get(table).note()) == null) {
      put(table, get(table).with(joined(get(table).note(), note)));
    }
  }

  /**
   * Triggers of the subscriber fire when a table is written, and nobody has said that they do no
   * harm.
   *
   * @param warning which they are and how to switch them off; ends with a semicolon
   * @param names the triggers' names
   */
  public void firesTriggers(
      TableId table, String subscription, String warning, List<String> names) {
    String note =
        warning
            + (" Else, if they do no harm, run on the subscriber: UPDATE pgq_connect.subscribed_table SET note = substr(note, nullif(strpos(note, chr(10)), 0) + 1), confirmed_triggers = ARRAY[%s]"
                    + " WHERE subscription = %s AND table_schema = %s AND table_name = %s; In either case restart the connector then.")
                .formatted(
                    names.stream().map(Identifiers::literal).collect(Collectors.joining(", ")),
                    Identifiers.literal(subscription),
                    Identifiers.literal(table.schema()),
                    Identifiers.literal(table.table()));
    String rest = withoutTriggers(get(table).note());
    put(table, get(table).with(rest == null ? note : note + "\n" + rest));
  }

  /**
   * Nothing fires any more, or it was confirmed.
   *
   * @return whether the note said otherwise
   */
  public boolean firesNoTriggers(TableId table) {
    String before = get(table).note();
    String rest = withoutTriggers(before);
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

  /** What a note says of triggers comes first and has a line of its own, so that it can go. */
  private static String withoutTriggers(String note) {
    if (note == null || !note.startsWith("Triggers ")) {
      return note;
    }
    int end = note.indexOf('\n');
    return end < 0 ? null : note.substring(end + 1);
  }

  /**
   * What a note says of columns that the provider has dropped has no meaning any more. One that has
   * another name there is none of them, and without numbers the two cannot be told apart.
   */
  private String withoutDropped(TableState before, TableDefinition now) {
    String note = before.note();
    if (note == null) {
      return null;
    }
    for (TableDefinition.Column column : before.definition().columns()) {
      int start = note.indexOf(otherColumn(now.table(), column.name()));
      if (start >= 0 && isDropped(column, now)) {
        String last = remedy.resync(now.table());
        int end = note.indexOf(last, start) + last.length();
        String rest = cut(note, start, end);
        note = rest.isEmpty() ? null : rest;
      }
      if (note == null) {
        return null;
      }
    }
    return note;
  }

  private static boolean isDropped(TableDefinition.Column column, TableDefinition now) {
    return now.columns().stream().anyMatch(column::isBeside)
        && now.columns().stream().noneMatch(other -> other.number() == column.number());
  }

  private static String joined(String before, String note) {
    if (before == null) {
      return note;
    }
    return before + (withoutTriggers(before) == null ? "\n" : " ") + note;
  }

  /** Others have written all rows of a table anew. */
  void mayLackRows(TableId table, String subscription) {
    noteDoubt(
        table,
        subscription,
        "Another session rewrote table %s on the subscriber. None of its rows shows that it was there before, as after ALTER TABLE, which keeps them, or after TRUNCATE and a restore, which lose or change some. If it was ALTER TABLE, and changed no value (as TYPE .. USING does)"
            .formatted(table));
  }

  /** How a table lost values of columns. */
  static String otherColumns(List<String> names) {
    return "others dropped %s and added %s again, or gave the name to another column"
        .formatted(
            names.stream().map("column \"%s\""::formatted).collect(Collectors.joining(" and ")),
            names.size() == 1 ? "it" : "them");
  }

  /** Another column has the name of one that the subscription filled. */
  void mayLackValues(TableId table, String subscription, String column) {
    noteDoubt(table, subscription, otherColumn(table, column) + OTHER_COLUMN);
  }

  private static String otherColumn(TableId table, String column) {
    return "Column \"%s\" of table %s on the subscriber is another one than this subscription filled: others dropped it and added it again, or gave"
        .formatted(column, table);
  }

  /** Does the provider's table have the column, as far as that is known? */
  boolean describes(TableId table, String column) {
    TableDefinition definition = get(table).definition();
    return definition == null || definition.has(column);
  }

  /** Partitions are no longer part of a table. */
  void lacksPartitions(TableId table, String subscription) {
    noteDoubt(
        table,
        subscription,
        "Partitions of table %s on the subscriber were detached or dropped, and with them what they held. If the provider has no such rows either"
            .formatted(table));
  }

  private void noteDoubt(TableId table, String subscription, String what) {
    String note =
        what
            + ", run on the subscriber: UPDATE pgq_connect.subscribed_table SET note = NULL WHERE subscription = %s AND table_schema = %s AND table_name = %s; That takes back all that is noted of the table. Else copy the table again: %s"
                .formatted(
                    Identifiers.literal(subscription),
                    Identifiers.literal(table.schema()),
                    Identifiers.literal(table.table()),
                    remedy.resync(table));
    warnings.add(note);
    String before = get(table).note();
    if (before == null || !before.contains(note)) {
      put(table, get(table).with(joined(before, note)));
    }
  }

  Remedy remedy() {
    return remedy;
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
    TableState before = get(table);
    put(
        table,
        new TableState(
            Stage.CATCHING_UP,
            before.copyId(),
            before.consistentTick(),
            before.definition(),
            joined(without(before.note(), said), note)));
  }

  /** What was said of that is over. */
  public void finished(TableId table, List<String> said) {
    String before = get(table).note();
    String rest = without(before, said);
    if (!Objects.equals(before, rest)) {
      put(table, get(table).with(rest));
    }
  }

  private static String without(String note, List<String> parts) {
    String rest = note == null ? "" : note;
    for (String part : parts) {
      int start = rest.indexOf(part);
      if (start >= 0) {
        rest = cut(rest, start, start + part.length());
      }
    }
    return rest.isEmpty() ? null : rest;
  }

  private static String cut(String note, int start, int end) {
    return (note.substring(0, start) + note.substring(end).stripLeading()).stripTrailing();
  }

  private RowPlan take(CopyProgress copy) {
    TableId table = copy.table();
    TableState before = get(table);
    if (copy.isMark() && before.copyId() == copy.copyId()) {
      return planWithoutCopy(table); // Told once more: what came since counts.
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

  private RowPlan ignoreChunk(CopyProgress copy, TableState before) {
    if (before.stage() != Stage.EXPECTING_COPY) {
      return planWithoutCopy(copy.table());
    }
    String note =
        ("A copy of %s (number %d) was under way before this subscription began, so the table stays in state %s and its changes"
                + " are skipped. To have it copied from the beginning: %s")
            .formatted(
                copy.table(), copy.copyId(), before.stage().label(), remedy.resync(copy.table()));
    if (!note.equals(before.note())) {
      warnings.add(note);
      put(copy.table(), before.with(note));
    }
    return planWithoutCopy(copy.table());
  }

  private void settle(long tick) {
    for (Map.Entry<TableId, TableState> entry : List.copyOf(states.entrySet())) {
      TableState settled = entry.getValue().caughtUpAt(tick);
      if (settled != entry.getValue()) {
        put(entry.getKey(), settled);
      }
    }
  }

  private void put(TableId table, TableState state) {
    states.put(table, state);
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
