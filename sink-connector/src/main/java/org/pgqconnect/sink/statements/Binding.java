/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.statements;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.sink.assemble.Image;
import org.pgqconnect.sink.assemble.RowLayout;
import org.pgqconnect.sink.plan.OlderRows;
import org.pgqconnect.sink.target.ApplyException;
import org.pgqconnect.sink.target.TableCheck;
import org.pgqconnect.sink.target.TargetTable;
import org.pgqconnect.sink.target.TargetTable.TargetColumn;
import org.pgqconnect.wire.ColumnType;

/** Which value of an image goes into which column of the subscriber's table. */
public final class Binding {
  private final List<TargetColumn> columns;
  private final int[] indexes;
  private final boolean[] binary;
  private final List<String> constants;

  private Binding(
      List<TargetColumn> columns, int[] indexes, boolean[] binary, List<String> constants) {
    this.columns = List.copyOf(columns);
    this.indexes = indexes;
    this.binary = binary;
    this.constants = constants;
  }

  /**
   * All columns of a layout; of generated ones those that identify the row.
   *
   * @param key the columns that do
   * @param definition the provider's, or null when it is not known
   * @param older how rows are written that are older than the definition
   * @throws ApplyException when the subscriber lacks a column or cannot hold its values
   */
  static Binding of(
      TargetTable target,
      RowLayout layout,
      List<String> key,
      TableDefinition definition,
      OlderRows older) {
    Map<String, String> names = older.names(layout);
    for (String name : names.values()) {
      TargetColumn column = target.columns().get(name);
      if (column == null) {
        throw new ApplyException(TableCheck.missingColumn(target, name, definition));
      }
      TableCheck.lossyType(target.id(), column, definition)
          .ifPresent(
              message -> {
                throw new ApplyException(message);
              });
    }
    Set<String> sent = Set.copyOf(names.values());
    names.values().removeIf(name -> target.columns().get(name).generated() && !key.contains(name));
    return of(
            names.values().stream().map(target.columns()::get).toList(),
            names.keySet().stream().mapToInt(layout::indexOf).toArray(),
            definition)
        .with(target, sent, older.added());
  }

  /** The columns of the key. */
  static Binding ofKey(
      TargetTable target,
      RowLayout layout,
      List<String> key,
      TableDefinition definition,
      OlderRows older) {
    return of(
        key.stream().map(target.columns()::get).toList(),
        key.stream().mapToInt(name -> older.indexOf(layout, name)).toArray(),
        definition);
  }

  /**
   * The columns that the subscriber computes and whose values came with the rows, keys among them.
   * Values of a provider's virtual columns do not, and rows may be older than an expression.
   */
  static Binding ofComputed(
      TargetTable target, RowLayout layout, TableDefinition definition, OlderRows older) {
    Map<String, String> names = older.names(layout);
    names
        .values()
        .removeIf(
            name ->
                !target.columns().get(name).generated()
                    || !older.areComputedAlike()
                    || TableCheck.columnOf(definition, name)
                        .filter(column -> column.generated() != null && !column.isVirtual())
                        .isEmpty());
    return of(
        names.values().stream().map(target.columns()::get).toList(),
        names.keySet().stream().mapToInt(layout::indexOf).toArray(),
        definition);
  }

  private static Binding of(List<TargetColumn> columns, int[] indexes, TableDefinition definition) {
    boolean[] binary = new boolean[indexes.length];
    for (int i = 0; i < indexes.length; i++) {
      TargetColumn column = columns.get(i);
      // A domain's values travel as those of the type under it.
      binary[i] =
          ColumnType.BYTEA
              == ColumnType.of(
                  TableCheck.columnOf(definition, column.name())
                      .map(c -> c.base() == null ? c.type() : c.base())
                      .orElse(column.typeName()));
    }
    return new Binding(columns, indexes, binary, List.of());
  }

  private Binding with(TargetTable target, Set<String> sent, Map<String, String> fills) {
    List<TargetColumn> all = new ArrayList<>(columns);
    List<String> values = new ArrayList<>();
    fills.forEach(
        (name, value) -> {
          if (!sent.contains(name) && !target.columns().get(name).generated()) {
            all.add(target.columns().get(name));
            values.add(value);
          }
        });
    return new Binding(all, indexes, binary, values);
  }

  /**
   * The same without columns that the subscriber computes, for a statement that takes no others.
   */
  Binding written() {
    return only(column -> !column.generated());
  }

  /** The same without other columns. */
  Binding only(List<String> names) {
    return only(column -> names.contains(column.name()));
  }

  private Binding only(Predicate<TargetColumn> takes) {
    int[] kept =
        IntStream.range(0, indexes.length).filter(i -> takes.test(columns.get(i))).toArray();
    boolean[] keptBinary = new boolean[kept.length];
    for (int i = 0; i < kept.length; i++) {
      keptBinary[i] = binary[kept[i]];
    }
    return new Binding(
        columns.stream().filter(takes).toList(),
        IntStream.of(kept).map(i -> indexes[i]).toArray(),
        keptBinary,
        constants);
  }

  List<TargetColumn> columns() {
    return columns;
  }

  int size() {
    return columns.size();
  }

  /** What all rows hold in columns that the layout does not have, as text or null. */
  Map<TargetColumn, String> constants() {
    Map<TargetColumn, String> values = new LinkedHashMap<>();
    for (int i = 0; i < constants.size(); i++) {
      values.put(columns.get(indexes.length + i), constants.get(i));
    }
    return values;
  }

  public Object value(Image image, int column) {
    return column < indexes.length
        ? image.value(indexes[column])
        : constants.get(column - indexes.length);
  }

  /** See {@link ValueText#of}. */
  public boolean isBinary(int column) {
    return column < indexes.length && binary[column];
  }
}
