/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.settle;

import java.util.Map;
import java.util.Set;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableId;

/**
 * Which tables hold other rows than the provider's, or may.
 *
 * @param copiedAgain those that are copied again while their rows stay, so that all of their rows
 *     must be written, and what was written is remembered
 * @param clearable those of them of which rows that the copy has not brought are deleted when they
 *     are in the way of others
 * @param stale those whose rows are not the provider's until a copy has ended
 * @param definitions all tables of the subscription, in step or not, as the provider describes
 *     them; null values where it has not
 */
public record TablesInCopy(
    Set<TableId> copiedAgain,
    Set<TableId> clearable,
    Set<TableId> stale,
    Set<TableId> coming,
    Set<TableId> inStep,
    Map<TableId, TableDefinition> definitions) {
  static final TablesInCopy NONE = copiedAgain(Set.of());

  public TablesInCopy {
    copiedAgain = Set.copyOf(copiedAgain);
    clearable = Set.copyOf(clearable);
    stale = Set.copyOf(stale);
    coming = Set.copyOf(coming);
    inStep = Set.copyOf(inStep);
  }

  /** Where nothing more is needed of them. */
  public static TablesInCopy copiedAgain(Set<TableId> tables) {
    return new TablesInCopy(tables, Set.of(), Set.of(), Set.of(), Set.of(), Map.of());
  }
}
