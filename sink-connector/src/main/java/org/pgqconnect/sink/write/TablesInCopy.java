/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.write;

import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
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
 * @param coming those that were empty before their copy, which has not ended
 * @param inStep those that hold what the provider's had
 * @param definitions any table as the provider describes it; null where it has not
 */
public record TablesInCopy(
    Set<TableId> copiedAgain,
    Set<TableId> clearable,
    Predicate<TableId> stale,
    Predicate<TableId> coming,
    Predicate<TableId> inStep,
    Function<TableId, TableDefinition> definitions) {
  static final TablesInCopy NONE = copiedAgain(Set.of());

  public TablesInCopy {
    copiedAgain = Set.copyOf(copiedAgain);
    clearable = Set.copyOf(clearable);
  }

  /** Are its rows the provider's, or will they be? */
  boolean isReplicated(TableId table) {
    return copiedAgain.contains(table)
        || stale.test(table)
        || coming.test(table)
        || inStep.test(table);
  }

  /** Where nothing more is needed of them. */
  public static TablesInCopy copiedAgain(Set<TableId> tables) {
    return new TablesInCopy(
        tables, Set.of(), table -> false, table -> false, table -> false, table -> null);
  }
}
