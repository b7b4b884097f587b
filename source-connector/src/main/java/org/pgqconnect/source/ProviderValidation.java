/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.plugin.Interval;
import org.pgqconnect.plugin.NanoClock;
import org.pgqconnect.postgres.ConnectionConfig;
import org.pgqconnect.postgres.ConnectionFailure;
import org.pgqconnect.postgres.Database;
import org.pgqconnect.postgres.Grant;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.source.capture.CaptureInstaller;
import org.pgqconnect.source.engine.ConnectorGrants;
import org.pgqconnect.source.engine.ConnectorGrants.Duty;
import org.pgqconnect.source.engine.EngineInstaller;
import org.pgqconnect.source.engine.EngineKind;
import org.pgqconnect.source.external.ForeignTables;
import org.pgqconnect.source.publish.RecordLimit;
import org.pgqconnect.source.queue.LockHolder;
import org.pgqconnect.source.queue.Queue;
import org.pgqconnect.source.queue.QueueMissing;
import org.pgqconnect.source.queue.SecondPublisher;
import org.pgqconnect.source.queue.SwitchedToEvents;
import org.pgqconnect.source.session.ProviderSession;
import org.pgqconnect.source.setup.TopicProblems;

/** Checks a configuration against the live provider, without changing anything there. */
final class ProviderValidation {
  private static final String STATE =
      """
      select to_regclass('pgq.queue') is not null,
             to_regclass('pgq_connect.provider') is not null,
             has_database_privilege(current_database(), 'CREATE')""";

  private static final String QUEUE = "select from pgq.queue where queue_name = ?";

  private static final String TABLES =
      """
      select n.nspname, c.relname, has_table_privilege(c.oid, 'TRIGGER'),
             has_table_privilege(c.oid, 'SELECT'),
             exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary),
             has_schema_privilege(n.oid, 'USAGE'), pg_get_userbyid(c.relowner),
             array(select a.attname::text from pg_index i
                     join lateral unnest(i.indkey) with ordinality k (attnum, place) on true
                     join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
                    where i.indexrelid = (
                          select u.indexrelid from pg_index u
                           where u.indrelid = c.oid and u.indisunique and u.indisvalid and u.indpred is null
                             and u.indexprs is null and u.indimmediate
                             and not exists (select from pg_attribute n
                                              where n.attrelid = u.indrelid and n.attnum = any (u.indkey)
                                                and (not n.attnotnull or n.attname like '%,%'))
                           order by u.indnkeyatts, u.indexrelid limit 1)
                      and k.place <= i.indnkeyatts
                    order by k.place),
             c.relkind = 'f'
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p', 'f') and c.relpersistence = 'p' and not c.relispartition
         and n.nspname not in ('pg_catalog', 'information_schema', 'pgq', 'pgq_connect')
       order by 1, 2""";

  private static final String CAPTURED =
      "select table_schema, table_name from pgq_connect.captured_table where queue_name = ?";

  /** States of a copy for which the table has yet to be read. */
  private static final Set<String> COPIED = Set.of("requested", "copying");

  private static final Duration PUBLISHER_WAIT = Duration.ofSeconds(5);
  private static final long PUBLISHER_POLL_MILLIS = 100;

  private final PgqSourceConfig config;
  private final List<Problem> problems = new ArrayList<>();
  private final Set<TableId> published = new LinkedHashSet<>();

  /** Something to fix, under the key that it is about. */
  public record Problem(String key, String message) {
    public Problem {
      requireNonNull(key, "key");
      requireNonNull(message, "message");
    }
  }

  ProviderValidation(PgqSourceConfig config) {
    this.config = config;
  }

  public List<Problem> problems() {
    checkRecordSizes();
    try (Connection connection =
        new Database(config.connection())
            .open("pgq-connect validation " + config.connectorName())) {
      check(connection);
    } catch (SQLException e) {
      ConnectionFailure failure = ConnectionFailure.explain("provider", config.connection(), e);
      problems.add(new Problem(failure.key(), failure.message()));
    }
    return problems;
  }

  private void check(Connection connection) throws SQLException {
    Session session = new Session(connection);
    if (config.capturesExternally() && !foreignQueueExists(session)) {
      problems.add(
          new Problem(
              PgqSourceKeys.QUEUE_NAME,
              QueueMissing.externalMessage(config.queue(), config.connection().database())));
      return;
    }
    boolean installed = checkInstalled(session) && checkRights(connection);
    List<TableId> captured = installed ? captured(session) : List.of();
    if (config.capturesExternally()) {
      checkForeignTables(connection, captured);
    } else if (config.tables().namesTables() && !config.streamsEvents()) {
      checkTables(session, captured);
    }
    checkRowFilters();
    checkTopics(captured);
    checkPublisher(connection);
    if (installed) {
      checkConsumer(connection, captured);
    }
  }

