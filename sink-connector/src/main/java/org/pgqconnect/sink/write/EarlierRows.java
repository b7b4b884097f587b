/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.write;

import static org.pgqconnect.postgres.Identifiers.quote;

import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pgqconnect.batch.DefinitionChange;
import org.pgqconnect.batch.DefinitionChange.Renamed;
import org.pgqconnect.batch.TableDefinition.ByPartition;
import org.pgqconnect.batch.TableDefinition.Column;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.SqlText;
import org.pgqconnect.sink.statements.ApplySql;
import org.pgqconnect.sink.target.ApplyException;
import org.pgqconnect.sink.target.Catalog;
import org.pgqconnect.sink.target.TableCheck;
import org.pgqconnect.sink.target.TargetTable;
import org.pgqconnect.sink.target.TargetTable.TargetColumn;

/**
 * Holds the rows of a subscriber's table against what ALTER TABLE made of the provider's: it wrote
 * no events for the rows that were there.
 */
final class EarlierRows {
  private final Session session;
  private final String subscription;

  EarlierRows(Session session, String subscription) {
    this.session = session;
    this.subscription = subscription;
  }

  /**
   * Why only a copy makes the rows equal: a column that has the name that another one had before
   * holds values as that one does, and which are the provider's cannot be determined.
   */
  Optional<String> copyNeeded(TargetTable target, DefinitionChange change) throws SQLException {
    for (Renamed renamed : change.renamed()) {
      if (target.columns().containsKey(renamed.from())
          && mayHoldRenamed(target, change, renamed)
          && holdsValue(target, renamed.from())) {
        return Optional.of(
            ("column \"%1$s\" is called \"%2$s\" now, and the subscriber has values in both (where"
                 + " \"%2$s\" is a column of the subscriber's own, keep it before the copy"
                 + " overwrites it: ALTER TABLE %3$s RENAME COLUMN %4$s TO %5$s; ALTER TABLE %3$s"
                 + " RENAME COLUMN %6$s TO %4$s;)")
                .formatted(
                    renamed.from(),
                    renamed.to(),
                    quote(target.id()),
                    quote(renamed.to()),
                    quote(freeName(target, renamed.to())),
                    quote(renamed.from())));
      }
    }
    return change.after().columns().stream()
        .filter(column -> column.generated() != null)
        .filter(column -> isComputedOtherwise(change, column))
        .filter(column -> target.columns().containsKey(column.name()))
        .filter(column -> !target.columns().get(column.name()).generated())
        .findFirst()
        .map(
            column ->
                "column \"%s\" is computed otherwise now, and the subscriber does not compute it"
                    .formatted(column.name()));
  }

  private static boolean isComputedOtherwise(DefinitionChange change, Column column) {
    return change
        .before(column)
        .filter(old -> old.generated() != null && !ofWhole(old).equals(ofWhole(column)))
        .isPresent();
  }

  /** What a partition computes otherwise it may have brought along with ATTACH. */
  private static List<Object> ofWhole(Column column) {
    return List.of(
        column.isVirtual(),
        column.byPartition().map(ByPartition::whole).or(column::expression).orElse(""));
  }

  /** The column of the new name is not the one that had it on the provider. */
  private boolean mayHoldRenamed(TargetTable target, DefinitionChange change, Renamed renamed)
      throws SQLException {
    return target.columns().containsKey(renamed.to())
        && !change.before().has(renamed.to())
        && holdsValue(target, renamed.to());
  }

  /**
   * @param known the same of columns that were added before in this transaction: rows that it has
   *     written since hold values of their own in them
   * @return what rows that are older hold in columns that were added, as text or null
   * @throws ApplyException when the table lacks a column, or its rows hold something else in it; it
   *     says what makes them equal
   */
  Map<String, String> require(
      TargetTable target, DefinitionChange change, Map<String, String> known) throws SQLException {
    for (Renamed renamed : change.renamed()) {
      if (target.columns().containsKey(renamed.from())
          && !mayHoldRenamed(target, change, renamed)) {
        throw new ApplyException(renamed(target, renamed));
      }
    }
    for (Map.Entry<String, String> called : target.lacked().called().entrySet()) {
      // It holds the values of the one that it was, whatever has its name on the provider.
      if (change.addedAlike().stream().anyMatch(c -> c.name().equals(called.getValue()))) {
        throw new ApplyException(TableCheck.missingColumn(target, called.getKey(), change.after()));
      }
    }
    Map<String, String> values = new LinkedHashMap<>();
    for (Column column : change.addedAlike()) {
      TargetColumn here = target.columns().get(column.name());
      if (here == null) {
        throw new ApplyException(
            TableCheck.missingColumn(target.id(), column.name(), change.after()));
      }
      if (here.generated()) {
        continue;
      }
      if (TableCheck.lossyType(target.id(), here, change.after()).isPresent()) {
        throw new ApplyException(another(target, column, here));
      }
      if (known.containsKey(column.name())) {
        values.put(column.name(), known.get(column.name()));
        continue;
      }
      String text = text(column);
      String value = text == null ? "NULL" : Identifiers.literal(text) + "::" + here.type();
      if (holdsOther(target, column, value)) {
        // A batch that is applied as it arrives has written rows before its column was heard of.
        session.execute(ApplySql.fillOwn(target, column.name(), value));
        if (holdsOther(target, column, value)) {
          throw new ApplyException(
              isOwn(target, column) ? another(target, column, here) : other(target, column, value));
        }
      }
      values.put(column.name(), text);
    }
    return values;
  }

