/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.stack;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.config.PatternList;
import org.pgqconnect.connect.Await;
import org.pgqconnect.connect.ConnectRest;
import org.pgqconnect.connect.ConnectorConfig;
import org.pgqconnect.connect.ConnectorStatus;
import org.pgqconnect.demo.TableContent;
import org.pgqconnect.local.LocalStack;
import org.pgqconnect.local.postgres.PostgresServer;
import org.pgqconnect.local.process.ProjectHome;
import org.pgqconnect.postgres.ConnectionConfig;
import org.pgqconnect.postgres.Database;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.postgres.Secret;
import org.pgqconnect.sink.install.SubscriberInstaller;
import org.pgqconnect.source.capture.CaptureInstaller;
import org.pgqconnect.source.capture.CaptureOptions;
import org.pgqconnect.source.engine.EngineInstaller;
import org.pgqconnect.source.engine.TickerSettings;

/**
 * One provider and its subscribers, for one test: fresh databases, a queue and topics of its own,
 * and the operator's connector files pointed at them. Deletes its connectors when closed.
 */
public final class Replication implements AutoCloseable {
  public static final Duration PATIENCE = Duration.ofSeconds(300);

  /** The role that replicates what administrators installed: variant B of docs/privileges.md. */
  public static final String ROLE = "replicator";

  /** A role that installs by itself: variant A. */
  public static final String INSTALLING_ROLE = "installing_replicator";

  /** As {@link #ROLE}, without the optional right to switch foreign keys off. */
  public static final String MODEST_ROLE = "modest";

  /** The password of all. */
  public static final String PASSWORD = "secret";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final AtomicInteger NUMBERS = new AtomicInteger();

  private final Place place;
  private final String role;
  private final String name;
  private final String provider;
  private final List<String> subscribers = new ArrayList<>();
  private final List<TableId> tables = new ArrayList<>();
  private final Map<String, Connection> sessions = new LinkedHashMap<>();

  private Replication(Place place, int subscriberCount, String role) throws SQLException {
    this.place = place;
    this.role = role;
    this.name = "t" + NUMBERS.incrementAndGet();
    this.provider = place.provider().createDatabase(name + "_provider");
    for (int i = 1; i <= subscriberCount; i++) {
      subscribers.add(place.subscriber().createDatabase(name + "_subscriber" + i));
    }
    prepareRoles();
  }

  /** Fresh databases, a provider and one subscriber. */
  public static Replication of(LocalStack stack) throws SQLException {
    return new Replication(Place.of(stack), 1, ROLE);
  }

  /** Fresh databases, a provider and several subscribers. */
  public static Replication of(LocalStack stack, int subscribers) throws SQLException {
    return new Replication(Place.of(stack), subscribers, ROLE);
  }

  /** Fresh databases, a provider and one subscriber, where servers of the test's own may be. */
  public static Replication at(Place place) throws SQLException {
    return new Replication(place, 1, ROLE);
  }

  /** Fresh databases, where the role may install by itself. */
  public static Replication installingItself(LocalStack stack) throws SQLException {
    return new Replication(Place.of(stack), 1, INSTALLING_ROLE);
  }

  private void prepareRoles() throws SQLException {
    synchronized (NUMBERS) {
      for (PostgresServer server : new HashSet<>(List.of(place.provider(), place.subscriber()))) {
        try (Connection admin = open(server, "postgres")) {
          createRoles(admin);
        }
      }
    }
    if (installs()) {
      String engine = TestStack.hasExtension() ? "extension" : "built-in engine";
      grant(provider, "provider A, " + engine, role, null);
      for (String subscriber : subscribers) {
        grant(subscriber, "subscriber A", role, null);
      }
    }
  }

