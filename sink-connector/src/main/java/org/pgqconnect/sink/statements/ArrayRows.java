/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.statements;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.pgqconnect.sink.assemble.Image;
import org.pgqconnect.sink.assemble.RowLayout;
import org.pgqconnect.sink.plan.NetEffect;
import org.pgqconnect.sink.target.TargetTable;
import org.pgqconnect.sink.target.TargetTable.TargetColumn;

/** Rows that are in memory: the arrays of one statement. */
public final class ArrayRows implements NetRows {
  private final TableWriter writer;
  private final boolean empties;
  private final Map<RowLayout, Integer> numbers = new HashMap<>();
  private final List<Binding> bindings = new ArrayList<>();
  private final List<TargetColumn> columns;
  private final List<String> arrays;

  /**
   * @param empties rows that the effect does not hold are deleted
   */
  public ArrayRows(TableWriter writer, NetEffect effect, boolean empties) {
    this.writer = writer;
    this.empties = empties;
    List<Image> writes = new ArrayList<>(effect.upserts());
    writes.addAll(effect.inserts());
    writes.forEach(image -> number(image.layout()));
    Set<TargetColumn> used = new LinkedHashSet<>();
    writer.key().forEach(name -> used.add(target().columns().get(name)));
    bindings.forEach(binding -> used.addAll(binding.columns()));
    this.columns = List.copyOf(used);
    this.arrays = new Arrays().of(effect);
  }

  private int number(RowLayout layout) {
    return numbers.computeIfAbsent(
        layout,
        l -> {
          bindings.add(writer.binding(l));
          return bindings.size();
        });
  }

  /** The literals while they grow. */
  private final class Arrays {
    private final ArrayLiteral kinds = new ArrayLiteral();
    private final ArrayLiteral expected = new ArrayLiteral();
    private final List<ArrayLiteral> values =
        columns.stream().map(column -> new ArrayLiteral()).toList();

    List<String> of(NetEffect effect) {
      delete(effect.deletes(true), 1);
      delete(effect.deletes(false), 0);
      write(effect.upserts(true), 1);
      write(effect.upserts(false), 0);
      write(effect.inserts(), 0);
      List<String> result = new ArrayList<>(List.of(kinds.finish(), expected.finish()));
      values.forEach(array -> result.add(array.finish()));
      return result;
    }

    private void delete(List<Image> images, int mustBeThere) {
      for (Image image : images) {
        add(0, mustBeThere, writer.keyBinding(image.layout()), image);
      }
    }

    private void write(List<Image> images, int mustBeThere) {
      for (Image image : images) {
        int number = number(image.layout());
        add(number, mustBeThere, bindings.get(number - 1), image);
      }
    }

    private void add(int kind, int mustBeThere, Binding binding, Image image) {
      kinds.add(kind, false);
      expected.add(mustBeThere, false);
      for (int i = 0; i < columns.size(); i++) {
        int place = binding.columns().indexOf(columns.get(i));
        if (place < 0) {
          values.get(i).add(null, false);
        } else {
          values.get(i).add(binding.value(image, place), binding.isBinary(place));
        }
      }
    }
  }

  @Override
  public TargetTable target() {
    return writer.target();
  }

  @Override
  public List<String> key() {
    return writer.key();
  }

  @Override
  public TableWriter writer() {
    return writer;
  }

  @Override
  public boolean empties() {
    return empties;
  }

  @Override
  public List<List<TargetColumn>> layouts() {
    return bindings.stream().map(Binding::columns).toList();
  }

  @Override
  public String sql() {
    return SettleSql.rowsOfArrays(columns, key());
  }

  @Override
  public Optional<String> stage() {
    return Optional.empty();
  }

  @Override
  public List<String> arrays() {
    return arrays;
  }
}
