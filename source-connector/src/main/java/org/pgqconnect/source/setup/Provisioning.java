/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.setup;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.config.TableFilter;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.ConnectionConfig;
import org.pgqconnect.postgres.Database;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.postgres.SqlState.Verdict;
import org.pgqconnect.source.capture.CaptureInstaller;
import org.pgqconnect.source.capture.CaptureOptions;
import org.pgqconnect.source.capture.ColumnRules;
import org.pgqconnect.source.capture.RowOptions;
import org.pgqconnect.source.copy.LeftOutTables;
import org.pgqconnect.source.engine.EngineInstaller;
import org.pgqconnect.source.engine.EngineKind;
import org.pgqconnect.source.engine.TickerSettings;
import org.pgqconnect.source.queue.Queue;
import org.pgqconnect.source.queue.QueueMissing;
import org.pgqconnect.source.session.ProviderSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Installs on the provider what is missing there, as {@code provision=auto} allows: the engine, the
 * queue, and the triggers of the tables that the configuration names. What is there is changed only
 * where the configuration speaks of a captured table's columns or rows and says something else.
 */
public final class Provisioning {
  private static final Logger LOG = LoggerFactory.getLogger(Provisioning.class);

  private static final String INSTALLED =
      "select to_regclass('pgq.queue') is not null and to_regclass('pgq_connect.provider') is not"
          + " null";

  private static final String TABLES =
      """
      select n.nspname, c.relname,
             exists (select from pgq_connect.captured_table k
                      where k.queue_name = q.queue_name and k.table_schema = n.nspname and k.table_name = c.relname),
             (select t.state from pgq_connect.table_copy t
               where t.queue_name = q.queue_name and t.table_schema = n.nspname and t.table_name = c.relname),
             array(select a.attname::text from pg_attribute a
                    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum)
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
       cross join (select ?::text as queue_name) q
       where (c.relkind in ('r', 'p')
              or c.relkind = 'f' and exists (select from pgq_connect.captured_table k
                                              where k.queue_name = q.queue_name and k.table_oid = c.oid))
         and c.relpersistence = 'p' and not c.relispartition
         and n.nspname not in ('pg_catalog', 'information_schema', 'pgq', 'pgq_connect')
       order by 1, 2\
      """;

  /**
   * What the configuration wants on the provider.
   *
   * @param connector the connector's name
   * @param consumer the consumer's name in PgQ
   * @param provisions whether what is missing is installed at all
   * @param streamsEvents whether the events are an application's own, not changes of tables
   * @param external whether PgQ's own triggers fill the queue with changes
   * @param embeddedTicker whether the task makes the ticks
   * @param tables which tables are published; those that it names the connector adds
   * @param columnRules which columns and rows of them are captured, and how
   * @param copiesAddedTables whether subscribers get the rows that an added table holds
   */
  public record Settings(
      ConnectionConfig connection,
      String connector,
      String queue,
      String consumer,
      boolean provisions,
      boolean streamsEvents,
      boolean external,
      boolean embeddedTicker,
      TableFilter tables,
      ColumnRules columnRules,
      boolean copiesAddedTables) {

    /** Commands about the queue. */
    Remedy remedy() {
      return Remedy.provider(connection, queue).ofConnector(connector);
    }
  }

  private final Connection connection;
  private final Session session;
  private final Settings settings;
  private final boolean running;

  /**
   * A table that the configuration names.
   *
   * @param copy the state of the copy of a table of this name; null when the queue captured none,
   *     now or once
   */
  private record Found(TableId id, boolean captured, String copy, List<String> columns) {

    boolean before() {
      return copy != null;
    }

    /** Subscribers may hold its rows, or are declared to hold them. */
    boolean isHeld() {
      return before() && !copy.equals("requested") && !copy.equals("none");
    }
  }

  private Provisioning(Connection connection, Settings settings, boolean running) {
    this.connection = connection;
    this.session = new Session(connection);
    this.settings = settings;
    this.running = running;
  }