  /** What the producer may send, topics have to take: as far as the configuration makes them. */
  private void checkRecordSizes() {
    Map<String, Object> keys = config.originals();
    Object producer = keys.get(RecordLimit.KEY);
    if (producer == null) {
      return;
    }
    keys.forEach(
        (key, value) -> {
          if (RecordLimit.isOfTopics(key) && isLess(value, producer)) {
            problems.add(
                new Problem(
                    PgqSourceKeys.TOPIC_PREFIX,
                    "%s=%s lets the producer send records that topics made with %s=%s do not take: the task would fail with RecordTooLargeException. Set %s to %s at least"
                        .formatted(RecordLimit.KEY, producer, key, value, key, producer)));
          }
        });
  }

  private static boolean isLess(Object bytes, Object least) {
    try {
      return Long.parseLong(bytes.toString().trim()) < Long.parseLong(least.toString().trim());
    } catch (NumberFormatException e) {
      return false; // Kafka says so
    }
  }

  private void checkTopics(List<TableId> captured) {
    if (config.streamsEvents()) {
      TopicProblems.ofEvents(config.topicPrefix(), config.eventTopic().topic())
          .ifPresent(message -> problems.add(new Problem(PgqSourceKeys.EVENTS_TOPIC, message)));
      return;
    }
    Set<TableId> tables = new LinkedHashSet<>(captured);
    tables.removeIf(table -> !config.tables().test(table));
    tables.addAll(published);
    TopicProblems.of(config.topicPrefix(), config.queue(), tables, config.remedy())
        .forEach(this::problem);
  }

