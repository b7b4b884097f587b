/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import static org.pgqconnect.postgres.Identifiers.quote;
import static org.pgqconnect.sink.target.TypeCompatibility.isSameName;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.sink.target.TargetTable.Cascade;
import org.pgqconnect.sink.target.TargetTable.Rule;
import org.pgqconnect.sink.target.TargetTable.TargetColumn;

/**
 * Holds a subscriber's table against what the provider sends; each finding says which statement
 * fixes it.
 */
public final class TableCheck {
  /** A type outside pg_catalog, as {@code format_type} writes it, without what follows its name. */
  private static final Pattern NAMED_TYPE =
      Pattern.compile(
          "(?:\"(?:[^\"]|\"\")+\"|[^\\s\".(\\[]+)\\.(?:\"(?:[^\"]|\"\")+\"|[^\\s\".(\\[]+)");

  public static final String RESTART =
      " Then restart the connector: POST /connectors/<name>/restart?includeTasks=true";

  private TableCheck() {}

  /**
   * The subscriber has no such table.
   *
   * @param definition the provider's, or null when it is not known
   */
  public static String missingTable(
      TableId table, TableDefinition definition, boolean schemaExists) {
    String create =
        (schemaExists ? "" : "CREATE SCHEMA " + quote(table.schema()) + ";\n")
            + createTable(table, definition);
    return "Table %s is replicated but does not exist on the subscriber.%s Create it:\n%s\n%s"
        .formatted(
            table,
            definition == null ? "" : typesToCreate(definition.columns().stream()),
            create,
            RESTART.trim());
  }

  private static String createTable(TableId table, TableDefinition definition) {
    if (definition == null) {
      return "CREATE TABLE %s (...); -- as pg_dump --schema-only -t '%s' of the provider prints it"
          .formatted(quote(table), table);
    }
    String columns =
        definition.columns().stream()
            .map(
                c ->
                    "  "
                        + quote(c.name())
                        + " "
                        + c.type()
                        + (c.notNull() ? " NOT NULL" : "")
                        + (c.isComputedAlike() ? " " + GeneratedColumns.clause(c) : ""))
            .collect(Collectors.joining(",\n"));
    return "CREATE TABLE %s (\n%s,\n  PRIMARY KEY (%s)\n);"
        .formatted(quote(table), columns, Identifiers.list(definition.key()));
  }

  /** The key that identifies rows on the subscriber, or what is wrong with it. */
  public static List<String> key(TargetTable target, TableDefinition definition) {
    if (definition == null) {
      if (target.primaryKey().isEmpty()) {
        throw new ApplyException(noKey(target.id(), "PRIMARY KEY (<key columns>)"));
      }
      return target.primaryKey();
    }
    for (String column : definition.key()) {
      if (!target.columns().containsKey(column)) {
        throw new ApplyException(missingColumn(target, column, definition));
      }
    }
    if (!target.isKey(definition.key())) {
      boolean hasOther = !target.primaryKey().isEmpty();
      throw new ApplyException(
          noKey(
              target.id(),
              (hasOther ? "UNIQUE (%s)" : "PRIMARY KEY (%s)")
                  .formatted(Identifiers.list(definition.key()))));
    }
    return definition.key();
  }

  private static String noKey(TableId table, String constraint) {
    return ("Table %s has no primary key or unique constraint on the subscriber over exactly the"
            + " columns that identify its rows on the provider, so changes cannot find their"
            + " rows. Run: ALTER TABLE %s ADD %s;%s")
        .formatted(table, quote(table), constraint, RESTART);
  }

  /**
   * Foreign keys by which a delete would harm rows that the provider still has, where the role
   * cannot switch them off. Where the rows that refer to the key are replicated too, none refers to
   * a deleted row any more when the statement that deletes it ends; other values than the key may
   * belong to another row by then.
   *
   * @param isReplicated the tables whose rows come, or may come, from the provider
   */
  public static List<Cascade> harmful(
      TargetTable target, List<String> key, Predicate<TableId> isReplicated) {
    return target.cascades().stream()
        .filter(Cascade::reachesOthers)
        .filter(cascade -> !cascade.referenced().containsAll(key) || !cascade.isOf(isReplicated))
        .toList();
  }

