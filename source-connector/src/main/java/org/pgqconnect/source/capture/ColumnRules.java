/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.capture;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Secret;

/**
 * What a configuration says of tables' columns and rows. Patterns are matched against the whole of
 * schema.table.column.
 *
 * @param salt of the hashes; null for a random one
 * @param skipUnchanged empty when the configuration does not say
 * @param conditions row conditions by schema.table
 */
public record ColumnRules(
    List<Pattern> exclude,
    List<Pattern> include,
    List<Pattern> maskNull,
    List<Pattern> maskConstant,
    String constant,
    List<Pattern> maskHash,
    Secret salt,
    Optional<Boolean> skipUnchanged,
    Map<String, String> conditions) {

  private static final String HASH = "hash";

  public ColumnRules {
    exclude = List.copyOf(exclude);
    include = List.copyOf(include);
    maskNull = List.copyOf(maskNull);
    maskConstant = List.copyOf(maskConstant);
    maskHash = List.copyOf(maskHash);
    conditions = Map.copyOf(conditions);
  }

  /**
   * The options of one table. What the configuration does not speak of stays as it is: a key whose
   * patterns match none of the table's columns is about others, and options may have been set by
   * the pgq-connect command, or belong to a column that was renamed.
   *
   * @param columns the table's columns
   */
  public RowOptions of(TableId table, List<String> columns) {
    List<String> excluded = matching(exclude, table, columns);
    List<String> included = matching(include, table, columns);
    Map<String, String> masks = masks(table, columns);
    boolean salted = masks.containsValue(HASH) && salt != null && !salt.value().isEmpty();
    return new RowOptions(
        excluded.isEmpty() ? null : excluded,
        included.isEmpty() ? null : included,
        masks.isEmpty() ? null : masks,
        conditions.get(table.toString()),
        skipUnchanged.orElse(null),
        salted ? salt : null);
  }

  /** True when the configuration says nothing of columns and rows. */
  public boolean isEmpty() {
    return exclude.isEmpty()
        && include.isEmpty()
        && maskNull.isEmpty()
        && maskConstant.isEmpty()
        && maskHash.isEmpty()
        && skipUnchanged.isEmpty()
        && conditions.isEmpty();
  }

  /** Where several match, the mask that shows least. */
  private Map<String, String> masks(TableId table, List<String> columns) {
    Map<String, String> masks = new HashMap<>();
    matching(maskHash, table, columns).forEach(column -> masks.put(column, HASH));
    matching(maskConstant, table, columns)
        .forEach(column -> masks.put(column, "constant:" + constant));
    matching(maskNull, table, columns).forEach(column -> masks.put(column, "null"));
    return masks;
  }

  private static List<String> matching(
      List<Pattern> patterns, TableId table, List<String> columns) {
    List<String> matching = new ArrayList<>();
    for (String column : columns) {
      String name = table + "." + column;
      if (patterns.stream().anyMatch(pattern -> pattern.matcher(name).matches())) {
        matching.add(column);
      }
    }
    return matching;
  }
}