  /** It has values that neither the subscription nor the provider gave it. */
  private boolean isOwn(TargetTable target, Column column) throws SQLException {
    return !new Catalog(session).isFilled(target.id(), column.name(), subscription)
        && holdsValue(target, column.name());
  }

  /** As rows bring it. It is a literal, which need not be run; see {@code BoundarySchema}. */
  private static String text(Column column) {
    return column.fill() == null
        ? null
        : SqlText.literal(column.fill().substring("DEFAULT ".length())).orElseThrow();
  }

  private boolean holdsOther(TargetTable target, Column column, String value) throws SQLException {
    return session.test(ApplySql.holdsOther(target, column.name(), value));
  }

  private boolean holdsValue(TargetTable target, String column) throws SQLException {
    return session.test(ApplySql.holdsValue(target, column));
  }

  private static String renamed(TargetTable target, Renamed renamed) {
    boolean hasNew = target.columns().containsKey(renamed.to());
    return ("Column \"%s\" of table %s is called \"%s\" on the provider now. Run: %sALTER TABLE %s"
            + " RENAME COLUMN %s TO %s;%s")
        .formatted(
            renamed.from(),
            target.id(),
            renamed.to(),
            hasNew
                ? "ALTER TABLE %s DROP COLUMN %s; "
                    .formatted(quote(target.id()), quote(renamed.to()))
                : "",
            quote(target.id()),
            quote(renamed.from()),
            quote(renamed.to()),
            TableCheck.RESTART);
  }

  /**
   * It may hold what only the subscriber has; or both sides were altered alike, and rows that were
   * written beside that came before the column was described.
   */
  private String another(TargetTable target, Column column, TargetColumn here) {
    String kept = quote(freeName(target, column.name()));
    return ("Column \"%1$s\" of table %2$s was added on the provider as %3$s, and the subscriber"
            + " has one of this name that is %4$s%5$s. %11$sRun: ALTER TABLE %6$s RENAME COLUMN"
            + " %7$s TO %8$s; ALTER TABLE %6$s ALTER COLUMN %8$s DROP NOT NULL; ALTER TABLE"
            + " %6$s ADD COLUMN %7$s %9$s;%10$s")
        .formatted(
            column.name(),
            target.id(),
            column.type(),
            here.type(),
            here.type().equals(column.type()) ? " and holds values of its own" : "",
            quote(target.id()),
            quote(column.name()),
            kept,
            TableCheck.added(column),
            TableCheck.RESTART,
            here.type().equals(column.type()) ? orCopied(target.id()) : "");
  }

  private String orCopied(TableId table) {
    return ("If both sides were altered alike, its values are to come from the provider: UPDATE"
            + " pgq_connect.subscribed_table SET state = 'expecting-copy' WHERE subscription = %s"
            + " AND table_schema = %s AND table_name = %s; restart the connector, then: %s. If they"
            + " are the subscriber's own, put the column aside. ")
        .formatted(
            Identifiers.literal(subscription),
            Identifiers.literal(table.schema()),
            Identifiers.literal(table.table()),
            Remedy.incomplete().resync(table));
  }

  private static String freeName(TargetTable target, String name) {
    String free = Identifiers.withEnding(name, "_before");
    for (int i = 2; target.columns().containsKey(free); i++) {
      free = Identifiers.withEnding(name, "_before" + i);
    }
    return free;
  }

  private static String other(TargetTable target, Column column, String value) {
    boolean isNull = column.fill() == null;
    return ("Column \"%s\" was added to table %s on the provider, where all rows that were there"
            + " got %s in it; rows of the subscriber hold something else. Run: %sUPDATE %s SET"
            + " %s = %s;%s")
        .formatted(
            column.name(),
            target.id(),
            isNull ? "NULL" : "its default",
            isNull
                ? "ALTER TABLE %s ALTER COLUMN %s DROP NOT NULL; "
                    .formatted(quote(target.id()), quote(column.name()))
                : "",
            target.onlyItself(),
            quote(column.name()),
            value,
            TableCheck.RESTART);
  }
}
