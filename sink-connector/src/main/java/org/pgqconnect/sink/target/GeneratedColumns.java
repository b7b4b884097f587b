/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import static org.pgqconnect.postgres.Identifiers.quote;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableDefinition.Column;
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
      if (!here.generated()) {
        requireStored(target, column);
      } else {
        requireAlike(target, here, column);
      }
    }
  }

  /** A clause that any version of the server takes. */
  static String clause(Column column) {
    return column.generated().replaceFirst(" VIRTUAL$", " STORED");
  }

  private static void requireStored(TargetTable target, Column column) {
    if (column.generated().endsWith(" STORED")) {
      return;
    }
    throw new ApplyException(
        ("Column \"%s\" of table %s is a virtual generated column on the provider, where its values are in no event, and an ordinary one on"
                + " the subscriber. Have the subscriber compute it, too: ALTER TABLE %s %s;%s")
            .formatted(
                column.name(),
                target.id(),
                quote(target.id()),
                madeAnew(column),
                TableCheck.RESTART));
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
    boolean sets = session.connection().getMetaData().getDatabaseMajorVersion() >= SETS_EXPRESSIONS;
    throw new ApplyException(
        ("Column \"%s\" of table %s is computed as %s on the provider and as %s on the subscriber. Run: ALTER TABLE %s %s;%s")
            .formatted(
                column.name(),
                target.id(),
                there,
                here,
                quote(target.id()),
                sets
                    ? "ALTER COLUMN %s SET EXPRESSION AS (%s)"
                        .formatted(quote(column.name()), there)
                    : madeAnew(column),
                TableCheck.RESTART));
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

  private static String plainOnProvider(TargetTable target, TargetColumn column) {
    return ("Column \"%1$s\" of table %2$s is generated on the subscriber, and an ordinary one on the provider, so that its values cannot be"
            + " stored. Run: ALTER TABLE %3$s ALTER COLUMN %4$s DROP EXPRESSION; or, where that is rejected because the column is virtual:"
            + " ALTER TABLE %3$s DROP COLUMN %4$s, ADD COLUMN %4$s %5$s; and copy the table again. Or leave the column out of what the"
            + " provider publishes.%6$s")
        .formatted(
            column.name(),
            target.id(),
            quote(target.id()),
            quote(column.name()),
            column.type(),
            TableCheck.RESTART);
  }
}
