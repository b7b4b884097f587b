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

import static org.pgqconnect.postgres.Identifiers.quote;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;
import org.pgqconnect.batch.DefinitionChange;
import org.pgqconnect.batch.DefinitionChange.Renamed;
import org.pgqconnect.batch.TableDefinition.Column;
import org.pgqconnect.postgres.Remedy;

/**
 * Holds the rows of a subscriber's table against what ALTER TABLE made of the provider's: it wrote
 * no events for the rows that were there.
 */
final class EarlierRows {
  private final Connection connection;

  EarlierRows(Connection connection) {
    this.connection = connection;
  }

  /**
   * @return how rows that are older are written from now on
   * @throws ApplyException when the table lacks a column, or its rows hold something else in it; it
   *     says what makes them equal
   */
  OlderRows require(TargetTable target, DefinitionChange change) throws SQLException {
    Map<String, String> names = new LinkedHashMap<>();
    for (Renamed renamed : change.renamed()) {
      boolean hasOld = target.columns().containsKey(renamed.from());
      boolean hasNew = target.columns().containsKey(renamed.to());
      if (hasOld) {
        boolean dropped = change.before().has(renamed.to());
        throw new ApplyException(
            hasNew && !dropped && holdsValue(target, renamed.to())
                ? both(target, renamed)
                : renamed(target, renamed, hasNew));
      }
      names.put(renamed.from(), renamed.to());
    }
    Map<String, String> values = new LinkedHashMap<>();
    for (Column column : change.addedAlike()) {
      TargetTable.TargetColumn here = target.columns().get(column.name());
      if (here == null) {
        throw new ApplyException(
            TableCheck.missingColumn(target.id(), column.name(), change.after()));
      }
      if (here.generated()) {
        continue;
      }
      if (holdsOther(target, column)) {
        fillOwn(target, column);
        if (holdsOther(target, column)) {
          throw new ApplyException(other(target, column));
        }
      }
      values.put(column.name(), text(column));
    }
    return new OlderRows(values, names);
  }

  /** A batch that is applied as it arrives has written rows before its column was heard of. */
  private void fillOwn(TargetTable target, Column column) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(ApplySql.fillOwn(target, column.name(), value(column)));
    }
  }

  private String text(Column column) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT (" + value(column) + ")::text")) {
      row.next();
      return row.getString(1);
    }
  }

  private boolean holdsOther(TargetTable target, Column column) throws SQLException {
    try (PreparedStatement query =
            connection.prepareStatement(ApplySql.holdsOther(target, column.name(), value(column)));
        ResultSet row = query.executeQuery()) {
      return row.next() && row.getBoolean(1);
    }
  }

  private boolean holdsValue(TargetTable target, String column) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(ApplySql.holdsValue(target, column))) {
      return row.next() && row.getBoolean(1);
    }
  }

  private String both(TargetTable target, Renamed renamed) throws SQLException {
    return ("Column \"%s\" of table %s is called \"%s\" on the provider now, and the subscriber has both%s. Run: ALTER TABLE %s DROP COLUMN %s;%s")
        .formatted(
            renamed.from(),
            target.id(),
            renamed.to(),
            holdsValue(target, renamed.from())
                ? " with values, and which are the provider's cannot be told. Have the table copied again: "
                    + Remedy.incomplete().resync(target.id())
                : ", the former without a value",
            quote(target.id()),
            quote(renamed.from()),
            TableCheck.RESTART);
  }

  private static String value(Column column) {
    return column.fill() == null ? "NULL" : column.fill().substring("DEFAULT ".length());
  }

  private static String renamed(TargetTable target, Renamed renamed, boolean hasNew) {
    return ("Column \"%s\" of table %s is called \"%s\" on the provider now. Run: %sALTER TABLE %s RENAME COLUMN %s TO %s;%s")
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

  private static String other(TargetTable target, Column column) {
    return ("Column \"%s\" was added to table %s on the provider, where all rows that were there got %s in it; rows of the subscriber hold"
            + " something else. Run: UPDATE %s SET %s = %s;%s")
        .formatted(
            column.name(),
            target.id(),
            value(column).equals("NULL") ? "NULL" : "its default",
            target.onlyItself(),
            quote(column.name()),
            value(column),
            TableCheck.RESTART);
  }
}