  /**
   * Installs.
   *
   * @param running whether the connector has published before: a table that cannot be captured is
   *     then reported in a warning, and the others continue
   */
  public static void run(Database database, Settings settings, boolean running)
      throws SQLException {
    if (!settings.provisions()) {
      return;
    }
    try (Connection connection =
        database.open("pgq-connect provisioning " + settings.connector())) {
      new Provisioning(connection, settings, running).install();
    }
  }

  private void install() throws SQLException {
    EngineInstaller installer = new EngineInstaller();
    if (settings.external()) {
      installBeside(installer);
      return;
    }
    if (!isInstalled()) {
      installer.install(connection);
    }
    upgrade(installer);
    if (!queueExists()) {
      createQueue(installer);
    }
    if (!settings.streamsEvents()
        && (settings.tables().namesTables() || !settings.columnRules().isEmpty())) {
      addTables();
    }
  }

  /**
   * A role that did not install cannot; the queue is then missing until another role creates it.
   */
  private void createQueue(EngineInstaller installer) throws SQLException {
    try {
      installer.createQueue(
          connection,
          settings.queue(),
          settings.embeddedTicker() ? TickerSettings.embedded() : TickerSettings.pgqDefaults());
    } catch (SQLException e) {
      if (!SqlState.is(e, SqlState.INSUFFICIENT_PRIVILEGE)) {
        throw e;
      }
      throw new StopException(QueueMissing.message(settings.queue()), e);
    }
  }

  /** A queue that is not ours: only what the connector keeps for itself is added, no trigger. */
  private void installBeside(EngineInstaller installer) throws SQLException {
    if (installer.detect(connection).kind() == EngineKind.NONE || !queueExists()) {
      throw QueueMissing.external(settings.queue(), settings.connection().database());
    }
    if (!isInstalled()) {
      installer.install(connection);
    }
    upgrade(installer);
  }

  /** A role that did not install cannot; then {@link ProviderSession} says who has to. */
  private void upgrade(EngineInstaller installer) throws SQLException {
    if (!installer.isOutdated(connection)) {
      return;
    }
    try {
      installer.install(connection);
    } catch (SQLException e) {
      if (!SqlState.is(e, SqlState.INSUFFICIENT_PRIVILEGE)) {
        throw e;
      }
    }
  }

  private boolean isInstalled() throws SQLException {
    return session.test(INSTALLED);
  }

  private boolean queueExists() throws SQLException {
    return Queue.exists(session, settings.queue());
  }

  private void addTables() throws SQLException {
    CaptureOptions options =
        settings.copiesAddedTables()
            ? CaptureOptions.defaults()
            : CaptureOptions.defaults().withoutCopy();
    CaptureInstaller capture = new CaptureInstaller();
    ColumnRules rules = settings.columnRules();
    List<TableId> heldOtherwise = new ArrayList<>();
    for (Found table : tables()) {
      RowOptions rows = rules.of(table.id(), table.columns());
      boolean changes =
          table.captured() && !rows.isUnchanged() && differs(capture, table.id(), rows);
      if (changes || (!table.captured() && settings.tables().namesTables())) {
        requireNothingMissed(table);
        boolean otherwise =
            changes
                && !settings.copiesAddedTables()
                && table.isHeld()
                && differs(capture, table.id(), rows.ofRows());
        if (otherwise) {
          // First: an end between the two would lose the information.
          new LeftOutTables(connection, settings.queue(), settings.consumer())
              .note(List.of(table.id()));
          heldOtherwise.add(table.id());
        }
        add(capture, table, options.of(rows).keepingHidden());
      }
    }
    if (!heldOtherwise.isEmpty()) {
      throw heldOtherwise(heldOtherwise);
    }
  }

