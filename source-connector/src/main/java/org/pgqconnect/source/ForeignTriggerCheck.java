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
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.source.capture.TableState;
import org.pgqconnect.source.capture.TriggerState;
import org.pgqconnect.source.decode.ForeignTables;
import org.pgqconnect.source.decode.ForeignTrigger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks whether the triggers that fill a foreign queue are still there: those that were seen
 * before, and those of the tables that Londiste has registered. Changes nothing.
 */
final class ForeignTriggerCheck {
  private static final Logger LOG = LoggerFactory.getLogger(ForeignTriggerCheck.class);

  // One row for each of Londiste's tables that tell which triggers there have to be.
  private static final String LONDISTE =
      """
      select has_schema_privilege(n.oid, 'USAGE') and has_table_privilege(c.oid, 'SELECT'),
             format('GRANT USAGE ON SCHEMA %I TO %I; GRANT SELECT ON %I.%I TO %2$I', n.nspname, current_user,
                    n.nspname, c.relname)
        from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where (n.nspname, c.relname) in (('londiste', 'table_info'), ('pgq_node', 'node_info'))""";

  // A table that Londiste has on a node that is not the root gets its changes from the provider.
  private static final String WITHOUT_TRIGGER =
      """
      select n.nspname, c.relname
        from londiste.table_info i
        join pgq_node.node_info o on o.queue_name = i.queue_name and o.node_type = 'root'
        join pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
             on format('%I.%I', n.nspname, c.relname)
                = londiste.quote_fqname(coalesce(i.dest_table, i.table_name))
       where i.queue_name = ? and i.local and c.relkind in ('r', 'p')
         and not exists (select from pg_catalog.pg_trigger t
                          where t.tgrelid = c.oid and t.tgname = '_londiste_' || i.queue_name)
       order by 1, 2""";

  private final String queue;
  private final Map<String, ForeignTrigger> seen = new HashMap<>();
  private boolean toldOfGrants;

  ForeignTriggerCheck(String queue) {
    this.queue = queue;
  }

  /** The state of every trigger; tables by the names that their events carry. */
  List<TableState> check(Connection provider) throws SQLException {
    List<TableState> states = new ArrayList<>();
    Map<String, ForeignTrigger> now = new HashMap<>();
    for (ForeignTrigger trigger : new ForeignTables(provider, queue).triggers()) {
      now.put(id(trigger), trigger);
      states.add(trigger.enabled() ? ok(trigger) : disabled(trigger));
    }
    boolean londiste = readsLondiste(provider);
    for (Map.Entry<String, ForeignTrigger> before : seen.entrySet()) {
      // Which tables are to have Londiste's trigger says its own list: a table may have left it.
      boolean listed = londiste && before.getValue().name().equals("_londiste_" + queue);
      if (!now.containsKey(before.getKey()) && !listed) {
        states.add(missing(before.getValue()));
      }
    }
    if (londiste) {
      states.addAll(registeredWithout(provider));
    }
    now.forEach(seen::put);
    return states;
  }

  private static String id(ForeignTrigger trigger) {
    return trigger.table() + " " + trigger.name();
  }

  private TableState ok(ForeignTrigger trigger) {
    return new TableState(
        queue, trigger.publishedAs().orElse(trigger.table()), TriggerState.OK, null, null);
  }

  private TableState disabled(ForeignTrigger trigger) {
    return new TableState(
        queue,
        trigger.publishedAs().orElse(trigger.table()),
        TriggerState.DISABLED,
        trigger.name(),
        "ALTER TABLE %s ENABLE TRIGGER %s"
            .formatted(Identifiers.quote(trigger.table()), Identifiers.quote(trigger.name())));
  }

  private TableState missing(ForeignTrigger trigger) {
    return new TableState(
        queue,
        trigger.publishedAs().orElse(trigger.table()),
        TriggerState.TRIGGER_MISSING,
        trigger.name(),
        trigger.definition()
            + "; if the table was to leave the queue, restart the connector: it then expects no such"
            + " trigger");
  }

  private List<TableState> registeredWithout(Connection provider) throws SQLException {
    List<TableState> states = new ArrayList<>();
    try (PreparedStatement statement = provider.prepareStatement(WITHOUT_TRIGGER)) {
      statement.setString(1, queue);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          states.add(withoutTrigger(new TableId(rows.getString(1), rows.getString(2))));
        }
      }
    }
    return states;
  }

  private TableState withoutTrigger(TableId table) {
    String trigger = "_londiste_" + queue;
    return new TableState(
        queue,
        table,
        TriggerState.TRIGGER_MISSING,
        trigger + ", as Londiste has the table registered",
        "CREATE TRIGGER %s AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION pgq.logutriga('%s')"
            .formatted(
                Identifiers.quote(trigger), Identifiers.quote(table), queue.replace("'", "''")));
  }

  private boolean readsLondiste(Connection provider) throws SQLException {
    int readable = 0;
    List<String> grants = new ArrayList<>();
    try (PreparedStatement statement = provider.prepareStatement(LONDISTE);
        ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        if (rows.getBoolean(1)) {
          readable++;
        } else {
          grants.add(rows.getString(2));
        }
      }
    }
    if (!grants.isEmpty() && !toldOfGrants) {
      toldOfGrants = true;
      LOG.warn(
          "Londiste's list of tables cannot be read: a trigger that was dropped before the connector started is not"
              + " missed. To have it noticed: {} [queue={}]",
          String.join("; ", grants),
          queue);
    }
    return readable == 2;
  }
}
