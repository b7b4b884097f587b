/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.write;

import java.util.Set;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.sink.intake.Ownership;
import org.pgqconnect.sink.tables.SubscribedTable.Stage;
import org.pgqconnect.sink.tables.TableStates;

/** Which tables hold other rows than the provider's, or may, while a set of rows is written. */
public final class TablesInCopy {
  private final Ownership ownership;
  private final Set<TableId> heardOf;
  private final Set<TableId> copiedAgain;
  private final Set<TableId> clearable;
  private final TableStates states;

  private TablesInCopy(
      Ownership ownership,
      Set<TableId> heardOf,
      Set<TableId> copiedAgain,
      Set<TableId> clearable,
      TableStates states) {
    this.ownership = ownership;
    this.heardOf = heardOf;
    this.copiedAgain = Set.copyOf(copiedAgain);
    this.clearable = Set.copyOf(clearable);
    this.states = states;
  }

  /** Before anything is written. */
  static TablesInCopy none(Ownership ownership) {
    return new TablesInCopy(ownership, Set.of(), Set.of(), Set.of(), null);
  }

  /**
   * For a whole batch, whose END has moved the states.
   *
   * @param states as the batch leaves them
   * @param ownership the tables that the subscription takes
   * @param copiedAgain those that are copied again while their rows stay
   * @param clearable those of them of which rows that the copy has not brought are deleted when
   *     they are in the way of others
   */
  public static TablesInCopy ofBatch(
      TableStates states, Ownership ownership, Set<TableId> copiedAgain, Set<TableId> clearable) {
    return new TablesInCopy(ownership, states.all().keySet(), copiedAgain, clearable, states);
  }

  /** For a part of a batch, whose END may still move the states: no table's rows are known. */
  public static TablesInCopy ofPart(
      TableStates states, Ownership ownership, Set<TableId> copiedAgain) {
    return new TablesInCopy(ownership, states.all().keySet(), copiedAgain, Set.of(), null);
  }

  /**
   * Those that are copied again while their rows stay, so that all of their rows must be written,
   * and what was written is remembered.
   */
  Set<TableId> copiedAgain() {
    return copiedAgain;
  }

  /**
   * Those of them of which rows that the copy has not brought are deleted when they are in the way
   * of others.
   */
  Set<TableId> clearable() {
    return clearable;
  }

  /** Is it a table that the subscription takes, and that the provider has described? */
  boolean isHeardOf(TableId table) {
    return ownership.owns(table) && heardOf.contains(table);
  }

  /** END has said how the batch leaves the tables. */
  private boolean isDecided() {
    return states != null;
  }

  /**
   * Rows are not the provider's: the table waits for a copy, or one is under way that has not
   * brought all of them. What it did not bring when it has ended the provider does not have.
   */
  boolean isStale(TableId table) {
    return isDecided()
        && isHeardOf(table)
        && (states.expectsCopy(table) || copiedAgain.contains(table) && !states.isCopied(table));
  }

  /** Was it empty before its copy, which has not ended? */
  boolean isComing(TableId table) {
    return isAt(Stage.COPYING, table);
  }

  /** Does it hold what the provider's had? */
  boolean isInStep(TableId table) {
    return isAt(Stage.OK, table);
  }

  /** A table that is copied again holds rows that the copy did not bring until they are swept. */
  private boolean isAt(Stage stage, TableId table) {
    return isDecided()
        && !copiedAgain.contains(table)
        && heardOf.contains(table)
        && states.get(table).stage() == stage;
  }

  /** Are its rows the provider's, or will they be? */
  boolean isReplicated(TableId table) {
    return copiedAgain.contains(table) || isStale(table) || isComing(table) || isInStep(table);
  }

  /** The table as the provider describes it; null where it has not, or in a part of a batch. */
  TableDefinition definition(TableId table) {
    return isDecided() ? states.get(table).definition() : null;
  }
}
