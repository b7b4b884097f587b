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
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pgqconnect.sink.apply.TargetTable.Rule;
import org.pgqconnect.sink.apply.TargetTable.TargetColumn;

/**
 * Writes the net effect of several tables by one statement, so that rows may exchange values and
 * rows of different tables may refer to each other in any way that is right at the end.
 */
final class Settlement {
  private final Connection connection;
  private final boolean replica;
  private final LateRules lateRules;

  Settlement(Connection connection, boolean replica) {
    this.connection = connection;
    this.replica = replica;
    this.lateRules = new LateRules(connection);
  }

  /**
   * @param tables each with its rows; those whose foreign keys are checked together
   */
  void write(List<NetRows> tables) throws SQLException {
    if (tables.stream().anyMatch(NetRows::empties)) {
      try (Statement statement = connection.createStatement()) {
        statement.execute(SettleSql.ALLOW_HASHING);
      }
    }
    List<String> parts = new ArrayList<>();
    List<String> arrays = new ArrayList<>();
    List<List<String>> written = new ArrayList<>();
    for (int i = 0; i < tables.size(); i++) {
      NetRows rows = tables.get(i);
      boolean keeps = keepsRows(rows.target());
      if (keeps) {
        park(rows);
      }
      parts.add(SettleSql.net(i + 1, rows.sql(), rows.target(), rows.key()));
      List<String> writes =
          SettleSql.write(i + 1, rows.target(), rows.key(), rows.layouts(), rows.empties(), !keeps);
      parts.addAll(writes);
      written.add(SettleSql.written(writes));
      arrays.addAll(rows.arrays());
    }
    List<Long> missing = execute(SettleSql.statement(parts, written), arrays);
    for (int i = 0; i < tables.size(); i++) {
      tables.get(i).requireAll(missing.get(i));
    }
    if (replica) {
      for (NetRows rows : tables) {
        lateRules.check(rows);
      }
    }
  }

  /** Deleting a row of it for a moment would reach, or be refused for, rows that refer to it. */
  private boolean keepsRows(TargetTable target) {
    return !replica && target.keepsRows();
  }

  private void park(NetRows rows) throws SQLException {
    for (Rule rule : rows.target().contested(rows.key())) {
      for (int i = 0; i < rows.layouts().size(); i++) {
        List<String> changing = SettleSql.changing(rule, rows.key(), rows.layouts().get(i));
        Optional<Parking> place = Parking.of(rule, changing, rows.target());
        if (place.isPresent()) {
          execute(
              SettleSql.park(
                  rows.target(),
                  rows.key(),
                  SettleSql.net(1, rows.sql(), rows.target(), rows.key()),
                  i + 1,
                  changing,
                  place.get().column(),
                  place.get().value()),
              rows.arrays());
        }
      }
    }
  }

  private List<Long> execute(String sql, List<String> arrays) throws SQLException {
    List<Long> result = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < arrays.size(); i++) {
        statement.setObject(i + 1, arrays.get(i), Types.OTHER);
      }
      if (statement.execute()) {
        try (ResultSet row = statement.getResultSet()) {
          row.next();
          for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
            result.add(row.getLong(i));
          }
        }
      }
    }
    return result;
  }

  /** A value that a row may have for a moment without being in another one's way. */
  record Parking(TargetColumn column, String value) {
    static Optional<Parking> of(Rule rule, List<String> changing, TargetTable target) {
      List<String> free = changing.stream().filter(c -> !rule.referred().contains(c)).toList();
      for (String name : free) {
        if (rule.nullable().contains(name)) {
          return Optional.of(new Parking(target.columns().get(name), "NULL"));
        }
      }
      return free.stream()
          .filter(name -> !rule.bound().contains(name))
          .map(name -> target.columns().get(name))
          .filter(column -> column.type().equals(column.baseType()))
          .flatMap(column -> value(column).map(v -> new Parking(column, v)).stream())
          .findFirst();
    }

    private static Optional<String> value(TargetColumn column) {
      String value;
      switch (column.typeName()) {
        case "int2":
          value = "(-32767 * random())::int2";
          break;
        case "int4":
          value = "(-2147483647 * random())::int4";
          break;
        case "int8":
        case "numeric":
          value = "(-9000000000000000000 * random())::int8";
          break;
        case "text":
        case "varchar":
        case "bpchar":
        case "citext":
          value = "md5(random()::text)";
          break;
        case "uuid":
          value = "gen_random_uuid()";
          break;
        case "date":
          value = "'0001-01-01'::date + (random() * 600000)::int4";
          break;
        case "timestamp":
        case "timestamptz":
          value = "'0001-01-01'::timestamp + random() * interval '600000 days'";
          break;
        default:
          if (!column.typeName().endsWith("range")) {
            return Optional.empty();
          }
          value = "'empty'";
      }
      return Optional.of(value + "::" + column.type());
    }
  }

  /** What a role lacks that may not make the session's own tables. */
  static String mayNotStage(String database, String role) {
    return ("The batch is larger than memory and its rows stand in each other's way until all are here, so they are kept in temporary tables of the"
            + " subscriber, which role \"%2$s\" may not make. Run: GRANT TEMPORARY ON DATABASE %1$s TO %3$s; then restart the connector: POST"
            + " /connectors/<name>/restart?includeTasks=true")
        .formatted(quote(database), role, quote(role));
  }
}