  /** The role cannot switch foreign keys off, so deletes would reach rows of other tables. */
  public static String cascades(TargetTable target, List<Cascade> harmful, String role) {
    return cascades(target, harmful, role, List.of());
  }

  /**
   * @param unread those of the tables that refer whose rows the role cannot read
   */
  public static String cascades(
      TargetTable target, List<Cascade> harmful, String role, List<PartRows> unread) {
    return ("Rows of table %1$s cannot be deleted safely on the subscriber: foreign keys with ON"
            + " DELETE CASCADE, SET NULL or SET DEFAULT refer to it, from tables that this"
            + " connector does not write or to columns other than its key, and the sink's role"
            + " \"%2$s\" cannot switch them off for its own session. Deleting a row would"
            + " delete or change rows of %3$s that the provider still has or never had.%7$s On"
            + " PostgreSQL 15 and later run, as a superuser: %4$s otherwise remove the action,"
            + " since the provider's own deletes are replicated:\n"
            + "%5$s\n"
            + "%6$s")
        .formatted(
            target.id(),
            role,
            harmful.stream()
                .map(cascade -> cascade.child().toString())
                .distinct()
                .collect(Collectors.joining(", ")),
            switchOffFor(quote(role)),
            harmful.stream().map(TableCheck::withoutAction).collect(Collectors.joining("\n")),
            RESTART.trim(),
            unread.isEmpty()
                ? ""
                : " The role cannot read %s: where that holds no rows, let it see so, and restart the connector: %s"
                    .formatted(
                        unread.stream()
                            .map(rows -> rows.table().toString())
                            .distinct()
                            .collect(Collectors.joining(", ")),
                        unread.stream()
                            .flatMap(rows -> rows.unreadable().stream())
                            .distinct()
                            .collect(Collectors.joining(" "))));
  }

  /**
   * Rows cannot be read that others must be compared with.
   *
   * @param part a table or a partition
   * @param remedy the statements that let the role read it
   */
  static String unreadable(TableId part, String remedy) {
    return ("The sink's role cannot read table %s on the subscriber, and rows that are"
            + " written must not clash with rows of it. Run as its owner, or as a superuser:"
            + " %s%s")
        .formatted(part, remedy, RESTART);
  }

  /**
   * Actions of foreign keys went further than what the provider sent.
   *
   * @param child the table that has them
   * @param deleted how many rows
   * @param context the batch
   */
  public static String followed(
      TableId child,
      List<Cascade> actions,
      long deleted,
      long changed,
      String context,
      String role) {
    return ("Foreign keys of table %1$s on the subscriber delete %2$d and change %3$d rows of it,"
            + " %4$s, of which the provider sent no change: %5$s. The provider has no such"
            + " foreign key, or had dropped it by then; these rows are only here; table %1$s was"
            + " removed from the queue, so that its changes do not come; or a row condition leaves"
            + " out rows that it refers to. The sink's"
            + " role \"%6$s\" cannot switch foreign keys off for its own session. On PostgreSQL"
            + " 15 and later run, as a superuser: %7$s otherwise drop the foreign keys, or delete"
            + " the rows: %8$s A table that was removed can be added again after that, and its"
            + " foreign keys once it is copied. Nothing of the batch was applied.%9$s")
        .formatted(
            child,
            deleted,
            changed,
            context,
            actions.stream()
                .map(action -> "\"%s\" %s".formatted(action.constraint(), action.definition()))
                .collect(Collectors.joining(", ")),
            role,
            switchOffFor(quote(role)),
            actions.stream()
                .map(action -> new Constraint(action.child(), action.constraint(), null).dropped())
                .collect(Collectors.joining(" ")),
            RESTART);
  }

  /** Nothing shows how far actions of foreign keys went. */
  public static String notCounted(Collection<TableId> children, String role) {
    return ("track_counts is off on the subscriber, so nothing shows whether actions of the foreign"
            + " keys of %1$s delete or change rows that the provider still has. Run, as a"
            + " superuser: ALTER ROLE %2$s SET track_counts = on; or, on PostgreSQL 15 and"
            + " later: %3$s%4$s")
        .formatted(
            children.stream().map(TableId::toString).sorted().collect(Collectors.joining(", ")),
            quote(role),
            switchOffFor(quote(role)),
            RESTART);
  }

