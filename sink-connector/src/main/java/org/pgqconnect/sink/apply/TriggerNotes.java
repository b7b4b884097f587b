/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.apply;

import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.sink.tables.SubscribedTable.Stage;
import org.pgqconnect.sink.tables.TableStates;
import org.pgqconnect.sink.target.TableAccess;

/**
 * Notes of tables that are in step which triggers fire there, until an operator knows that they do
 * no harm.
 */
final class TriggerNotes {
  private final Subscriber subscriber;
  private final Map<TableId, TableAccess> harmless = new HashMap<>();

  TriggerNotes(Subscriber subscriber) {
    this.subscriber = subscriber;
  }

  /** A session was opened: an operator may have said something else meanwhile. */
  void forget() {
    harmless.clear();
  }

  /** Notes the triggers of the tables that the session has written. */
  void note(TableStates next) throws SQLException {
    for (Map.Entry<TableId, TableAccess> entry : subscriber.writer().accesses().entrySet()) {
      TableId table = entry.getKey();
      TableAccess access = entry.getValue();
      if (next.get(table).stage() != Stage.OK || access.equals(harmless.get(table))) {
        continue;
      }
      Optional<String> warning = access.warning();
      if (warning.isPresent() && next.saysOfTriggers(table, warning.get())) {
        continue; // Until a restart, which the note asks for.
      }
      if (warning.isEmpty() || subscriber.tableStore().areConfirmed(table, access.triggerNames())) {
        if (!next.firesNoTriggers(table)) {
          harmless.put(table, access); // Known once that is stored.
        }
      } else {
        next.firesTriggers(table, subscriber.subscription(), warning.get(), access.triggerNames());
      }
    }
  }
}
