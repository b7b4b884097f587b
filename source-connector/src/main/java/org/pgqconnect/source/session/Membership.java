/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.session;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.source.copy.LeftOutTables;
import org.pgqconnect.source.copy.TableCopies;
import org.pgqconnect.source.external.ExternalTables;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which captured tables a connector publishes, settled when a session begins. */
final class Membership {
  private static final Logger LOG = LoggerFactory.getLogger(Membership.class);

  private Membership() {}

  /**
   * Notes on the provider which captured tables are left out, and has those that are back copied.
   *
   * @throws StopException when a table is back and no copy is to be made of it
   */
  static LeftOutTables settle(Connection connection, ProviderSession.Settings settings)
      throws SQLException {
    LeftOutTables leftOut = new LeftOutTables(connection, settings.queue(), settings.consumer());
    if (settings.streamsEvents()) {
      return leftOut;
    }
    Set<TableId> captured = TableCopies.captured(connection, settings.queue());
    if (settings.external().isPresent()) {
      captured.addAll(new ExternalTables(connection, settings.queue()).published());
    }
    List<LeftOutTables.Back> back =
        leftOut.begin(captured, settings.tables(), settings.copiesAddedTables());
    List<LeftOutTables.Back> uncopied = back.stream().filter(table -> !table.copied()).toList();
    if (!uncopied.isEmpty()) {
      throw refused(settings, uncopied);
    }
    back.forEach(
        table ->
            LOG.info(
                "Table {} of queue \"{}\" was left out since {} and is published again, so it is"
                    + " copied again",
                table.table(),
                settings.queue(),
                table.since()));
    return leftOut;
  }

  private static StopException refused(
      ProviderSession.Settings settings, List<LeftOutTables.Back> uncopied) {
    List<TableId> tables = uncopied.stream().map(LeftOutTables.Back::table).toList();
    return new StopException(
        ("This connector left out the changes of %s of queue \"%s\" (%s), and its"
             + " table.include.list names them again; or it has changed which columns and rows of"
             + " them are captured. Subscribers miss what was changed meanwhile, and with"
             + " snapshot.mode=no_data nothing is copied automatically. To copy them: %s; then"
             + " restart the connector. Or, when subscribers are known to hold the same rows: %s")
            .formatted(
                tables.stream().map(TableId::toString).collect(Collectors.joining(", ")),
                settings.queue(),
                uncopied.stream()
                    .map(table -> table.table() + " since " + table.since())
                    .collect(Collectors.joining(", ")),
                Remedy.provider(settings.connection(), settings.queue()).resync(tables),
                LeftOutTables.forget(settings.queue(), settings.consumer(), tables)));
  }
}