  /**
   * Why values of the table cannot go from row to row while the role cannot switch foreign keys
   * off, or nothing.
   */
  public static Optional<String> immovable(TargetTable target, List<String> key, String role) {
    List<Cascade> restricting =
        target.cascades().stream()
            .filter(cascade -> cascade.restricts() && !cascade.referenced().containsAll(key))
            .toList();
    if (!restricting.isEmpty()) {
      return Optional.of(
          ("Values of table %1$s cannot go from one row to another on the subscriber: foreign keys"
               + " with RESTRICT refer to columns other than its key, and the sink's role \"%2$s\""
               + " cannot switch them off for its own session. %3$s")
              .formatted(target.id(), role, remedies(restricting, role)));
    }
    if (!target.keepsRows()) {
      return Optional.empty();
    }
    return target.contested(key).stream()
        .filter(rule -> !canPark(rule, target, key))
        .findFirst()
        .map(
            rule ->
                ("Rows of table %1$s cannot exchange their values in \"%2$s\" on the subscriber:"
                     + " rows that refer to them with an ON DELETE action forbid that they are"
                     + " deleted and inserted again, foreign keys refer to all of its columns, and"
                     + " the sink's role \"%3$s\" cannot switch foreign keys off for its own"
                     + " session. %4$s")
                    .formatted(
                        target.id(),
                        rule.name(),
                        role,
                        remedies(
                            target.cascades().stream().filter(Cascade::forbidsMoves).toList(),
                            role)));
  }

  private static boolean canPark(Rule rule, TargetTable target, List<String> key) {
    return target.columns().values().stream()
        .filter(column -> !column.generated())
        .map(TargetColumn::name)
        .filter(name -> !key.contains(name))
        .filter(name -> rule.whole() || rule.columns().contains(name))
        .anyMatch(name -> !rule.referred().contains(name));
  }

  private static String remedies(List<Cascade> cascades, String role) {
    return ("On PostgreSQL 15 and later run, as a superuser: %s otherwise take the action"
            + " away, since the provider's own changes are replicated:\n%s\n%s")
        .formatted(
            switchOffFor(quote(role)),
            cascades.stream().map(TableCheck::withoutAction).collect(Collectors.joining("\n")),
            RESTART.trim());
  }

  private static String withoutAction(Cascade cascade) {
    String definition =
        cascade
            .definition()
            .replaceFirst(" ON DELETE (RESTRICT|CASCADE|SET NULL|SET DEFAULT)( \\([^)]*\\))?", "")
            .replaceFirst(" ON UPDATE RESTRICT", "");
    return "ALTER TABLE %1$s DROP CONSTRAINT %2$s, ADD CONSTRAINT %2$s %3$s;"
        .formatted(quote(cascade.child()), quote(cascade.constraint()), definition);
  }

  /**
   * The statement that lets a role switch foreign keys and triggers off for its own sessions.
   *
   * @param role quoted
   */
  public static String switchOffFor(String role) {
    return "GRANT SET ON PARAMETER session_replication_role TO %s;".formatted(role);
  }

  /**
   * An old row of a table that is copied again blocks a row of the provider, and cannot go.
   *
   * @param key of the old row, as {@code column=value}
   * @param rule the constraint by which it blocks
   * @param refused what kept it from being deleted; a foreign key, unless its table is null
   * @param resync copies the table that refers to it; empty when this connector does not write that
   */
  public static String keepsPlace(
      TableId table, String key, String rule, Clash refused, Optional<String> resync, String role) {
    String row =
        ("Table %s is copied again, and its old row with key (%s) blocks, by %s, a row"
                + " of the provider. It cannot be deleted: ")
            .formatted(table, key, rule);
    String may =
        "let the sink's role switch foreign keys off for its own session (PostgreSQL 15 and later): %s%s"
            .formatted(switchOffFor(quote(role)), RESTART);
    if (refused.table() == null) {
      return row
          + "rows that refer to it would go with it, which are not surely the provider's until"
          + " their tables are copied. The sink waits for these copies. Or "
          + may;
    }
    String reason =
        "rows of table %s refer to it by foreign key \"%s\". "
            .formatted(refused.table(), refused.constraint());
    return row
        + reason
        + resync
            .map(
                command ->
                    ("They are deleted when that table is copied again, too, which the"
                            + " sink waits for. Unless that is requested: %s. Or ")
                        .formatted(command))
            .orElseGet(
                () ->
                    ("This connector does not write that table, so delete them, or"
                            + " drop the foreign key until the copy has ended: %s or ")
                        .formatted(
                            new Constraint(refused.table(), refused.constraint(), null).dropped()))
        + may;
  }

