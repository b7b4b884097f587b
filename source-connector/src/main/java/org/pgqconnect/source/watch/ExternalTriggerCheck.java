/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.watch;

import java.sql.Array;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.source.capture.TableState;
import org.pgqconnect.source.capture.TriggerState;
import org.pgqconnect.source.external.ExternalTables;
import org.pgqconnect.source.external.ExternalTrigger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks whether the triggers that fill a foreign queue are still there: those that were seen
 * before, and those of the tables that Londiste has registered. Changes nothing.
 */
final class ExternalTriggerCheck {
  private static final Logger LOG = LoggerFactory.getLogger(ExternalTriggerCheck.class);

  // One row for each of the two tables of Londiste that say which triggers have to exist.
  private static final String LONDISTE =
      """
      select has_schema_privilege(n.oid, 'USAGE') and has_table_privilege(c.oid, 'SELECT'),
             format('GRANT USAGE ON SCHEMA %I TO %I; GRANT SELECT ON %I.%I TO %2$I', n.nspname, current_user,
                    n.nspname, c.relname)
        from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
       where (n.nspname, c.relname) in (('londiste', 'table_info'), ('pgq_node', 'node_info'))\
      """;

  // A table that Londiste has on a node that is not the root gets its changes from the provider.
  // A renamed table keeps its trigger, so it is looked for among those with a trigger of Londiste's
  // that Londiste does not know.
  private static final String REGISTERED =
      """
      select i.table_name, coalesce(i.dest_table, i.table_name), c.oid is not null,
             exists (select from pg_catalog.pg_trigger t
                      where t.tgrelid = c.oid and t.tgname = '_londiste_' || i.queue_name),
             case when c.oid is null then
                 array(select format('%s.%s', rn.nspname, r.relname)
                         from pg_catalog.pg_trigger t
                         join pg_catalog.pg_class r on r.oid = t.tgrelid
                         join pg_catalog.pg_namespace rn on rn.oid = r.relnamespace
                        where t.tgname = '_londiste_' || i.queue_name and t.tgparentid = 0
                          and not exists (select from londiste.table_info k
                                           where k.queue_name = i.queue_name
                                             and londiste.quote_fqname(coalesce(k.dest_table, k.table_name))
                                                 = format('%I.%I', rn.nspname, r.relname))
                        order by 1) end
        from londiste.table_info i
        join pgq_node.node_info o on o.queue_name = i.queue_name and o.node_type = 'root'
        left join (pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace)
             on format('%I.%I', n.nspname, c.relname)
                = londiste.quote_fqname(coalesce(i.dest_table, i.table_name))
            and c.relkind in ('r', 'p')
       where i.queue_name = ? and i.local
       order by 1\
      """;

  private final String queue;
  private final Map<String, ExternalTrigger> seen = new HashMap<>();
  private boolean toldOfGrants;

  ExternalTriggerCheck(String queue) {
    this.queue = queue;
  }

  /** The state of every trigger; tables by the names that their events carry. */
  List<TableState> check(Connection provider) throws SQLException {
    List<TableState> states = new ArrayList<>();
    Map<String, ExternalTrigger> now = new HashMap<>();
    for (ExternalTrigger trigger : new ExternalTables(provider, queue).triggers()) {
      now.put(id(trigger), trigger);
      states.add(trigger.enabled() ? ok(trigger) : disabled(trigger));
    }
    Optional<List<Registered>> londiste =
        readsLondiste(provider) ? Optional.of(registered(provider)) : Optional.empty();
    for (Map.Entry<String, ExternalTrigger> before : seen.entrySet()) {
      if (!now.containsKey(before.getKey())
          && londiste.map(list -> isMissed(before.getValue(), list)).orElse(true)) {
        states.add(missing(before.getValue()));
      }
    }
    for (Registered table : londiste.orElse(List.of())) {
      if (!table.exists()) {
        states.add(withoutTable(table));
      } else if (!table.triggered()) {
        states.add(withoutTrigger(table));
      }
    }
    now.forEach(seen::put);
    return states;
  }

  /**
   * Whether a trigger that was there before has to be there. Which tables are to have Londiste's
   * own triggers says its list, as a table may have left it; of a table on the list, that for rows
   * is looked for anyway.
   */
  private boolean isMissed(ExternalTrigger trigger, List<Registered> londiste) {
    if (trigger.name().equals(rowTrigger())) {
      return false;
    }
    return !trigger.name().equals(rowTrigger() + "_truncate")
        || londiste.stream().anyMatch(t -> t.exists() && t.table().equals(trigger.table()));
  }

  private String rowTrigger() {
    return "_londiste_" + queue;
  }

