/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.copy;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.source.external.ExternalTables;
import org.pgqconnect.source.external.ExternalTrigger;
import org.pgqconnect.source.queue.Queue;
import org.pgqconnect.source.queue.QueueMissing;

/** Asks for copies; {@link CopySchedule} has them made. */
public final class CopyRequests {
  // A new number even for a copy that is under way: it begins again.
  private static final String REQUEST =
      """
      insert into pgq_connect.table_copy as t (queue_name, table_schema, table_name, state, out_of_step, requested_at)
      select queue_name, table_schema, table_name, 'requested', bool_or(pgq_connect.were_away(c)), now()
        from pgq_connect.captured_table c
       where queue_name = ? and table_schema = ? and table_name = ?
       group by queue_name, table_schema, table_name
      on conflict (queue_name, table_schema, table_name) do update
         set state = 'requested', out_of_step = excluded.out_of_step or t.out_of_step and t.state = 'requested', copy_id = default, last_key = null, rows_copied = 0,
             consistent_tick = null, requested_at = now(), finished_at = null\
      """;

  private static final String REQUEST_FOREIGN =
      """
      insert into pgq_connect.table_copy (queue_name, table_schema, table_name, state, requested_at)
      values (?, ?, ?, 'requested', now())
      on conflict (queue_name, table_schema, table_name) do update
         set state = 'requested', copy_id = default, last_key = null, rows_copied = 0,
             consistent_tick = null, requested_at = now(), finished_at = null\
      """;

  // The copy makes good what subscribers still hold of partitions that are gone.
  private static final String FORGET_PARTITIONS = "select pgq_connect.forget_partitions(?, ?, ?)";

  private CopyRequests() {}

  /**
   * What a copy of all tables of a queue comprises.
   *
   * @param tables those that can be requested, by the names of their events
   * @param refused why others cannot, and what to do about them, by the tables' names on the
   *     provider
   */
  public record Plan(Set<TableId> tables, Map<TableId, String> refused) {}

  /**
   * Which tables of a queue can be copied: those that it captures and those that PgQ's own triggers
   * write into it.
   *
   * @param captured the tables that are captured by triggers of ours
   */
  public static Plan plan(Connection provider, String queue, Collection<TableId> captured)
      throws SQLException {
    Set<TableId> tables = new LinkedHashSet<>(captured);
    Map<TableId, String> refused = absent(provider, queue);
    tables.removeAll(refused.keySet());
    ExternalTables foreign = new ExternalTables(provider, queue);
    for (ExternalTrigger trigger : foreign.triggers()) {
      Optional<TableId> published = trigger.publishedAs();
      if (!trigger.row() || published.filter(captured::contains).isPresent()) {
        continue;
      }
      Optional<String> why =
          published.isEmpty()
              ? Optional.of(computedName(trigger))
              : refusal(foreign, trigger, published.get());
      if (why.isPresent()) {
        refused.put(trigger.table(), why.get());
      } else {
        tables.add(published.get());
      }
    }
    return new Plan(tables, refused);
  }

  /**
   * Has a table copied to all subscribers, again if it was before.
   *
   * @throws IllegalArgumentException when the queue does not capture the table, or it is gone
   */
  public static void request(Connection provider, String queue, TableId table) throws SQLException {
    String gone = absent(provider, queue).get(table);
    if (gone != null) {
      throw new IllegalArgumentException(gone);
    }
    if (request(provider, REQUEST, queue, table)) {
      forgetPartitions(provider, queue, table);
    } else {
      requestForeign(provider, queue, table);
    }
  }

  private static boolean request(Connection provider, String sql, String queue, TableId table)
      throws SQLException {
    return new Session(provider).update(sql, queue, table.schema(), table.table()) > 0;
  }

  private static void forgetPartitions(Connection provider, String queue, TableId table)
      throws SQLException {
    new Session(provider).execute(FORGET_PARTITIONS, queue, table.schema(), table.table());
  }

  /** A table that PgQ's own triggers capture. */
  private static void requestForeign(Connection provider, String queue, TableId table)
      throws SQLException {
    ExternalTables tables = new ExternalTables(provider, queue);
    ExternalTrigger trigger =
        tables
            .triggerOf(table)
            .orElseThrow(() -> new IllegalArgumentException(notCaptured(queue, table)));
    Optional<String> refusal = refusal(tables, trigger, table);
    if (refusal.isPresent()) {
      throw new IllegalArgumentException(refusal.get());
    }
    request(provider, REQUEST_FOREIGN, queue, table);
  }