  /**
   * A delete would reach rows that are not the provider's.
   *
   * @param stale the table that they are of, as the provider calls it
   * @param context the batch
   */
  public static String staleReferrer(
      TargetTable target, Cascade cascade, TableId stale, String context) {
    return ("Rows of table %1$s cannot be deleted yet, %2$s: rows of table %3$s on the subscriber"
            + " refer to them, and foreign key %4$s would delete or change those, and rows of"
            + " other tables along with them. They are not what the provider has, where they"
            + " may refer to other rows by now. The sink waits for the copy of %3$s. Unless one"
            + " is under way:")
        .formatted(target.id(), context, stale, quote(cascade.constraint()));
  }

  /**
   * A repeated copy must make each row what the provider has.
   *
   * @param access what fires for the sink
   */
  public static String keptFromWriting(TableId table, long rows, Optional<TableAccess> access) {
    return ("Table %s is copied again, and a trigger of the subscriber kept %d rows of the"
            + " provider from being written. Switch it off: %s%s")
        .formatted(table, rows, withoutTriggers(table, access), RESTART);
  }

  /**
   * @param access what fires for the sink
   */
  public static String skippedRows(TableId table, long rows, Optional<TableAccess> access) {
    return "%d rows of table %s were not written: %s"
        .formatted(rows, table, leftOut(table, access, "were changed"));
  }

  /**
   * Rows that were to be deleted are still there.
   *
   * @param key of one of them
   * @param access what fires for the sink
   */
  public static String keptRows(
      TableId table, long rows, String key, Optional<TableAccess> access) {
    return "%d rows of table %s that the provider deleted are still on the subscriber, one of them with key (%s): %s"
        .formatted(rows, table, key, leftOut(table, access, "came back"));
  }

  private static String leftOut(TableId table, Optional<TableAccess> access, String meanwhile) {
    List<String> problems = access.map(TableAccess::problems).orElse(List.of());
    if (!problems.isEmpty()) {
      return String.join(" ", problems) + RESTART;
    }
    return access.isPresent() && !access.get().mayLeaveOutRows()
        ? ("nothing of the subscriber skips them, so they %s by another session at the"
                + " same moment. Restart the connector: POST"
                + " /connectors/<name>/restart?includeTasks=true")
            .formatted(meanwhile)
        : "a trigger of the subscriber skips them. Run: %s%s"
            .formatted(withoutTriggers(table, access), RESTART);
  }

  private static String withoutTriggers(TableId table, Optional<TableAccess> access) {
    return access
        .map(TableAccess::withoutTriggers)
        .orElseGet(() -> TableAccess.withoutUserTriggers(table));
  }

  /**
   * A column that the provider did not add just now: it was there, or rows that are there never had
   * its values.
   */
  public static String missingColumn(
      TargetTable target, String column, TableDefinition definition) {
    TableId table = target.id();
    String called = target.lacked().called().get(column);
    if (called == null) {
      String add = missingColumn(table, column, definition);
      return target.lacked().holdsRows()
          ? ("%s. Unless a copy of the table is under way, copy it again then, for its"
                  + " rows do not hold the provider's values in that column: %s")
              .formatted(add, target.lacked().resync())
          : add;
    }
    String gone =
        "Table %s on the subscriber has no column \"%s\" any more, which the provider sends: "
            .formatted(table, column);
    return called.isEmpty()
        ? gone
            + ("it was dropped there, and its values with it. Run: ALTER TABLE %s ADD"
                    + " COLUMN %s %s;%s and copy the table again, for its rows do not hold the"
                    + " provider's values in that column: %s")
                .formatted(
                    quote(table),
                    quote(column),
                    type(column, definition),
                    RESTART,
                    target.lacked().resync())
        : gone
            + "it is called \"%s\" there now. Run: ALTER TABLE %s RENAME COLUMN %s TO %s;%s"
                .formatted(called, quote(table), quote(called), quote(column), RESTART);
  }

