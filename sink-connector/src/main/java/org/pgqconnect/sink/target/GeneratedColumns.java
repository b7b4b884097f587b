/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import static java.util.stream.Collectors.joining;
import static org.pgqconnect.postgres.Identifiers.literal;
import static org.pgqconnect.postgres.Identifiers.quote;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableDefinition.ByPartition;
import org.pgqconnect.batch.TableDefinition.Column;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.postgres.PartitionExpressions;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.sink.target.TargetTable.TargetColumn;

/**
 * Holds the generated columns of a subscriber's table against the provider's. A column that the
 * subscriber computes takes no value, so it must be computed on the provider, too, and alike.
 */
public final class GeneratedColumns {
  private static final int SETS_EXPRESSIONS = 17;

  private final Session session;

  public GeneratedColumns(Session session) {
    this.session = session;
  }

  /**
   * @param definition the provider's, or null when it is not known
   * @throws ApplyException when a column would hold other values; it says what makes them equal
   */
  public void require(TargetTable target, TableDefinition definition) throws SQLException {
    if (definition == null) {
      return;
    }
    for (Column column : definition.columns()) {
      TargetColumn here = target.columns().get(column.name());
      if (here == null || column.generated() == null && !here.generated()) {
        continue;
      }
      if (column.generated() == null) {
        throw new ApplyException(plainOnProvider(target, here));
      }
      Optional<ByPartition> apart = column.byPartition();
      if (apart.isPresent()) {
        requireOrdinary(target, here, column, apart.get());
      } else if (!here.generated()) {
        requireStored(target, column);
      } else {
        requireAlike(target, here, column);
        requireAlikeInPartitions(target, column);
      }
    }
  }

  /** A clause that any version of the server takes. */
  static String clause(Column column) {
    return column.generated().replaceFirst(" VIRTUAL$", " STORED");
  }

  private static void requireStored(TargetTable target, Column column) {
    if (!column.isVirtual()) {
      return;
    }
    throw new ApplyException(
        ("Column \"%s\" of table %s is a virtual generated column on the provider, where its values"
                + " are in no event, and an ordinary one on the subscriber. Have the subscriber"
                + " compute it, too: ALTER TABLE %s %s;%s")
            .formatted(
                column.name(),
                target.id(),
                quote(target.id()),
                madeAnew(column),
                TableCheck.RESTART));
  }

  /** No one expression of the subscriber's gives what several of the provider's do. */
  private static void requireOrdinary(
      TargetTable target, TargetColumn here, Column column, ByPartition apart) {
    if (!here.generated() && !column.isVirtual()) {
      return;
    }
    throw new ApplyException(
        ("Column \"%s\" of table %s is computed as %s on the provider, but as %s in its partition"
                    + " %s, so that no expression of a subscriber gives its values. %s")
                .formatted(
                    column.name(),
                    target.id(),
                    apart.whole(),
                    apart.expression(),
                    apart.partition(),
                    column.isVirtual()
                        ? alikeOnProvider(
                            "They are in no event, for it is virtual:", target, column)
                        : madePlain(target, here) + alikeOnProvider(" Or", target, column))
            + TableCheck.RESTART);
  }

  /** Batches that are in Kafka still say how it was computed before, so they are skipped. */
  private static String alikeOnProvider(String begin, TargetTable target, Column column) {
    return ("%s have it computed alike there (PostgreSQL 17 and later), ALTER TABLE %s ALTER COLUMN"
            + " %s SET EXPRESSION AS (%s); and skip the table's changes until it is copied"
            + " again: on the subscriber UPDATE pgq_connect.subscribed_table SET state ="
            + " 'expecting-copy' WHERE table_schema = %s AND table_name = %s; or, for a copy"
            + " that begins in this batch, leave the table out of the sink's topics or"
            + " table.include.list until the subscription has passed it; and then %s.")
        .formatted(
            begin,
            quote(target.id()),
            quote(column.name()),
            column.byPartition().orElseThrow().whole(),
            literal(target.id().schema()),
            literal(target.id().table()),
            Remedy.incomplete().resync(target.id()));
  }

  /** The rows are in the partitions, each of which may have an expression of its own. */
  private void requireAlikeInPartitions(TargetTable target, Column column) throws SQLException {
    if (!target.partitioned()) {
      return;
    }
    long oid =
        session.one(
            GeneratedColumnsSql.OID,
            row -> row.getLong(1),
            target.id().schema(),
            target.id().table());
    for (PartitionExpressions.Other other : PartitionExpressions.of(session, oid)) {
      if (other.column().equals(column.name())) {
        throw new ApplyException(
            ("Column \"%s\" of table %s is computed as %s on the provider and the subscriber, but"
                 + " as %s in the subscriber's partition %s. Run, for all partitions: ALTER TABLE"
                 + " %s %s;%s")
                .formatted(
                    column.name(),
                    target.id(),
                    other.whole(),
                    other.expression(),
                    other.partition(),
                    quote(target.id()),
                    computedAs(column, other.whole()),
                    TableCheck.RESTART));
      }
    }
  }