  /**
   * A table on Londiste's list.
   *
   * @param published the name that events carry
   * @param table the name that it has here
   * @param exists whether there is such a table
   * @param triggered whether it has Londiste's trigger for rows
   * @param strangers when it does not exist: tables with such a trigger that are not on the list
   */
  private record Registered(
      TableId published,
      TableId table,
      boolean exists,
      boolean triggered,
      List<TableId> strangers) {}

  private static String id(ExternalTrigger trigger) {
    return trigger.table() + " " + trigger.name();
  }

  private TableState ok(ExternalTrigger trigger) {
    return new TableState(
        queue, trigger.publishedAs().orElse(trigger.table()), TriggerState.OK, null, null);
  }

  private TableState disabled(ExternalTrigger trigger) {
    return new TableState(
        queue,
        trigger.publishedAs().orElse(trigger.table()),
        TriggerState.DISABLED,
        trigger.name(),
        "ALTER TABLE %s ENABLE TRIGGER %s"
            .formatted(Identifiers.quote(trigger.table()), Identifiers.quote(trigger.name())));
  }

  private TableState missing(ExternalTrigger trigger) {
    return new TableState(
        queue,
        trigger.publishedAs().orElse(trigger.table()),
        TriggerState.TRIGGER_MISSING,
        trigger.name(),
        trigger.definition()
            + "; if the table was removed from the queue on purpose, restart the connector: it then"
            + " expects no such trigger");
  }

  private List<Registered> registered(Connection provider) throws SQLException {
    return new Session(provider)
        .list(
            REGISTERED,
            row -> {
              Array strangers = row.getArray(5);
              return new Registered(
                  TableId.parse(row.getString(1)),
                  TableId.parse(row.getString(2)),
                  row.getBoolean(3),
                  row.getBoolean(4),
                  strangers == null
                      ? List.of()
                      : Stream.of((String[]) strangers.getArray()).map(TableId::parse).toList());
            },
            queue);
  }

  /** The table was dropped or renamed; its trigger goes with it, and events bear the new name. */
  private TableState withoutTable(Registered missing) {
    String leave =
        "londiste <ini file> remove-table %s, and add-table under the new name if it has one"
            .formatted(missing.published());
    if (missing.strangers().isEmpty()) {
      return new TableState(
          queue,
          missing.published(),
          TriggerState.TABLE_MISSING,
          "there is no table %s, which Londiste has registered".formatted(missing.table()),
          "give it its name back if it was renamed; if it is not to be replicated any more: "
              + leave);
    }
    return new TableState(
        queue,
        missing.published(),
        TriggerState.RENAMED,
        "there is no table %s, which Londiste has registered, and %s, which it has not, bears its trigger %s"
            .formatted(missing.table(), either(missing.strangers()), rowTrigger()),
        "give it its name back: %s; or %s"
            .formatted(nameBack(missing.strangers().get(0), missing.table()), leave));
  }

  private static String either(List<TableId> tables) {
    return tables.stream().map(TableId::toString).collect(Collectors.joining(" or "));
  }

  private static String nameBack(TableId now, TableId before) {
    TableId named = new TableId(now.schema(), before.table());
    List<String> statements = new ArrayList<>();
    if (!now.equals(named)) {
      statements.add(
          "ALTER TABLE %s RENAME TO %s"
              .formatted(Identifiers.quote(now), Identifiers.quote(before.table())));
    }
    if (!named.equals(before)) {
      statements.add(
          "ALTER TABLE %s SET SCHEMA %s"
              .formatted(Identifiers.quote(named), Identifiers.quote(before.schema())));
    }
    return String.join("; ", statements);
  }

  private TableState withoutTrigger(Registered table) {
    String name =
        table.published().equals(table.table())
            ? ""
            : ", "
                + Identifiers.literal(
                    "ev_extra1=" + Identifiers.literal(table.published().toString()));
    return new TableState(
        queue,
        table.published(),
        TriggerState.TRIGGER_MISSING,
        rowTrigger() + ", as Londiste has the table registered",
        "CREATE TRIGGER %s AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION pgq.logutriga(%s%s)"
            .formatted(
                Identifiers.quote(rowTrigger()),
                Identifiers.quote(table.table()),
                Identifiers.literal(queue),
                name));
  }

  private boolean readsLondiste(Connection provider) throws SQLException {
    List<Optional<String>> tables =
        new Session(provider)
            .list(
                LONDISTE,
                row -> row.getBoolean(1) ? Optional.empty() : Optional.of(row.getString(2)));
    List<String> grants = tables.stream().flatMap(Optional::stream).toList();
    if (!grants.isEmpty() && !toldOfGrants) {
      toldOfGrants = true;
      LOG.warn(
          "Londiste's list of tables cannot be read: a trigger that was dropped before the"
              + " connector started is not missed. To have it noticed: {} [queue={}]",
          String.join("; ", grants),
          queue);
    }
    return tables.size() == 2 && grants.isEmpty();
  }
}
