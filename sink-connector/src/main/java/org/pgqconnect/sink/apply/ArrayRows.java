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

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.pgqconnect.sink.apply.TargetTable.TargetColumn;
import org.pgqconnect.sink.assemble.Image;
import org.pgqconnect.sink.assemble.Layout;

/** Rows that are in memory: the arrays of one statement. */
final class ArrayRows implements NetRows {
  private final TableWriter writer;
  private final boolean empties;
  private final Map<Layout, Integer> numbers = new HashMap<>();
  private final List<Binding> bindings = new ArrayList<>();
  private final List<TargetColumn> columns;
  private final List<String> arrays;

  /**
   * @param empties rows that the effect does not hold are deleted
   */
  ArrayRows(TableWriter writer, NetEffect effect, boolean empties) {
    this.writer = writer;
    this.empties = empties;
    List<Image> deletes = effect.deletes();
    List<Image> writes = new ArrayList<>(effect.upserts());
    writes.addAll(effect.inserts());
    writes.forEach(image -> number(image.layout()));
    Set<TargetColumn> used = new LinkedHashSet<>();
    writer.key().forEach(name -> used.add(target().columns().get(name)));
    bindings.forEach(binding -> used.addAll(binding.columns()));
    this.columns = List.copyOf(used);
    this.arrays = arrays(deletes, writes);
  }

  private int number(Layout layout) {
    return numbers.computeIfAbsent(
        layout,
        l -> {
          bindings.add(writer.binding(l));
          return bindings.size();
        });
  }

  private List<String> arrays(List<Image> deletes, List<Image> writes) {
    ArrayLiteral kinds = new ArrayLiteral();
    ArrayLiteral[] values = new ArrayLiteral[columns.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = new ArrayLiteral();
    }
    for (Image image : deletes) {
      kinds.add(0, false);
      add(values, writer.keyBinding(image.layout()), image);
    }
    for (Image image : writes) {
      int number = number(image.layout());
      kinds.add(number, false);
      add(values, bindings.get(number - 1), image);
    }
    List<String> result = new ArrayList<>();
    result.add(kinds.finish());
    for (ArrayLiteral array : values) {
      result.add(array.finish());
    }
    return result;
  }

  private void add(ArrayLiteral[] values, Binding binding, Image image) {
    for (int i = 0; i < values.length; i++) {
      int place = binding.columns().indexOf(columns.get(i));
      if (place < 0) {
        values[i].add(null, false);
      } else {
        values[i].add(binding.value(image, place), binding.isBinary(place));
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
  public void requireAll(long missing) {
    writer.requireAll(missing);
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
  public List<String> arrays() {
    return arrays;
  }
}
