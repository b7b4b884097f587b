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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.sink.assemble.Layout;

/**
 * How rows are written that are older than an ALTER TABLE in their own batch.
 *
 * @param fills what they hold in columns that were added since, as text or null
 * @param renamed the present names of their columns that were called otherwise
 */
record OlderRows(Map<String, String> fills, Map<String, String> renamed) {
  static final OlderRows NONE = new OlderRows(Map.of(), Map.of());

  /** After a further ALTER TABLE. */
  OlderRows then(OlderRows next) {
    Map<String, String> allFills = new LinkedHashMap<>();
    fills.forEach((name, value) -> allFills.put(next.renamed.getOrDefault(name, name), value));
    allFills.putAll(next.fills);
    Map<String, String> allRenamed = new LinkedHashMap<>();
    renamed.forEach((old, name) -> allRenamed.put(old, next.renamed.getOrDefault(name, name)));
    next.renamed.forEach(
        (old, name) -> {
          if (!renamed.containsValue(old)) {
            allRenamed.put(old, name);
          }
        });
    return new OlderRows(allFills, allRenamed);
  }

  /** Why rows of a batch cannot be told apart: a name meant another column in earlier ones. */
  Optional<String> ambiguous(TableDefinition now) {
    return renamed.entrySet().stream()
        .filter(entry -> now.has(entry.getKey()))
        .findFirst()
        .map(
            entry ->
                "column \"%s\" is called \"%s\" now, and \"%1$s\" is another one"
                    .formatted(entry.getKey(), entry.getValue()));
  }

  /**
   * The columns of a layout that are still there, by the names they had. A column that gave its
   * name to another one was dropped.
   */
  List<String> kept(Layout layout) {
    List<String> taken = new ArrayList<>();
    renamed.forEach(
        (old, name) -> {
          if (layout.indexOf(old) >= 0) {
            taken.add(name);
          }
        });
    return layout.columns().stream().filter(name -> !taken.contains(name)).toList();
  }

  /** The place in a layout of the column that has this name now, or -1. */
  int indexOf(Layout layout, String name) {
    return renamed.entrySet().stream()
        .filter(entry -> entry.getValue().equals(name))
        .mapToInt(entry -> layout.indexOf(entry.getKey()))
        .filter(index -> index >= 0)
        .findFirst()
        .orElseGet(() -> layout.indexOf(name));
  }

  /** The present name of a layout's column. */
  String nameOf(String column) {
    return renamed.getOrDefault(column, column);
  }
}