  private void requireAlike(TargetTable target, TargetColumn own, Column column)
      throws SQLException {
    String there = expression(column.generated());
    String here = expression(read(GeneratedColumnsSql.CLAUSE, target, column.name()));
    if (here.equals(there)) {
      return;
    }
    String asHere = asHere(target, own, column);
    if (asHere != null && here.equals(expression(asHere))) {
      return;
    }
    throw new ApplyException(
        ("Column \"%s\" of table %s is computed as %s on the provider and as %s on the subscriber."
                + " Run: ALTER TABLE %s %s;%s")
            .formatted(
                column.name(),
                target.id(),
                there,
                here,
                quote(target.id()),
                computedAs(column, there),
                TableCheck.RESTART));
  }

  /** What ALTER TABLE says to have the column computed by an expression, in all partitions. */
  private String computedAs(Column column, String expression) throws SQLException {
    return session.connection().getMetaData().getDatabaseMajorVersion() >= SETS_EXPRESSIONS
        ? "ALTER COLUMN %s SET EXPRESSION AS (%s)".formatted(quote(column.name()), expression)
        : madeAnew(column);
  }

  private static String madeAnew(Column column) {
    return "DROP COLUMN %1$s, ADD COLUMN %1$s %2$s %3$s"
        .formatted(quote(column.name()), column.type(), clause(column));
  }

  private static String expression(String clause) {
    return Column.expressionOf(clause).orElse(clause);
  }

  /**
   * The provider's clause as this server writes it, for versions write expressions differently;
   * null when the server cannot take it.
   */
  private String asHere(TargetTable target, TargetColumn own, Column column) throws SQLException {
    Connection connection = session.connection();
    Savepoint before = connection.setSavepoint();
    try {
      session.execute(GeneratedColumnsSql.scratch(target, own, clause(column)));
      return read(GeneratedColumnsSql.SCRATCH_CLAUSE, target, GeneratedColumnsSql.COMPUTED);
    } catch (SQLException e) {
      if (SqlState.of(e).filter(state -> state.matches("(0A|22|42).*")).isEmpty()) {
        throw e;
      }
      return null;
    } finally {
      if (!connection.isClosed()) {
        connection.rollback(before);
        connection.releaseSavepoint(before);
      }
    }
  }

  private String read(String sql, TargetTable target, String column) throws SQLException {
    return session
        .first(sql, row -> row.getString(1), column, target.id().schema(), target.id().table())
        .orElse("");
  }

  /**
   * Written rows hold other values than the provider's.
   *
   * @param columns those that differ
   * @param key of one of the rows
   * @param resync the command that copies the table again
   */
  public ApplyException otherValues(
      TargetTable target, List<TargetColumn> columns, long rows, String key, String resync)
      throws SQLException {
    List<String> made = new ArrayList<>();
    for (TargetColumn column : columns) {
      boolean isVirtual =
          read(GeneratedColumnsSql.CLAUSE, target, column.name()).endsWith("VIRTUAL");
      made.add(
          (isVirtual
                  ? "DROP COLUMN %1$s, ADD COLUMN %1$s %2$s"
                  : "ALTER COLUMN %1$s DROP EXPRESSION")
              .formatted(quote(column.name()), column.type()));
    }
    return new ApplyException(
        ("%d rows of table %s would hold other values than the provider's in column %s, which the"
             + " subscriber computes, one of them the row with key (%s). The expressions are alike,"
             + " but columns that they use have another type or collation here, a function is"
             + " another or was replaced, or the value depends on who computes it. Run, to store"
             + " the provider's values: ALTER TABLE %s %s;%s And unless a copy of the table is"
             + " under way, copy it again then, for rows that are there may hold other values, too:"
             + " %s")
            .formatted(
                rows,
                target.id(),
                columns.stream().map(c -> '"' + c.name() + '"').collect(joining(", ")),
                key,
                quote(target.id()),
                String.join(", ", made),
                TableCheck.RESTART,
                resync));
  }

  private static String plainOnProvider(TargetTable target, TargetColumn column) {
    return ("Column \"%s\" of table %s is generated on the subscriber, and an ordinary one on"
            + " the provider, so that its values cannot be stored. %s%s")
        .formatted(column.name(), target.id(), madePlain(target, column), TableCheck.RESTART);
  }

  private static String madePlain(TargetTable target, TargetColumn column) {
    return ("Run: ALTER TABLE %1$s ALTER COLUMN %2$s DROP EXPRESSION; or, where that is rejected"
            + " because the column is virtual: ALTER TABLE %1$s DROP COLUMN %2$s, ADD COLUMN"
            + " %2$s %3$s; and copy the table again. Or leave the column out of what the"
            + " provider publishes.")
        .formatted(quote(target.id()), quote(column.name()), column.type());
  }
}
