/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.batch;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A table as it stands on the provider.
 *
 * @param columns in the provider's order
 * @param key the columns of the replication key, in key order; never empty
 */
public record TableDefinition(TableId table, List<Column> columns, List<String> key) {
  private static final String VIRTUAL = " VIRTUAL";

  public TableDefinition {
    requireNonNull(table, "table");
    columns = List.copyOf(columns);
    key = List.copyOf(key);
  }

  /**
   * Whether both describe the table alike, but for what rows got that were there before a column:
   * of that a copy may know less than the record of the ALTER TABLE.
   */
  public boolean isLike(TableDefinition other) {
    return withoutFills().equals(other.withoutFills());
  }

  private TableDefinition withoutFills() {
    return new TableDefinition(table, columns.stream().map(Column::withoutFill).toList(), key);
  }

  /** Whether the table has a column of this name. */
  public boolean has(String column) {
    return columns.stream().anyMatch(c -> c.name().equals(column));
  }

  /**
   * One column.
   *
   * @param type the type with its modifiers as {@code format_type} writes it, e.g. {@code
   *     numeric(14,4)}
   * @param base the type's name in {@code pg_type}, domains resolved, with its schema unless that
   *     is pg_catalog; null when it is not known
   * @param collation the column's collation when it takes different texts for equal, else null
   * @param fill what rows got that were there before the column: one value as a clause of ADD
   *     COLUMN, e.g. {@code DEFAULT '0'::integer}, or a word that says that they got different
   *     ones; null when they got NULL
   * @param number {@code attnum}, with the table's oid in the bits from 16 on: it stays when the
   *     column gets another name; 0 when it is not known
   * @param generated how the provider computes the column, as a clause of ADD COLUMN: {@code
   *     GENERATED ALWAYS AS (a * 2) STORED}; null when it does not; see {@link ByPartition}
   * @param expanded what the values of a type are that is made of others: domains as the type under
   *     them with its modifiers, e.g. {@code row(amount numeric(14,4), at date)[]}; {@code
   *     range(..)} and {@code multirange(..)} are those that a user created; null when it says no
   *     more than the type, or is not known
   */
  public record Column(
      String name,
      String type,
      boolean notNull,
      String base,
      String collation,
      String fill,
      long number,
      String generated,
      String expanded) {
    private static final Pattern GENERATED =
        Pattern.compile("GENERATED ALWAYS AS \\((.*)\\) (?:STORED|VIRTUAL)", Pattern.DOTALL);

    public Column {
      requireNonNull(name, "name");
      requireNonNull(type, "type");
    }

    private Column withoutFill() {
      return new Column(name, type, notNull, base, collation, null, number, generated, expanded);
    }

    /**
     * The expression in {@code generated}.
     *
     * @return empty when there is none, or it is no such clause
     */
    public Optional<String> expression() {
      return expressionOf(generated);
    }

    /** The same of any clause, or null. */
    public static Optional<String> expressionOf(String clause) {
      return Optional.ofNullable(clause)
          .map(GENERATED::matcher)
          .filter(Matcher::matches)
          .map(matcher -> matcher.group(1));
    }

    /** Whether it is computed, by one expression in all of the table. */
    public boolean isComputedAlike() {
      return generated != null && byPartition().isEmpty();
    }

    /** A partition that computes it otherwise. */
    public Optional<ByPartition> byPartition() {
      return expression().flatMap(ByPartition::parse);
    }

    /** Whether the provider computes it when it is read, so that its values are in no event. */
    public boolean isVirtual() {
      return generated != null && generated.endsWith(VIRTUAL);
    }

    /** Whether both are known to be of the same table, not of one that was made anew. */
    public boolean isBeside(Column other) {
      return number > 0 && other.number > 0 && number >> 16 == other.number >> 16;
    }

    /** A column whose type is not made of others. */
    public Column(
        String name,
        String type,
        boolean notNull,
        String base,
        String collation,
        String fill,
        long number,
        String generated) {
      this(name, type, notNull, base, collation, fill, number, generated, null);
    }

    /** A column of which no more is known. */
    public Column(String name, String type, boolean notNull) {
      this(name, type, notNull, null, null, null, 0, null);
    }
  }

  /**
   * What stands for the expression of a generated column when a partition of the provider has
   * another one than the table: {@code BY PARTITION ('public.p', '(a * 3)', '(a * 2)')}. It is no
   * SQL: a server that is given it refuses it.
   *
   * @param partition its name as in SQL, with its schema
   * @param expression the partition's
   * @param whole the table's
   */
  public record ByPartition(String partition, String expression, String whole) {
    private static final String TEXT = "'((?:[^']++|'')*+)'";
    private static final Pattern FORM =
        Pattern.compile("BY PARTITION \\(%1$s, %1$s, %1$s\\)".formatted(TEXT));

    public ByPartition {
      requireNonNull(partition, "partition");
      requireNonNull(expression, "expression");
      requireNonNull(whole, "whole");
    }

    /**
     * The clause that has it in place of the expression.
     *
     * @param clause that of the whole table
     */
    public String in(String clause) {
      return "GENERATED ALWAYS AS (BY PARTITION (%s, %s, %s)) %s"
          .formatted(
              text(partition),
              text(expression),
              text(whole),
              clause.endsWith(VIRTUAL) ? "VIRTUAL" : "STORED");
    }

    private static String text(String content) {
      return "'" + content.replace("'", "''") + "'";
    }

    private static Optional<ByPartition> parse(String text) {
      Matcher matcher = FORM.matcher(text);
      return matcher.matches()
          ? Optional.of(
              new ByPartition(
                  content(matcher.group(1)), content(matcher.group(2)), content(matcher.group(3))))
          : Optional.empty();
    }

    private static String content(String text) {
      return text.replace("''", "'");
    }
  }
}
