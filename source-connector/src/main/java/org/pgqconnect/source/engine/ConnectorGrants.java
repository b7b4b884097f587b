/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.engine;

import static org.pgqconnect.postgres.Grant.onFunction;
import static org.pgqconnect.postgres.Grant.onSchema;
import static org.pgqconnect.postgres.Grant.onTable;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.pgqconnect.postgres.Grant;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.Values;

/**
 * What a source connector's role needs on a provider that another role installed. From these lists
 * come the statements of {@link EngineInstaller#grant}, the check of {@link #missing} and the
 * generated parts of docs/privileges.md.
 *
 * <p>A privilege on {@code pgq.event_template} stands for the same one on the queue's event tables,
 * which get it from there.
 */
public final class ConnectorGrants {
  private static final String COLUMNS = "describe the columns of a table to subscribers";
  private static final String KEY_ORDER = "read a copied table in the order of its key";
  private static final String EVENTS = "read all events of a batch";

  /** What every connector needs. */
  public static final List<Grant> ALWAYS =
      List.of(
          onSchema("pgq_connect", "use what is in the schema"),
          onTable("SELECT", "pgq_connect.provider", "know which provider this is"),
          onTable(
              "SELECT", "pgq_connect.captured_table", "know which tables are captured, and how"),
          onTable(
              "SELECT", "pgq_connect.layout", "decode events, whose columns are described here"),
          onTable(
              "SELECT", "pgq_connect.table_copy", "find copies that are requested or under way"),
          onTable(
              "SELECT",
              "pgq_connect.copy_chunk",
              "resume a copy, or set it back to the last batch that is in Kafka"),
          onTable("SELECT", "pgq.event_template", "read the queue's event tables"),
          onTable("UPDATE", "pgq_connect.table_copy", "record how far a copy is"),
          onTable("INSERT", "pgq_connect.copy_chunk", "record the chunk that a batch brings"),
          onTable(
              "UPDATE", "pgq_connect.copy_chunk", "correct that record when the batch is repeated"),
          onTable("DELETE", "pgq_connect.copy_chunk", "remove chunks that no restart can need"),
          onFunction(
              "pgq_connect.capture_status(text)",
              "check that all changes of each table are captured"),
          onFunction(
              "pgq_connect.renew_row_marks(text)",
              "record the state of tables that capture_status compares with"),
          onFunction("pgq_connect.base_type(oid)", KEY_ORDER),
          onFunction("pgq_connect.base_name(oid)", COLUMNS),
          onFunction("pgq_connect.btree_opclass(oid)", KEY_ORDER),
          onFunction("pgq_connect.expanded_type(oid, integer)", COLUMNS),
          onFunction("pgq_connect.column_number(oid, smallint, name)", COLUMNS),
          onFunction("pgq_connect.expression_of(oid, smallint)", COLUMNS),
          onFunction("pgq_connect.fill_of(oid, smallint)", COLUMNS),
          onFunction("pgq_connect.with_fills(oid, jsonb)", COLUMNS),
          onFunction("pgq_connect.loose_collation(oid)", COLUMNS),
          onFunction(
              "pgq_connect.begin_session(text, text, boolean)",
              "number the session, unless another consumer publishes the tables"),
          onFunction(
              "pgq_connect.other_publisher(text, text)",
              "name the other consumer that publishes the tables"),
          onFunction(
              "pgq_connect.let_commit_flush(text)",
              "wait until what a copy has read is on the provider's disk"),
          onFunction("pgq_connect.batch_event_sql(bigint)", EVENTS),
          onFunction(
              "pgq_connect.copy_source(text, text, text)",
              "copy rows as the triggers would write them"),
          onFunction(
              "pgq_connect.hashed(integer, text)", "copy hashed columns without seeing the salt"),
          onFunction("pgq_connect.options_text(jsonb)", "describe the options of a captured table"),
          onFunction(
              "pgq_connect.note_left_out(text, text, text[], text[], boolean[], boolean)",
              "note tables that are not published, and request the copy of one that is back"),
          onFunction(
              "pgq_connect.note_missed(text, integer, boolean)",
              "note a table of which changes were not published"),
          onFunction(
              "pgq_connect.note_unordered(text, text, text)",
              "note a table of which changes may be in the wrong order"),
          onFunction("pgq.register_consumer(text, text)", "register as a consumer of the queue"),
          onFunction(
              "pgq.register_consumer_at(text, text, bigint)",
              "set the position in the queue to the one that is in Kafka"),
          onFunction(
              "pgq.next_batch_custom(text, text, interval, integer, interval)",
              "open the next batch"),
          onFunction("pgq.batch_event_sql(bigint)", EVENTS),
          onFunction("pgq.batch_event_tables(bigint)", EVENTS),
          onFunction("pgq.finish_batch(bigint)", "report that a batch is in Kafka"));