  /** A column that is new on the provider. */
  public static String missingColumn(TableId table, String column, TableDefinition definition) {
    return ("Table %s on the subscriber has no column \"%s\", which the provider sends.%s"
            + " Run: ALTER TABLE %s ADD COLUMN %s %s;%s")
        .formatted(
            table,
            column,
            typesToCreate(columnOf(definition, column).stream()),
            quote(table),
            quote(column),
            type(column, definition),
            RESTART);
  }

  /** A statement that names a type of an application's, or an extension's, needs it to be there. */
  private static String typesToCreate(Stream<TableDefinition.Column> columns) {
    List<String> types =
        columns
            .map(column -> NAMED_TYPE.matcher(column.type()))
            .filter(Matcher::lookingAt)
            .map(Matcher::group)
            .distinct()
            .toList();
    return types.isEmpty()
        ? ""
        : " First create what the subscriber lacks of the provider's types, which psql shows there:"
            + types.stream().map(type -> " \\dT+ " + type).collect(Collectors.joining(","))
            + ".";
  }

  private static String type(String column, TableDefinition definition) {
    return columnOf(definition, column).map(TableCheck::added).orElse("<type>");
  }

  /** What ADD COLUMN says after the name. */
  public static String added(TableDefinition.Column column) {
    if (column.isComputedAlike()) {
      return column.type() + " " + GeneratedColumns.clause(column);
    }
    return column.fill() != null && column.fill().startsWith("DEFAULT ")
        ? column.type() + (column.notNull() ? " NOT NULL " : " ") + column.fill()
        : column.type();
  }

  /**
   * A column that no UPDATE can give the provider's value, or nothing. One of the key needs none.
   *
   * @param written the columns that the provider sends
   */
  public static Optional<String> unwritableIdentity(
      TableId table, List<TargetColumn> written, List<String> key) {
    return written.stream()
        .filter(column -> column.alwaysIdentity() && !key.contains(column.name()))
        .findFirst()
        .map(
            column ->
                ("Column \"%s\" of table %s is GENERATED ALWAYS AS IDENTITY on the subscriber and"
                     + " not part of the key, so an update cannot give it the provider's value and"
                     + " it would stay wrong. Run: ALTER TABLE %s ALTER COLUMN %s SET GENERATED BY"
                     + " DEFAULT;%s")
                    .formatted(column.name(), table, quote(table), quote(column.name()), RESTART));
  }

  /** What is wrong with the type of a subscriber's column, or nothing. */
  public static Optional<String> lossyType(
      TableId table, TargetColumn target, TableDefinition definition) {
    return columnOf(definition, target.name())
        .filter(there -> there.expanded() != null || !isSameName(there.type(), target.type()))
        .flatMap(
            there -> {
              ValueType sent =
                  ValueType.of(there.expanded() == null ? there.type() : there.expanded());
              return TypeCompatibility.difference(sent, target.valueType())
                  .map(
                      difference ->
                          LossyType.message(
                              table,
                              there,
                              sent,
                              target,
                              difference,
                              definition.key().contains(target.name())));
            });
  }

  /** Statements that give columns the type that they have on the provider, where it is another. */
  public static List<String> otherTypes(TargetTable target, TableDefinition definition) {
    if (definition == null) {
      return List.of();
    }
    return definition.columns().stream()
        .filter(c -> target.columns().containsKey(c.name()))
        .filter(c -> !target.columns().get(c.name()).type().equals(c.type()))
        .map(c -> target.columns().get(c.name()).alterType(target.id(), c.type()))
        .toList();
  }

  public static Optional<TableDefinition.Column> columnOf(
      TableDefinition definition, String column) {
    return definition == null
        ? Optional.empty()
        : definition.columns().stream().filter(c -> c.name().equals(column)).findFirst();
  }
}