  /** A connector that was deleted a moment ago may still be ending. */
  private void checkPublisher(Connection connection) throws SQLException {
    Queue queue = new Queue(connection, config.queue(), config.consumer());
    Interval waiting = new Interval(NanoClock.SYSTEM, PUBLISHER_WAIT);
    Optional<LockHolder> other = otherPublisher(queue);
    while (other.isPresent() && !waiting.isOver()) {
      try {
        Thread.sleep(PUBLISHER_POLL_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
      other = otherPublisher(queue);
    }
    other.ifPresent(
        holder ->
            problems.add(
                new Problem(
                    PgqSourceKeys.TOPIC_PREFIX,
                    ProviderSession.secondPublisher(
                        config.queue(), config.topicPrefix(), holder))));
  }

  private void checkConsumer(Connection connection, List<TableId> captured) throws SQLException {
    Queue queue = new Queue(connection, config.queue(), config.consumer());
    if (config.streamsEvents()) {
      boolean tables =
          !captured.isEmpty()
              || !new ForeignTables(connection, config.queue()).published().isEmpty();
      if (tables && queue.publishesTables()) {
        problems.add(
            new Problem(
                PgqSourceKeys.MODE,
                config
                    .remedy()
                    .complete(
                        SwitchedToEvents.message(config.queue(), config.consumer(), captured))));
      }
      return;
    }
    queue
        .otherPublisher()
        .ifPresent(
            other ->
                problems.add(
                    new Problem(
                        PgqSourceKeys.CONSUMER_NAME,
                        SecondPublisher.message(config.queue(), config.consumer(), other))));
  }

  private Optional<LockHolder> otherPublisher(Queue queue) throws SQLException {
    return queue
        .publisher(config.topicPrefix())
        .filter(holder -> holder.isAnotherConnector(config.connectorName()));
  }

  private void checkRowFilters() {
    if (!config.provisions() && !config.columnRules().isEmpty()) {
      problems.add(
          new Problem(
              PgqSourceKeys.PROVISION,
              "Keys about columns and rows (column.*, row.filter.*, skip.messages.without.change) have an effect"
                  + " with provision=auto only. Set it, or remove them and give the options to the command: "
                  + Remedy.addHelp()));
    }
    config
        .columnRules()
        .conditions()
        .forEach(
            (table, condition) -> {
              String key = PgqSourceKeys.ROW_FILTER_PREFIX + table;
              if (condition.isBlank()) {
                problems.add(
                    new Problem(
                        PgqSourceKeys.ROW_FILTER_TABLES,
                        "Table %s is listed, but its condition is missing: give key %s an SQL expression over the table's columns"
                            .formatted(table, key)));
              } else if (!config.tables().test(TableId.parse(table))) {
                problems.add(
                    new Problem(
                        PgqSourceKeys.ROW_FILTER_TABLES,
                        "Table %s is listed, but %s leaves it out, so its condition would mean nothing. Correct one of them"
                            .formatted(table, PgqSourceKeys.TABLE_INCLUDE_LIST)));
              }
            });
    if (config.getList(PgqSourceKeys.ROW_FILTER_TABLES).isEmpty()
        && !config.originalsWithPrefix(PgqSourceKeys.ROW_FILTER_PREFIX).isEmpty()) {
      problems.add(
          new Problem(
              PgqSourceKeys.ROW_FILTER_TABLES,
              "There are row conditions, but no table is listed here: list those of %s"
                  .formatted(
                      config.originalsWithPrefix(PgqSourceKeys.ROW_FILTER_PREFIX).keySet())));
    }
  }

  private boolean checkInstalled(Session session) throws SQLException {
    State state = state(session);
    boolean installed = state.engine() && state.schema();
    if (!installed && !(config.provisions() && state.mayInstall())) {
      problems.add(
          new Problem(
              ConnectionConfig.DBNAME,
              ("%s in database \"%s\"%s. Install it with a role that can create"
                      + " schemas there: %s")
                  .formatted(
                      state.engine()
                          ? "Schema pgq_connect, where the connector keeps what PgQ does not, is missing"
                          : "PgQ is not installed",
                      config.connection().database(),
                      config.provisions()
                          ? ", and role \"%s\" cannot create schemas in it"
                              .formatted(config.connection().user())
                          : "",
                      config.remedy().install(config.connection().user()))));
    }
    if (installed && !config.provisions() && !queueExists(session)) {
      problems.add(
          new Problem(
              PgqSourceKeys.QUEUE_NAME,
              config.remedy().complete(QueueMissing.message(config.queue()))));
    }
    return installed;
  }

  /** What the database has, and whether the role may create schemas in it. */
  private record State(boolean engine, boolean schema, boolean mayInstall) {}

  private static State state(Session session) throws SQLException {
    return session.one(
        STATE, row -> new State(row.getBoolean(1), row.getBoolean(2), row.getBoolean(3)));
  }

  private boolean foreignQueueExists(Session session) throws SQLException {
    return state(session).engine() && queueExists(session);
  }

  /** Tables are named or not: some trigger has to fill the queue. */
  private void checkForeignTables(Connection connection, List<TableId> captured)
      throws SQLException {
    Set<TableId> tables = new LinkedHashSet<>(captured);
    tables.addAll(new ForeignTables(connection, config.queue()).published());
    tables.stream().filter(config.tables()).forEach(published::add);
    if (published.isEmpty()) {
      problem(
          ("No trigger writes changes of a table that matches %s into queue \"%s\". Tables with such"
                  + " triggers: %s. The patterns are matched against the whole of schema.table; for"
                  + " Londiste: londiste <root's .ini> add-table <table>")
              .formatted(
                  config.tables().namesTables() ? config.tables() : "anything",
                  config.queue(),
                  tables.isEmpty() ? "none" : tables));
    }
  }

  /** False when the role cannot even see what is captured. */
  private boolean checkRights(Connection connection) throws SQLException {
    boolean extension = new EngineInstaller().detect(connection).kind() != EngineKind.BUILT_IN;
    Set<Duty> duties = EnumSet.noneOf(Duty.class);
    if (config.embeddedTicker()) {
      duties.add(Duty.TICK);
    }
    if (config.capturesExternally()) {
      duties.add(Duty.READ_FOREIGN_EVENTS);
    }
    List<Grant> missing =
        ConnectorGrants.missing(
            connection, config.queue(), ConnectorGrants.needed(extension, duties));
    if (missing.isEmpty()) {
      return true;
    }
    String role = config.connection().user();
    problems.add(
        new Problem(
            ConnectionConfig.USER,
            ("Role \"%s\" lacks rights on the provider %s that the connector of queue \"%s\" needs. Run with the role that installed: %s"
                    + " Or all at once: %s")
                .formatted(
                    role,
                    config.connection().address(),
                    config.queue(),
                    missing.stream()
                        .map(grant -> grant.sql(Identifiers.quote(role)))
                        .collect(Collectors.joining(" ")),
                    config.remedy().install(role))));
    return missing.stream().noneMatch(grant -> grant.object().startsWith("pgq_connect"));
  }

  private boolean queueExists(Session session) throws SQLException {
    return session.exists(QUEUE, config.queue());
  }

  private List<TableId> captured(Session session) throws SQLException {
    return session.list(
        CAPTURED, row -> new TableId(row.getString(1), row.getString(2)), config.queue());
  }

  private void checkTables(Session session, List<TableId> captured) throws SQLException {
    Map<TableId, String> copies =
        captured.isEmpty()
            ? Map.of()
            : new CaptureInstaller().copies(session.connection(), config.queue());
    List<TableId> foreign = new ArrayList<>();
    session.each(
        TABLES,
        row -> {
          TableId table = new TableId(row.getString(1), row.getString(2));
          if (!config.tables().test(table)) {
            return;
          }
          if (row.getBoolean(9) && !captured.contains(table)) {
            foreign.add(table); // The connector does not add such a table automatically.
            return;
          }
          published.add(table);
          checkTable(
              table,
              captured.contains(table),
              COPIED.contains(copies.getOrDefault(table, "")),
              row);
        });
    if (published.isEmpty() && !foreign.isEmpty()) {
      problem(
          "%s is a foreign table, which a source connector does not add automatically, as nothing says which columns identify its rows. Add it with --key: %s"
              .formatted(foreign.get(0), Remedy.addHelp()));
    } else if (published.isEmpty()) {
      problem(
          "No table of database \"%s\" matches %s. The patterns are matched against the whole of schema.table, e.g. public.accounts"
              .formatted(config.connection().database(), config.tables()));
    }
  }

  /**
   * @param copied whether a captured table is to be copied
   */
  private void checkTable(TableId table, boolean captured, boolean copied, ResultSet rows)
      throws SQLException {
    String quoted = Identifiers.quote(table);
    String role = Identifiers.quote(config.connection().user());
    if (table.schema().contains(".")) {
      problem(
          "Table %s lies in schema %s, whose name holds a dot: schema.table would be ambiguous. Rename it: ALTER SCHEMA %s RENAME TO %s; or leave the table out"
              .formatted(
                  quoted,
                  Identifiers.quote(table.schema()),
                  Identifiers.quote(table.schema()),
                  Identifiers.quote(table.schema().replace('.', '_'))));
      return;
    }
    if (!captured && !config.provisions()) {
      problem(
          "Table %s is not captured by queue \"%s\". Add it: %s"
              .formatted(table, config.queue(), config.remedy().add(table)));
    }
    if (!captured && config.provisions() && !rows.getBoolean(3)) {
      problem(
          "Role %s cannot create triggers on table %s. Grant it: GRANT TRIGGER ON %s TO %s, or add the table with its owner: %s"
              .formatted(
                  role, table, quoted, role, config.remedy().addAs(rows.getString(7), table)));
    }
    if (!captured && !rows.getBoolean(5)) {
      problem(noKey(table, List.of((String[]) rows.getArray(8).getArray())));
    }
    if (!rows.getBoolean(6)) {
      problem(
          "Role %s cannot use schema %s of table %s. Grant it: GRANT USAGE ON SCHEMA %s TO %s"
              .formatted(
                  role,
                  Identifiers.quote(table.schema()),
                  table,
                  Identifiers.quote(table.schema()),
                  role));
    }
    if (!rows.getBoolean(4) && (copied || !captured && config.copiesAddedTables())) {
      problem(
          "Role %s cannot read table %s, which its copy needs. Grant it: GRANT SELECT ON %s TO %s"
              .formatted(role, table, quoted, role));
    }
  }

  private String noKey(TableId table, List<String> unique) {
    String what =
        "Table %s has no primary key, so its changes cannot be distinguished. ".formatted(table);
    return unique.isEmpty()
        ? what
            + "No unique key of columns that are NOT NULL exists either. Add one, for instance: ALTER TABLE %s ADD COLUMN row_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY; or leave the table out"
                .formatted(Identifiers.quote(table))
        : what
            + "Take its unique key (%s): %s; or make that its primary key: ALTER TABLE %s ADD PRIMARY KEY (%s)"
                .formatted(
                    String.join(", ", unique),
                    config.remedy().addKeyed(table, unique),
                    Identifiers.quote(table),
                    Identifiers.list(unique));
  }

  private void problem(String message) {
    problems.add(new Problem(PgqSourceKeys.TABLE_INCLUDE_LIST, message));
  }
}