  /** Why a table that PgQ's own trigger captures cannot be copied, if it cannot. */
  private static Optional<String> refusal(
      ExternalTables tables, ExternalTrigger trigger, TableId published) throws SQLException {
    if (!trigger.table().equals(published)) {
      return Optional.of(
          ("Table %s is published as %s, and copies of renamed tables are not made."
                  + " Copy its rows to the subscribers by hand, e.g. with COPY")
              .formatted(trigger.table(), published));
    }
    if (!trigger.ignored().isEmpty()) {
      return Optional.of(
          ("Trigger %s leaves columns %s of table %s out, which a copy would send."
                  + " Copy its rows to the subscribers by hand, e.g. with COPY")
              .formatted(trigger.name(), trigger.ignored(), published));
    }
    try {
      tables.key(published);
    } catch (StopException e) {
      return Optional.of(e.getMessage());
    }
    return Optional.empty();
  }

  /** Why a queue has no table that can be copied, and what to do about it. */
  public static String nothingToCopy(Connection provider, String queue) throws SQLException {
    return "Nothing was requested. "
        + (Queue.exists(new Session(provider), queue)
            ? noTriggers(queue)
            : QueueMissing.message(queue));
  }

  private static String noTriggers(String queue) {
    return ("No trigger in this database writes the changes of a table into queue \"%s\", so there"
            + " is no table to copy. To have one captured and copied, with its schema and name at"
            + " the end: %s <schema>.<table>. If"
            + " the events come from another node, as on a branch of Londiste's, copies are"
            + " made on its root only, by a source connector that reads the root's queue: run"
            + " the command there, or copy the rows to the subscribers by hand, e.g. with COPY")
        .formatted(queue, Remedy.ofQueue(queue).add());
  }

  /** Why captured tables whose names mean none any more cannot be copied. */
  private static Map<TableId, String> absent(Connection provider, String queue)
      throws SQLException {
    Map<TableId, String> absent = new TreeMap<>();
    Session session = new Session(provider);
    session.each(
        CopySql.ABSENT,
        row -> {
          TableId table = new TableId(row.getString(1), row.getString(2));
          String name = row.getString(4);
          absent.putIfAbsent(
              table,
              name == null
                  ? dropped(queue, table)
                  : renamed(queue, table, new TableId(row.getString(3), name)));
        },
        queue,
        queue);
    session.each(
        CopySql.CLOSED,
        row -> {
          TableId table = new TableId(row.getString(1), row.getString(2));
          absent.putIfAbsent(table, closed(queue, table, row.getString(3)));
        },
        queue);
    return absent;
  }

  private static String closed(String queue, TableId table, String why) {
    return ("The row condition of table %s cannot be evaluated now (%s), so a copy would bring no"
            + " rows and empty the subscribers' table. Undo the ALTER TABLE, then run %s; or"
            + " give it a condition that fits the table now, which has it copied: %s --where"
            + " CONDITION")
        .formatted(
            table, why, Remedy.ofQueue(queue).resync(table), Remedy.ofQueue(queue).add(table));
  }

  private static String dropped(String queue, TableId table) {
    return "Table %s was dropped on the provider, so there is nothing to copy. Stop replicating it: %s"
        .formatted(table, Remedy.ofQueue(queue).remove(table));
  }

  private static String renamed(String queue, TableId table, TableId now) {
    return ("Table %s is called %s now, and a copy would come under its old name. Rename it back"
            + " and run %s; or replicate it under its new name: add that to table.include.list,"
            + " then %s")
        .formatted(table, now, Remedy.ofQueue(queue).resync(table), Remedy.ofQueue(queue).add(now));
  }

  private static String computedName(ExternalTrigger trigger) {
    return ("Trigger %s of table %s computes the name that each row is published under, and"
            + " copies of renamed tables are not made. Copy its rows to the subscribers by"
            + " hand, e.g. with COPY")
        .formatted(trigger.name(), trigger.table());
  }

  private static String notCaptured(String queue, TableId table) {
    return "Table %s is not captured by queue \"%s\", so it cannot be copied. Add it: %s"
        .formatted(table, queue, Remedy.ofQueue(queue).add(table));
  }
}