  /** What {@link Duty#READ_FOREIGN_EVENTS} needs. */
  public static final List<Grant> EXTERNAL =
      List.of(
          onFunction("pgq_connect.columns_of(oid)", COLUMNS),
          onFunction("pgq_connect.key_of(oid, text[])", "find the key of a table"));

  /** What {@link Duty#TICK} needs with every engine. */
  public static final List<Grant> TICKER =
      List.of(
          onFunction("pgq.ticker(text)", "make ticks"),
          onFunction(
              "pgq.set_queue_config(text, text, text)",
              "lift PgQ's own limits, which would delay ticks"),
          onFunction("pgq.maint_operations()", "list the maintenance that is due"),
          onFunction("pgq.maint_tables_to_vacuum()", "list the maintenance that is due"),
          onFunction("pgq.maint_rotate_tables_step1(text)", "rotate the event tables"),
          onFunction("pgq.maint_rotate_tables_step2()", "rotate the event tables"));

  /** What {@link Duty#TICK} needs with the built-in engine. */
  public static final List<Grant> TICKER_BUILT_IN =
      List.of(
          onFunction(
              "pgq.maint_retry_events()", "put back events that other consumers want again"));

  /**
   * What {@link Duty#TICK} needs with the extension, whose functions have their caller's rights.
   */
  public static final List<Grant> TICKER_EXTENSION =
      List.of(
          onFunction(
              "pgq_connect.rotate_tables(text)",
              "rotate, unless that would remove events that a consumer has yet to read"),
          onTable("UPDATE", "pgq.queue", "rotation: record which event table is written"),
          onTable("DELETE", "pgq.tick", "rotation: remove ticks whose events are gone"),
          onTable("TRUNCATE", "pgq.event_template", "rotation: empty the oldest event table"));

  private ConnectorGrants() {}

  /** What a connector may do beside reading the queue of our own triggers. */
  public enum Duty {
    /** {@code ticker=embedded}. */
    TICK,
    /** {@code capture=external}: events of PgQ's own triggers, whose columns the catalog has. */
    READ_FOREIGN_EVENTS
  }

  /**
   * The privileges, in the order in which they are granted and reported.
   *
   * @param extension true where PgQ is the extension: its functions for maintenance run with the
   *     caller's rights
   */
  public static List<Grant> needed(boolean extension, Set<Duty> duties) {
    List<Grant> grants = new ArrayList<>(ALWAYS);
    if (duties.contains(Duty.READ_FOREIGN_EVENTS)) {
      grants.addAll(EXTERNAL);
    }
    if (duties.contains(Duty.TICK)) {
      grants.addAll(TICKER);
      grants.addAll(extension ? TICKER_EXTENSION : TICKER_BUILT_IN);
    }
    return grants;
  }

  /** The privileges that the session's role lacks for a queue. */
  public static List<Grant> missing(Connection connection, String queue, List<Grant> needed)
      throws SQLException {
    return new Session(connection)
        .list(
            EngineSql.MISSING_RIGHTS,
            row -> needed.get(row.getInt(1) - 1),
            Values.texts(needed.stream().map(Grant::privilege).toList()),
            Values.texts(needed.stream().map(grant -> grant.kind().name()).toList()),
            Values.texts(needed.stream().map(Grant::object).toList()),
            queue);
  }
}
