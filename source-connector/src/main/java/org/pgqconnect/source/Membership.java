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
package org.pgqconnect.source;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.connect.errors.ConnectException;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Remedy;
import org.pgqconnect.source.copy.LeftOutTables;
import org.pgqconnect.source.copy.TableCopies;
import org.pgqconnect.source.decode.ForeignTables;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which captured tables a connector publishes, settled when a session begins. */
final class Membership {
  private static final Logger LOG = LoggerFactory.getLogger(Membership.class);

  private Membership() {}

  /**
   * Notes on the provider which captured tables are left out, and has those that are back copied.
   *
   * @throws ConnectException when a table is back and no copy is to be made of it
   */
  static LeftOutTables settle(Connection connection, PgqSourceConfig config) throws SQLException {
    LeftOutTables leftOut = new LeftOutTables(connection, config.queue(), config.consumer());
    if (config.streamsEvents()) {
      return leftOut;
    }
    Set<TableId> captured = TableCopies.captured(connection, config.queue());
    if (config.capturesExternally()) {
      captured.addAll(new ForeignTables(connection, config.queue()).published());
    }
    List<LeftOutTables.Back> back =
        leftOut.begin(captured, config.tables(), config.copiesAddedTables());
    List<LeftOutTables.Back> uncopied = back.stream().filter(table -> !table.copied()).toList();
    if (!uncopied.isEmpty()) {
      throw refused(config, uncopied);
    }
    back.forEach(
        table ->
            LOG.info(
                "Table {} of queue \"{}\" was left out since {} and is published again, so it is copied"
                    + " again",
                table.table(),
                config.queue(),
                table.since()));
    return leftOut;
  }

  private static ConnectException refused(
      PgqSourceConfig config, List<LeftOutTables.Back> uncopied) {
    List<TableId> tables = uncopied.stream().map(LeftOutTables.Back::table).toList();
    return new ConnectException(
        ("This connector left out the changes of %s of queue \"%s\" (%s), and its table.include.list"
                + " names them again. Subscribers miss what was changed meanwhile, and with"
                + " snapshot.mode=no_data nothing is copied by itself. Have them copied: %s; then restart the"
                + " connector. Or, when subscribers are known to hold the same rows: delete from pgq_connect.left_out"
                + " where queue_name = '%s' and consumer = '%s'")
            .formatted(
                tables.stream().map(TableId::toString).collect(Collectors.joining(", ")),
                config.queue(),
                uncopied.stream()
                    .map(table -> table.table() + " since " + table.since())
                    .collect(Collectors.joining(", ")),
                Remedy.provider(config.connection(), config.queue()).resync(tables),
                config.queue().replace("'", "''"),
                config.consumer().replace("'", "''")));
  }
}
