/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.decode;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.OptionalInt;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableId;

/**
 * The ordered columns of a table at one time: what a row's text means.
 *
 * @param id the number that events carry; empty for a layout that is not on record, as one that was
 *     read for a copy
 * @param complete false for a layout that the catalog no longer backs, or that a writer made who
 *     did not see the catalog as it was: it is not sent to subscribers
 * @param key the key columns, in key order
 */
public record Layout(
    OptionalInt id, boolean complete, TableId table, List<Column> columns, List<String> key) {

  public Layout {
    requireNonNull(id, "id");
    requireNonNull(table, "table");
    columns = List.copyOf(columns);
    key = List.copyOf(key);
  }

  /** One that events refer to by this number. */
  public static Layout recorded(int id, TableId table, List<Column> columns, List<String> key) {
    return new Layout(OptionalInt.of(id), true, table, columns, key);
  }

  /** One that is not on record. */
  public static Layout unrecorded(TableId table, List<Column> columns, List<String> key) {
    return new Layout(OptionalInt.empty(), true, table, columns, key);
  }

  /** The same, not to be sent to subscribers, who would take it for that of the table. */
  public Layout asIncomplete() {
    return new Layout(OptionalInt.empty(), false, table, columns, key);
  }

  /** The same with other columns. */
  public Layout with(List<Column> others) {
    return new Layout(id, complete, table, others, key);
  }

  /**
   * One column.
   *
   * @param type the type with its modifiers, e.g. {@code numeric(14,4)}
   * @param base the type's name in {@code pg_type}, domains resolved, with its schema unless that
   *     is pg_catalog
   * @param collation see {@link TableDefinition.Column}, as of the others
   */
  public record Column(
      String name,
      String type,
      String base,
      boolean notNull,
      String collation,
      String fill,
      long number,
      String generated,
      String expanded) {
    public Column {
      requireNonNull(name, "name");
      requireNonNull(type, "type");
      requireNonNull(base, "base");
    }

    /** A column of which no more is known. */
    public Column(String name, String type, String base, boolean notNull) {
      this(name, type, base, notNull, null, null, 0, null, null);
    }

    Column computedAs(String clause) {
      return new Column(name, type, base, notNull, collation, fill, number, clause, expanded);
    }
  }

  /** Of what distinguishes layouts, as rows look up by it: a list's would be made for each row. */
  @Override
  public int hashCode() {
    return 31 * table.hashCode() + id.hashCode();
  }

  /** Where the key columns stand among the columns, in key order. */
  public int[] keyIndexes() {
    List<String> names = columns.stream().map(Column::name).toList();
    return key.stream().mapToInt(names::indexOf).toArray();
  }

  /** The oid of the table whose rows these are, of partitions that of the whole; 0: not known. */
  public long tableOid() {
    return columns.isEmpty() ? 0 : columns.get(0).number() >> 16;
  }

  /** Whether values of a column can be null: those of key columns cannot. */
  public boolean isOptional(Column column) {
    return !key.contains(column.name());
  }

  /** The table as it is sent to subscribers. */
  public TableDefinition definition() {
    return new TableDefinition(
        table,
        columns.stream()
            .map(
                c ->
                    new TableDefinition.Column(
                        c.name(),
                        c.type(),
                        c.notNull(),
                        c.base(),
                        c.collation(),
                        c.fill(),
                        c.number(),
                        c.generated(),
                        c.expanded()))
            .toList(),
        key);
  }
}
