/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.write;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.pgqconnect.postgres.Values;
import org.pgqconnect.postgres.Values.Value;
import org.pgqconnect.sink.statements.TableWriter;
import org.pgqconnect.sink.target.TargetTable;
import org.pgqconnect.sink.target.TargetTable.TargetColumn;

/**
 * Rows of a table that is copied again in place, which the copy has not brought so far, and which
 * are deleted before it does. What only the subscriber has of them is kept until their keys come.
 *
 * @param own the columns that the provider does not send
 * @param keys an array of texts for each column of the key
 */
record RowsAside(
    String subscription,
    TargetTable target,
    List<String> key,
    List<TargetColumn> own,
    List<List<String>> keys) {

  static RowsAside of(String subscription, TableWriter writer, List<List<String>> keys) {
    return new RowsAside(subscription, writer.target(), writer.key(), own(writer), keys);
  }

  /** The columns that the provider does not send. */
  static List<TargetColumn> own(TableWriter writer) {
    if (writer.definition() == null) {
      return List.of();
    }
    Set<String> sent = new HashSet<>(writer.key());
    writer.definition().columns().forEach(column -> sent.add(column.name()));
    return writer.target().columns().values().stream()
        .filter(c -> !c.generated() && !c.alwaysIdentity() && !sent.contains(c.name()))
        .toList();
  }

  /** Keys as values: an array for each of their columns. */
  static List<Value> arrays(List<List<String>> keys) {
    return keys.stream().map(Values::texts).toList();
  }

  /** Of the expressions of one statement that delete rows those of a table. */
  static List<String> names(List<RowsAside> all, TargetTable table) {
    return IntStream.range(0, all.size())
        .filter(i -> all.get(i).target().id().equals(table.id()))
        .mapToObj(i -> "aside" + (i + 1))
        .toList();
  }

  /**
   * @param number of these among all that one statement sets aside
   */
  List<String> parts(int number) {
    return RowsInTheWaySql.setAside(number, target, key, own);
  }

  /** The parameters of {@link #parts}. */
  List<Object> values() {
    List<Object> values = new ArrayList<>(arrays(keys));
    if (!own.isEmpty()) {
      values.add(subscription);
      values.add(target.id().schema());
      values.add(target.id().table());
      values.add(Values.texts(key));
      values.add(Values.texts(own.stream().map(TargetColumn::name).toList()));
    }
    return values;
  }
}