  private static void createRoles(Connection admin) throws SQLException {
    for (String name : new String[] {ROLE, MODEST_ROLE, INSTALLING_ROLE}) {
      if (scalar(admin, "select to_regrole('" + name + "')") != null) {
        continue;
      }
      sql(admin, Privileges.statements("role", name, "", "", null));
      if (name.equals(INSTALLING_ROLE) && TestStack.hasExtension()) {
        // Its script makes them, and fails when another database's is just doing so.
        if (scalar(admin, "select to_regrole('pgq_admin')") == null) {
          sql(
              admin,
              "create role pgq_reader; create role pgq_writer;"
                  + " create role pgq_admin in role pgq_reader, pgq_writer");
        }
        sql(admin, "grant pgq_admin to " + name);
      }
      if (!name.equals(INSTALLING_ROLE)) {
        sql(admin, "alter role " + name + " noinherit");
      }
      boolean knowsParameters = admin.getMetaData().getDatabaseMajorVersion() >= 15;
      if (!name.equals(MODEST_ROLE) && knowsParameters) {
        sql(admin, Privileges.statements("subscriber, optional", name, "", "", null));
      }
    }
  }

  private boolean installs() {
    return role.equals(INSTALLING_ROLE);
  }

  /** The role that the connectors log in as. */
  public String role() {
    return role;
  }

  private void grant(String database, String block, String to, String table) throws SQLException {
    sql(session(database), Privileges.statements(block, to, database, name, table));
  }

  private List<String> databases() {
    List<String> all = new ArrayList<>(subscribers);
    all.add(0, provider);
    return all;
  }

  /** Runs DDL on the provider and all subscribers and replicates these tables of schema public. */
  public Replication tables(String ddl, String... names) throws SQLException {
    for (String database : databases()) {
      sql(session(database), ddl);
    }
    return replicate(names);
  }

  /** Replicates tables that are there. */
  public Replication replicate(String... names) throws SQLException {
    for (String table : names) {
      tables.add(TableId.parse(table));
      String quoted = Identifiers.quote(TableId.parse(table));
      grant(provider, installs() ? "provider A, tables" : "provider B, tables", role, quoted);
      for (String subscriber : subscribers) {
        grant(subscriber, "subscriber, tables", role, quoted);
        grant(subscriber, "subscriber, tables", MODEST_ROLE, quoted);
      }
    }
    return this;
  }

  /** A superuser's session on the provider, kept open. */
  public Connection provider() throws SQLException {
    return session(provider);
  }

  /** A superuser's session on the first subscriber, kept open. */
  public Connection subscriber() throws SQLException {
    return subscriber(1);
  }

  /** A superuser's session on a subscriber, counted from 1, kept open. */
  public Connection subscriber(int number) throws SQLException {
    return session(subscribers.get(number - 1));
  }

  /** A new session of the provider's superuser. */
  public Connection openProvider() throws SQLException {
    return open(provider);
  }

  /** A new session of a subscriber's superuser. */
  public Connection openSubscriber(int number) throws SQLException {
    return open(subscribers.get(number - 1));
  }

  private Connection session(String database) throws SQLException {
    Connection session = sessions.get(database);
    if (session == null || !session.isValid(5)) {
      session = open(database);
      sessions.put(database, session);
    }
    return session;
  }

  private Connection open(String database) throws SQLException {
    return open(server(database), database);
  }

  private static Connection open(PostgresServer server, String database) throws SQLException {
    return new Database(
            new ConnectionConfig(
                server.host(),
                server.port(),
                database,
                server.user(),
                new Secret(server.password()),
                "disable",
                new Properties()))
        .openForOthers("test");
  }

  private PostgresServer server(String database) {
    return database.equals(provider) ? place.provider() : place.subscriber();
  }

  public ConnectRest rest() {
    return place.rest();
  }

  public Place place() {
    return place;
  }

  /** The name of the queue, the topics' prefix and the beginning of the connectors' names. */
  public String name() {
    return name;
  }

  public String providerDatabase() {
    return provider;
  }

  public String subscriberDatabase() {
    return subscribers.get(0);
  }

  public String sourceName() {
    return name + "-source";
  }

  public String sinkName(int number) {
    return name + "-sink" + number;
  }

  /** The operator's file for the source, pointed at this test's provider. */
  public ConnectorConfig source() {
    String include =
        tables.stream()
            .map(table -> Pattern.quote(table.toString()))
            .collect(Collectors.joining(","));
    return file("config/source.json", sourceName(), provider)
        .with("queue.name", name)
        .with("table.include.list", include)
        .with("topic.creation.boundaries.include", name + "\\.transaction");
  }

  /** An operator's file for a source that names no tables, pointed at this test's provider. */
  public ConnectorConfig source(String path) {
    return file(path, sourceName(), provider)
        .with("queue.name", name)
        .with("topic.creation.boundaries.include", name + "\\.transaction");
  }

