/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.apply;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.pgqconnect.batch.DefinitionChange;
import org.pgqconnect.batch.TableDefinition.Column;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.sink.tables.TableStates;
import org.pgqconnect.sink.target.ApplyException;

/** Holds rows of the subscriber against what ALTER TABLE made of the provider's, once. */
final class AlteredTables {
  private final Subscriber subscriber;

  AlteredTables(Subscriber subscriber) {
    this.subscriber = subscriber;
  }

  /**
   * Requires that rows are what the provider's became.
   *
   * @param states the tables as batches describe them; forgets that they were altered, and notes
   *     which only a copy makes equal
   * @param written the tables of which the transaction has written rows before, with the columns
   *     that these brought
   * @return tables whose rows only a copy makes equal
   * @throws ApplyException when rows differ, with the statement that makes them equal
   */
  Set<TableId> require(TableStates states, Map<TableId, Set<String>> written) throws SQLException {
    Map<TableId, List<DefinitionChange>> altered = new LinkedHashMap<>();
    for (DefinitionChange change : states.altered()) {
      altered.computeIfAbsent(change.after().table(), t -> new ArrayList<>()).add(change);
    }
    states.altered().clear();
    Set<TableId> lost = new HashSet<>();
    for (Map.Entry<TableId, List<DefinitionChange>> table : altered.entrySet()) {
      if (!states.expectsCopy(table.getKey())) {
        Optional<String> copyNeeded =
            copyNeeded(table.getValue(), Optional.ofNullable(written.get(table.getKey())));
        if (copyNeeded.isPresent()) {
          states.copyNeeded(table.getKey(), copyNeeded.get());
          lost.add(table.getKey());
        }
      }
    }
    return lost;
  }

  /**
   * @param written the columns of rows that the transaction has written before, if it has
   */
  private Optional<String> copyNeeded(List<DefinitionChange> changes, Optional<Set<String>> written)
      throws SQLException {
    if (written.isPresent()) {
      Optional<String> late =
          changes.stream().flatMap(change -> late(change, written.get()).stream()).findFirst();
      if (late.isPresent()) {
        return late;
      }
    }
    return subscriber.writer().requireSameRows(changes, written.isPresent());
  }

  /**
   * Rows that were written under the old name cannot be written again when it is changed here. Rows
   * and definitions are in different topics: rows that came before their column was described look
   * like older ones that the ALTER gave other values than they have.
   */
  private static Optional<String> late(DefinitionChange change, Set<String> written) {
    Optional<String> renamed =
        change.renamed().stream()
            .findFirst()
            .map(
                column ->
                    "column \"%s\" is called \"%s\" since the middle of a batch that does not fit into memory"
                        .formatted(column.from(), column.to()));
    return renamed.or(
        () ->
            change.addedAlike().stream()
                .map(Column::name)
                .filter(written::contains)
                .findFirst()
                .map(
                    name ->
                        "rows of a batch that does not fit into memory came before column \"%s\" was described"
                            .formatted(name)));
  }
}
