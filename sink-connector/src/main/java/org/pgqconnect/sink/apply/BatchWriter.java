/*
 * Copyright pgq-connect contributors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package org.pgqconnect.sink.apply;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.sink.assemble.Image;

/**
 * Writes net effects into the open transaction of one session: tables are emptied, rows deleted,
 * rows written.
 */
public final class BatchWriter {
  private final Connection connection;
  private final Catalog catalog;
  private final TableEmptier emptier;
  private final boolean replica;
  private final Map<TableId, TableWriter> writers = new HashMap<>();
  private final Map<TableId, CopyGate> gates = new HashMap<>();
  private Map<TableId, Set<TableId>> foreignKeys;

  /**
   * @param replica the session's replication role is {@code replica}: foreign keys and ordinary
   *     triggers do not fire
   */
  public BatchWriter(Connection connection, boolean replica) {
    this.connection = connection;
    this.catalog = new Catalog(connection);
    this.emptier = new TableEmptier(connection);
    this.replica = replica;
  }

  /**
   * Starts an empty set of effects.
   *
   * @param definitions the tables that will be written, as the provider describes them; null values
   *     where it has not
   * @throws ApplyException when the subscriber lacks one of the tables or its key, or a delete
   *     would reach rows of other tables
   */
  public Effects effects(Map<TableId, TableDefinition> definitions) throws SQLException {
    Map<TableId, KeyReader> keys = new HashMap<>();
    for (Map.Entry<TableId, TableDefinition> entry : definitions.entrySet()) {
      keys.put(entry.getKey(), writer(entry.getKey(), entry.getValue()).keyReader());
    }
    return new Effects(keys);
  }

  private TableWriter writer(TableId table, TableDefinition definition) throws SQLException {
    TableWriter writer = writers.get(table);
    if (writer != null && Objects.equals(writer.definition(), definition)) {
      return writer;
    }
    forget(table);
    Optional<TargetTable> target = catalog.table(table);
    if (target.isEmpty()) {
      throw new ApplyException(
          TableCheck.missingTable(table, definition, catalog.schemaExists(table.schema())));
    }
    if (!replica && !target.get().cascades().isEmpty()) {
      throw new ApplyException(
          TableCheck.cascades(target.get(), connection.getMetaData().getUserName()));
    }
    TableWriter created = new TableWriter(connection, target.get(), definition);
    writers.put(table, created);
    return created;
  }

  /** Reads the table's definition again before its next use. */
  public void forget(TableId table) {
    TableWriter old = writers.remove(table);
    if (old != null) {
      old.close();
    }
    foreignKeys = null;
  }

  /** Reads all definitions again before their next use. */
  public void forgetAll() {
    List.copyOf(writers.keySet()).forEach(this::forget);
  }

  /** To be called first in each transaction. */
  public void begin() throws SQLException {
    if (!replica) {
      try (Statement statement = connection.createStatement()) {
        statement.execute("SET CONSTRAINTS ALL DEFERRED");
      }
    }
  }

  /**
   * Writes the effects. What is refused leaves the transaction to be rolled back.
   *
   * @param context the batches that they come from, for messages
   * @param careful use savepoints even for few rows, so that what is refused can be mended or named
   * @throws ApplyException when a row can never be written
   */
  public void write(Effects effects, String context, boolean careful) throws SQLException {
    List<TableId> parentsFirst = ordered(effects);
    List<TableId> childrenFirst = new ArrayList<>(parentsFirst);
    Collections.reverse(childrenFirst);
    Map<TableId, NetEffect> byTable = effects.byTable();
    emptier.empty(
        childrenFirst.stream()
            .filter(t -> byTable.get(t).truncates())
            .map(t -> writers.get(t).target().onlyItself())
            .toList());
    List<TableId> postponed = new ArrayList<>();
    for (TableId table : childrenFirst) {
      List<Image> rows = byTable.get(table).deletes();
      if (!careful || replica) {
        rowWriter(table, context).delete(rows, careful);
      } else if (!rowWriter(table, context).deleteUnlessReferred(rows)) {
        postponed.add(table);
      }
    }
    for (TableId table : parentsFirst) {
      RowWriter rows = rowWriter(table, context);
      rows.upsert(byTable.get(table).upserts(), careful);
      rows.insert(byTable.get(table).inserts(), careful);
    }
    for (TableId table : postponed) {
      rowWriter(table, context).delete(byTable.get(table).deletes(), careful);
    }
  }

  private RowWriter rowWriter(TableId table, String context) {
    return new RowWriter(
        connection, writers.get(table), gates.computeIfAbsent(table, t -> new CopyGate()), context);
  }

  private List<TableId> ordered(Effects effects) throws SQLException {
    List<TableId> tables = new ArrayList<>(effects.byTable().keySet());
    if (replica || tables.size() < 2) {
      return tables;
    }
    if (foreignKeys == null) {
      foreignKeys = catalog.foreignKeys();
    }
    return ForeignKeyOrder.parentsFirst(tables, foreignKeys);
  }
}