  /** The operator's file for the sink, pointed at the first subscriber. */
  public ConnectorConfig sink() {
    return sink(1);
  }

  /** The operator's file for the sink, pointed at a subscriber. */
  public ConnectorConfig sink(int number) {
    return file("config/sink.json", sinkName(number), subscribers.get(number - 1))
        .with("topics.regex", name + "\\..*");
  }

  /** The same database, as the administrator sees it. */
  public ConnectorConfig asAdministrator(ConnectorConfig connector) {
    PostgresServer server = server(connector.config().get(ConnectionConfig.DBNAME));
    return connector
        .with(ConnectionConfig.USER, server.user())
        .with(ConnectionConfig.PASSWORD, server.password());
  }

  private ConnectorConfig file(String path, String connector, String database) {
    return ConnectorConfig.load(ProjectHome.file(path))
        .named(connector)
        .with("topic.prefix", name)
        .with(ConnectionConfig.HOSTNAME, server(database).host())
        .with(ConnectionConfig.PORT, String.valueOf(server(database).port()))
        .with(ConnectionConfig.DBNAME, database)
        .with(ConnectionConfig.USER, role)
        .with(ConnectionConfig.PASSWORD, PASSWORD);
  }

  /** A file with a connector's configuration, as an operator has one. */
  public Path file(ConnectorConfig connector) throws IOException {
    Path file = Files.createTempFile(connector.name(), ".json");
    file.toFile().deleteOnExit();
    JSON.writeValue(file.toFile(), Map.of("name", connector.name(), "config", connector.config()));
    return file;
  }

  /** Creates a connector and waits until it runs. */
  public void deploy(ConnectorConfig connector) throws SQLException {
    create(connector);
    rest().waitRunning(connector.name(), PATIENCE);
  }

  /** Creates a connector; where its role may not install, an administrator does before. */
  public void create(ConnectorConfig connector) throws SQLException {
    if (!installs() && !connector.config().getOrDefault("provision", "auto").equals("none")) {
      String to = connector.config().get(ConnectionConfig.USER);
      if (connector.name().equals(sourceName())) {
        installProvider(connector, to);
      } else {
        String subscriber = connector.config().get(ConnectionConfig.DBNAME);
        try (Connection admin = open(subscriber)) {
          SubscriberInstaller.install(admin);
        }
        grant(subscriber, "subscriber B", to, null);
      }
    }
    rest().create(connector);
  }

  private void installProvider(ConnectorConfig source, String to) throws SQLException {
    boolean ticks = !"external".equals(source.config().get("ticker"));
    boolean copies = !"no_data".equals(source.config().get("snapshot.mode"));
    try (Connection admin = openProvider()) {
      // PgQ makes roles, which all databases of a server share.
      synchronized (NUMBERS) {
        new EngineInstaller().install(admin);
      }
      new EngineInstaller()
          .createQueue(
              admin, name, ticks ? TickerSettings.embedded() : TickerSettings.pgqDefaults());
      for (TableId table : included(admin, source.config())) {
        CaptureOptions options = CaptureOptions.defaults();
        new CaptureInstaller().add(admin, name, table, copies ? options : options.withoutCopy());
      }
    }
    grant(provider, "provider B", to, null);
    if ("external".equals(source.config().get("capture"))) {
      grant(provider, "provider B, external", to, null);
    }
    if (ticks) {
      grant(provider, "provider B, ticker", to, null);
      // A server that has the extension may hold the built-in engine all the same.
      String engine =
          scalar(session(provider), "select 1 from pg_extension where extname = 'pgq'") == null
              ? "built-in engine"
              : "extension";
      grant(provider, "provider B, ticker, " + engine, to, null);
    }
    grant(provider, "provider B, queue", to, null);
  }