  /** What is hidden from now on is, without delay; but what subscribers hold is of before. */
  private StopException heldOtherwise(List<TableId> tables) {
    Remedy remedy = settings.remedy();
    return new StopException(
        ("The configuration of connector \"%s\" changes which columns and rows of %s are captured"
             + " into queue \"%s\". That is in effect from now on, but subscribers hold the rows as"
             + " they were captured before, and with snapshot.mode=no_data nothing is copied"
             + " automatically. To copy them: %s; then restart the connector. Or, when subscribers"
             + " are known to hold the rows that they are to hold: %s")
            .formatted(
                settings.connector(),
                tables.stream().map(TableId::toString).collect(Collectors.joining(", ")),
                settings.queue(),
                remedy.resync(tables),
                LeftOutTables.forget(settings.queue(), settings.consumer(), tables)));
  }

  /** What is captured for the first time subscribers may hold; this they hold only in part. */
  private void requireNothingMissed(Found table) {
    if (table.captured() || !table.before() || settings.copiesAddedTables()) {
      return;
    }
    Remedy remedy = Remedy.provider(settings.connection(), settings.queue());
    throw new StopException(
        ("Table %s was captured into queue \"%s\" before and is no longer, or was renamed or made"
             + " anew: its changes meanwhile are missing on subscribers, and with"
             + " snapshot.mode=no_data nothing is copied automatically. To capture and copy it: %s;"
             + " then restart the connector. Or, when subscribers hold the same rows, add it with"
             + " --no-copy")
            .formatted(table.id(), settings.queue(), remedy.add(table.id())));
  }

  private void add(CaptureInstaller capture, Found table, CaptureOptions options)
      throws SQLException {
    try {
      capture.add(connection, settings.queue(), table.id(), options);
    } catch (SQLException | StopException e) {
      // Other options than those it is captured with may hide something.
      if (!running || table.captured() || !concernsTheTable(e)) {
        throw e;
      }
      LOG.warn(
          "Table {} is named by the configuration, but cannot be captured into queue \"{}\": {}."
              + " Its changes are lost until it is. The connector tries again when it connects"
              + " again; or: {}",
          table.id(),
          settings.queue(),
          settings.remedy().complete(e.getMessage()),
          settings.remedy().add(table.id()));
    }
  }

  private static boolean concernsTheTable(Exception e) {
    return e instanceof StopException
        || SqlState.is(e, SqlState.LOCK_NOT_AVAILABLE)
        || SqlState.verdict(e) != Verdict.RETRY;
  }

  private boolean differs(CaptureInstaller capture, TableId table, RowOptions rows)
      throws SQLException {
    try {
      return capture.differs(connection, settings.queue(), table, rows);
    } catch (SQLException e) {
      if (SqlState.is(e, SqlState.INSUFFICIENT_PRIVILEGE)) {
        throw cannotSet(table, e);
      }
      if (!running
          || !concernsTheTable(e)
          || !capture.isClosedAsAsked(connection, settings.queue(), table, rows)) {
        throw e;
      }
      LOG.warn(
          "Table {} of queue \"{}\" was altered, and the configuration's keys about its columns and"
              + " rows (column.*, row.filter.*) do not fit it any more: {}. Nothing is shown that"
              + " they hide, but NULL is captured in place of such a column, and no row where its"
              + " condition does not fit. Correct these keys; what is closed: {}",
          table,
          settings.queue(),
          settings.remedy().complete(e.getMessage()),
          settings.remedy().tables());
      return false;
    }
  }

  private StopException cannotSet(TableId table, SQLException e) {
    return new StopException(
        ("Role \"%s\" cannot set how table %s is captured, so the keys about columns and rows"
                + " (column.*, row.filter.*, skip.messages.without.change) cannot take effect. The"
                + " role that installed sets the options of the table: %s, with options of %s; then"
                + " remove these keys from the connector")
            .formatted(
                settings.connection().user(),
                table,
                settings.remedy().add(table),
                Remedy.addHelp()),
        e);
  }

  private List<Found> tables() throws SQLException {
    return session
        .list(
            TABLES,
            row ->
                new Found(
                    new TableId(row.getString(1), row.getString(2)),
                    row.getBoolean(3),
                    row.getString(4),
                    List.of((String[]) row.getArray(5).getArray())),
            settings.queue())
        .stream()
        .filter(table -> settings.tables().test(table.id()))
        .toList();
  }
}
