/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import static org.pgqconnect.postgres.Identifiers.quote;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.pgqconnect.batch.TableId;

/**
 * A table as the subscriber's catalog describes it.
 *
 * @param partitioned its rows are those of its partitions
 * @param columns by name, in the table's order, generated columns included
 * @param primaryKey the primary key's columns in order; empty when there is none
 * @param rules what no two rows may share
 * @param cascades foreign keys that refer to the table with an action: rows that refer to a deleted
 *     row are deleted or changed, or forbid it even where the same statement brings the row back
 * @param lacked what is known of columns that are not there
 */
public record TargetTable(
    TableId id,
    boolean partitioned,
    Map<String, TargetColumn> columns,
    List<String> primaryKey,
    List<Rule> rules,
    List<Cascade> cascades,
    LackedColumns lacked) {

  /** A table that has all columns, as far as is known. */
  TargetTable(
      TableId id,
      boolean partitioned,
      Map<String, TargetColumn> columns,
      List<String> primaryKey,
      List<Rule> rules,
      List<Cascade> cascades) {
    this(id, partitioned, columns, primaryKey, rules, cascades, LackedColumns.NONE);
  }

  TargetTable lacking(LackedColumns lackedColumns) {
    return new TargetTable(id, partitioned, columns, primaryKey, rules, cascades, lackedColumns);
  }

  /** The table for a statement that must not reach the tables that inherit from it. */
  public String onlyItself() {
    return onlyItself(id, partitioned);
  }

  public static String onlyItself(TableId id, boolean partitioned) {
    return (partitioned ? "" : "ONLY ") + quote(id);
  }

  /** Do the columns identify a row? */
  boolean isKey(Collection<String> names) {
    return rules.stream().anyMatch(rule -> rule.identifies() && rule.isOver(names));
  }

  /**
   * Can the unique constraint over these columns decide between INSERT and UPDATE? Not beside
   * another one over them that takes different values for equal, or is checked late: the server
   * asks all of them.
   */
  public boolean arbitrates(Collection<String> names) {
    return rules.stream().anyMatch(rule -> rule.arbitrates() && rule.isOver(names))
        && rules.stream()
            .noneMatch(rule -> !(rule.immediate() && rule.identifies()) && rule.isOver(names));
  }

  /** The rules, other than the key's own, that a row may break while another still stands. */
  public List<Rule> contested(Collection<String> key) {
    return rules.stream()
        .filter(rule -> rule.immediate() && (rule.whole() || !key.containsAll(rule.columns())))
        .toList();
  }

  /** Is some rule checked by a trigger, at the end of a statement or transaction? */
  public boolean checksLate() {
    return rules.stream().anyMatch(rule -> !rule.immediate());
  }

  /** Deletes reach rows of other tables. */
  public boolean deletesReachOthers() {
    return cascades.stream().anyMatch(Cascade::reachesOthers);
  }

  /** Updates of other columns than the key reach rows of other tables, or others of this one. */
  public boolean updatesReachOthers(Collection<String> key) {
    return cascades.stream().anyMatch(c -> c.updatesReach() && !key.containsAll(c.referenced()));
  }

  /** A row cannot be deleted for a moment without reaching, or being held by, those that refer. */
  public boolean keepsRows() {
    return cascades.stream().anyMatch(Cascade::forbidsMoves);
  }

  /**
   * A unique index or an exclusion constraint.
   *
   * @param name the index's
   * @param columns all that it depends on: keys, expressions and predicate
   * @param nullable those of the columns that may be NULL
   * @param referred columns of the table that foreign keys refer to
   * @param whole it may depend on every column
   * @param immediate it is checked row by row; else at the end of the statement or transaction
   * @param identifies its columns are plain and cover every row, so they can be a key
   * @param arbitrates ON CONFLICT takes it
   */
  public record Rule(
      String name,
      Set<String> columns,
      Set<String> nullable,
      Set<String> referred,
      boolean whole,
      boolean immediate,
      boolean identifies,
      boolean arbitrates) {
    private boolean isOver(Collection<String> names) {
      return columns.equals(Set.copyOf(names));
    }
  }

  /**
   * A foreign key with an action other than NO ACTION.
   *
   * @param child the table that has it
   * @param definition as {@code pg_get_constraintdef} writes it
   * @param set the columns of the child that ON DELETE SET NULL or SET DEFAULT writes
   * @param referenced the columns of this table that it refers to
   * @param reachesOthers ON DELETE CASCADE, SET NULL or SET DEFAULT
   * @param forbidsMoves a row must not be deleted and inserted again: any ON DELETE action
   * @param updatesReach ON UPDATE CASCADE, SET NULL or SET DEFAULT
   * @param restricts a value that is referred to must not go, even when another row takes it
   * @param wholes the partitioned tables that the child is a part of: its rows come under their
   *     names
   */
  public record Cascade(
      TableId child,
      String constraint,
      String definition,
      Set<String> set,
      Set<String> referenced,
      boolean reachesOthers,
      boolean forbidsMoves,
      boolean updatesReach,
      boolean restricts,
      Set<TableId> wholes) {
    boolean isOf(Predicate<TableId> tables) {
      return tables.test(child) || wholes.stream().anyMatch(tables);
    }

    /** Which of the tables the child's rows are of. */
    public Optional<TableId> among(Predicate<TableId> tables) {
      return Stream.concat(Stream.of(child), wholes.stream()).filter(tables).findFirst();
    }
  }

  /**
   * One column.
   *
   * @param type the declared type with its modifiers, as {@code format_type} writes it
   * @param baseType the same with domains resolved
   * @param elementType the type's own name, quoted and qualified, without modifiers
   * @param typeName the name in pg_type of the type, domains resolved, with its schema unless that
   *     is pg_catalog
   * @param bindsAsText arrays of the type cannot be unnested into its values, so they travel as
   *     text and are cast one by one
   * @param generated computed by the subscriber
   * @param identity GENERATED .. AS IDENTITY
   * @param alwaysIdentity GENERATED ALWAYS AS IDENTITY
   * @param equality the operator that the type's unique indexes go by, whatever the search path
   * @param collation quoted and qualified; null for that of the database, and for types without one
   * @param deterministic texts are equal only when their bytes are
   * @param comparedAs the type that values are cast to where the operator does not take them as
   *     they are; else null
   * @param defaultValue the expression of its default; null when there is none
   * @param valueType what its values are, whatever the names of the types
   */
  public record TargetColumn(
      String name,
      String type,
      String baseType,
      String elementType,
      String typeName,
      boolean bindsAsText,
      boolean generated,
      boolean identity,
      boolean alwaysIdentity,
      String equality,
      String collation,
      boolean deterministic,
      String comparedAs,
      String defaultValue,
      ValueType valueType) {

    /**
     * The statement that gives the column another type, through text, since that is the one cast
     * between many types. The server refuses it when it cannot cast the default automatically.
     *
     * @param newType as SQL writes it, with its modifiers
     */
    String alterType(TableId table, String newType) {
      return alterType(table, newType, newType.equals("text") ? "::text" : "::text::" + newType);
    }

    /**
     * @param newType as SQL writes it, with its modifiers and collation
     * @param cast what makes the new value of the old one
     */
    String alterType(TableId table, String newType, String cast) {
      String column = quote(name);
      String type = "ALTER COLUMN %1$s TYPE %2$s USING %1$s%3$s".formatted(column, newType, cast);
      return "ALTER TABLE %s %s;"
          .formatted(
              quote(table),
              defaultValue == null
                  ? type
                  : "ALTER COLUMN %1$s DROP DEFAULT, %2$s, ALTER COLUMN %1$s SET DEFAULT (%3$s)%4$s"
                      .formatted(column, type, defaultValue, cast));
    }

    /**
     * Gives the column another type and takes its values, so that it cannot be refused for them.
     */
    String emptied(TableId table, String newType) {
      return ("ALTER TABLE %1$s ALTER COLUMN %2$s DROP DEFAULT, ALTER COLUMN %2$s DROP NOT"
              + " NULL, ALTER COLUMN %2$s TYPE %3$s USING NULL;")
          .formatted(quote(table), quote(name), newType);
    }

    /** Whether equal values are written alike. Texts need not be, by their collation. */
    public boolean hasOneSpelling() {
      return deterministic && ValueType.hasOneSpelling(typeName);
    }
  }
}