  /** The tables that our own triggers are to capture. */
  private static List<TableId> included(Connection admin, Map<String, String> source)
      throws SQLException {
    List<TableId> included = new ArrayList<>();
    String patterns = source.get("table.include.list");
    if (patterns == null
        || "external".equals(source.get("capture"))
        || "events".equals(source.get("mode"))) {
      return included;
    }
    try (Statement statement = admin.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid ="
                    + " c.relnamespace where c.relkind in ('r', 'p') and not c.relispartition")) {
      while (rows.next()) {
        TableId table = new TableId(rows.getString(1), rows.getString(2));
        if (PatternList.parse("table.include.list", patterns).stream()
            .anyMatch(pattern -> pattern.matcher(table.toString()).matches())) {
          included.add(table);
        }
      }
    }
    return included;
  }

  /** Waits until every table is copied and consistent on all subscribers. */
  public Replication awaitCopied() {
    for (String subscriber : subscribers) {
      await("the copy of " + tables + " to " + subscriber)
          .until(() -> copiedTables(session(subscriber)), ok -> ok == tables.size());
    }
    return this;
  }

  private static int copiedTables(Connection session) throws SQLException {
    if (scalar(session, "select to_regclass('pgq_connect.subscribed_table')") == null) {
      return 0;
    }
    return Integer.parseInt(
        scalar(session, "select count(*) from pgq_connect.subscribed_table where state = 'ok'"));
  }

  /** As {@link #start()}, with another configuration of the source. */
  public Replication start(ConnectorConfig source) throws SQLException {
    deploy(source);
    for (int i = 1; i <= subscribers.size(); i++) {
      deploy(sink(i));
    }
    return awaitCopied();
  }

  /** Deploys everything and waits for the copies. */
  public Replication start() throws SQLException {
    return start(source());
  }

  /** Waits until all subscribers hold what the provider holds, by content. */
  public Replication awaitEqual() {
    for (int i = 1; i <= subscribers.size(); i++) {
      awaitEqual(i);
    }
    return this;
  }

  /** Waits until a subscriber holds what the provider holds, by content. */
  public void awaitEqual(int number) {
    String subscriber = subscribers.get(number - 1);
    await("equal contents on " + subscriber).until(() -> differences(subscriber), String::isEmpty);
  }

  private String differences(String subscriber) throws SQLException {
    StringBuilder text = new StringBuilder();
    for (TableId table : tables) {
      TableContent expected = TableContent.of(session(provider), table);
      TableContent found = TableContent.of(session(subscriber), table);
      if (!expected.equals(found)) {
        text.append(table).append(": ").append(expected).append(" / ").append(found).append("; ");
      }
    }
    return text.toString();
  }

  /** Waits with this test's patience; a connector that fails ends the wait. */
  public Await await(String what) {
    return await(PATIENCE, what);
  }

  /** Waits; a connector that fails ends the wait. */
  public Await await(Duration patience, String what) {
    return Await.atMost(patience, what)
        .every(Duration.ofMillis(50))
        .unless(
            () ->
                rest().list().stream()
                    .filter(connector -> connector.startsWith(name + "-"))
                    .flatMap(connector -> rest().status(connector).stream())
                    .flatMap(status -> status.failure().stream())
                    .findFirst());
  }

  /** Runs statements. */
  public static void sql(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** The first column of the first row as text; null for NULL or no row. */
  public static String scalar(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return rows.next() ? rows.getString(1) : null;
    }
  }

  /** Waits until a query on the first subscriber answers this text. */
  public void awaitScalar(String sql, String expected) {
    await("'" + expected + "' from " + sql)
        .until(() -> String.valueOf(scalar(subscriber(), sql)), expected::equals);
  }

  /**
   * Restarts a failed connector and waits until it runs. The worker answers at once and restarts
   * when it comes to it; until then the status tells of the failure, which so ends no wait here.
   */
  public void restartFailed(String connector) {
    rest().restart(connector);
    awaitRunsAgain(connector);
  }

  /** Waits until a connector that has failed runs, whatever its status tells before. */
  public void awaitRunsAgain(String connector) {
    Await.atMost(PATIENCE, connector + " to run again").until(() -> isRunning(connector));
  }

  /** Whether a connector and its task run. */
  public boolean isRunning(String connector) {
    return rest().status(connector).map(ConnectorStatus::isRunning).orElse(false);
  }

  @Override
  public void close() throws SQLException {
    for (String connector : rest().list()) {
      if (connector.startsWith(name + "-")) {
        rest().delete(connector);
      }
    }
    for (Connection session : sessions.values()) {
      session.close();
    }
  }
}
