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
package org.pgqconnect.source.queue;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.pgqconnect.postgres.Identifiers;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What {@code pgqd} does beside ticking: runs what {@code pgq.maint_operations()} lists (rotation,
 * vacuum), and puts events that consumers want to see again back into their queues.
 */
public final class Maintenance {
  private static final Logger LOG = LoggerFactory.getLogger(Maintenance.class);

  private Maintenance() {}

  private record Operation(String function, String argument) {}

  /** Runs every due operation in a transaction of its own: the second rotation step needs that. */
  public static void run(Connection connection) throws SQLException {
    for (Operation operation : due(connection)) {
      LOG.debug("Maintenance [function={}, argument={}]", operation.function, operation.argument);
      if (operation.function.equalsIgnoreCase("vacuum")) {
        try (Statement statement = connection.createStatement()) {
          statement.execute("vacuum " + qualified(operation.argument));
        }
      } else {
        callUntilDone(connection, operation);
      }
    }
  }

  private static List<Operation> due(Connection connection) throws SQLException {
    List<Operation> operations = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(RotationSql.DUE);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        operations.add(new Operation(rows.getString(1), rows.getString(2)));
      }
    }
    return operations;
  }

  /** A function that moves some rows a call returns how many; it is called until none are left. */
  private static void callUntilDone(Connection connection, Operation operation)
      throws SQLException {
    String sql =
        "select " + qualified(operation.function) + (operation.argument == null ? "()" : "(?)");
    boolean again = true;
    while (again) {
      try (PreparedStatement statement = connection.prepareStatement(sql)) {
        if (operation.argument != null) {
          statement.setString(1, operation.argument);
        }
        try (ResultSet rows = statement.executeQuery()) {
          again =
              operation.function.equals("pgq.maint_retry_events")
                  && rows.next()
                  && rows.getInt(1) > 0;
        }
      }
    }
  }

  private static String qualified(String name) {
    int dot = name.indexOf('.');
    return dot < 0
        ? Identifiers.quote(name)
        : Identifiers.quote(name.substring(0, dot))
            + "."
            + Identifiers.quote(name.substring(dot + 1));
  }
}
