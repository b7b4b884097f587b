/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.engine;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.Grant;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.SqlScript;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.source.engine.ConnectorGrants.Duty;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts PgQ and the schema {@code pgq_connect} on a provider, and takes them away again.
 *
 * <p>Every method works on the caller's connection: in a transaction of its own when the connection
 * is in autocommit mode, otherwise in the caller's; only {@link #uninstall} takes several. No
 * superuser is needed; the role must be able to create schemas in the database.
 */
public final class EngineInstaller {

  /** Grows with every change of the statements of schema {@code pgq_connect} after a release. */
  private static final int SCHEMA_VERSION = 1;

  /** What {@code pgq._pgq_connect_engine()} returns, which engine_version.sql says. */
  private static final int ENGINE_VERSION = engineVersion();

  private static final Logger LOG = LoggerFactory.getLogger(EngineInstaller.class);
  private static final int OLDEST_SERVER = 130000;

  private final LockAttempts attempts;
  private final SqlScript engineScript = new SqlScript(EngineInstaller.class, "pgq");
  private final SqlScript stateScript = new SqlScript(EngineInstaller.class, "provider");
  private final SqlScript captureScript =
      new SqlScript(EngineInstaller.class, "/org/pgqconnect/source/capture");

  /** With the usual number of {@link LockAttempts}. */
  public EngineInstaller() {
    this(new LockAttempts());
  }

  /**
   * @param attempts how long the application's transactions may have to wait for us, and how often
   */
  public EngineInstaller(LockAttempts attempts) {
    this.attempts = requireNonNull(attempts, "attempts");
  }

  /**
   * What the database has now.
   *
   * @throws StopException when schema pgq is something else than PgQ
   */
  public Engine detect(Connection connection) throws SQLException {
    Session session = new Session(connection);
    Found found =
        session.one(
            EngineSql.DETECT,
            row ->
                new Found(
                    row.getString("extension"),
                    row.getBoolean("built_in"),
                    row.getBoolean("has_version"),
                    row.getBoolean("has_schema")));
    if (found.extension() != null) {
      return new Engine(EngineKind.EXTENSION, found.extension());
    }
    if (found.builtIn()) {
      return new Engine(EngineKind.BUILT_IN, text(session, EngineSql.BUILT_IN_VERSION));
    }
    if (found.hasVersion()) {
      return new Engine(EngineKind.OTHER, text(session, EngineSql.OTHER_VERSION));
    }
    if (found.hasSchema()) {
      throw new StopException(
          "The database has a schema pgq that is not PgQ, and PgQ needs that name."
              + " Rename it, to any other name: ALTER SCHEMA pgq RENAME TO pgq_before;");
    }
    return new Engine(EngineKind.NONE, "");
  }

  /**
   * What of an engine is there.
   *
   * @param extension the extension's version; null when it is not installed
   */
  private record Found(String extension, boolean builtIn, boolean hasVersion, boolean hasSchema) {}

  /** Installs or upgrades with the best engine that the server offers. */
  public Engine install(Connection connection) throws SQLException {
    return install(connection, EngineChoice.BEST_AVAILABLE);
  }

  /**
   * Installs what is missing and upgrades what is ours; may be repeated at any time. An engine that
   * is there already is kept. What is up to date is not locked. What is not may need locks on
   * tables that triggers use, so the whole is tried again while others hold them.
   *
   * @return the engine afterwards
   * @throws StopException when the server, or what is there already, does not allow it
   */
  public Engine install(Connection connection, EngineChoice choice) throws SQLException {
    Session session = new Session(connection);
    return attempts.run(
        session,
        new LockAttempts.Target("What is to be upgraded", true, () -> ownTables(session)),
        LockAttempts.Limit.EACH_LOCK,
        LockAttempts.Turn.INSTALL,
        () -> installOnce(session, choice));
  }

  private Engine installOnce(Session session, EngineChoice choice) throws SQLException {
    Connection connection = session.connection();
    requireSupportedServer(session);
    requireTrusted(session);
    installEngine(session, choice);
    Engine engine = detect(connection);
    stateScript.run(connection);
    captureScript.run(connection);
    session.update(EngineSql.RECORD_PROVIDER, Integer.toString(SCHEMA_VERSION), engine.toString());
    LOG.info("Provider is installed [engine={}, schema={}]", engine, SCHEMA_VERSION);
    return engine;
  }

  /** What writers may hold a lock on that the installation waits for. */
  static List<Long> ownTables(Session session) throws SQLException {
    return session.list(EngineSql.OWN_TABLES, row -> row.getLong(1));
  }

  /**
   * Whether what is installed is older than what this pgq-connect brings, so that {@link #install}
   * has to be repeated; false when nothing is installed.
   */
  public boolean isOutdated(Connection connection) throws SQLException {
    String installed = text(new Session(connection), EngineSql.INSTALLED_VERSION);
    return installed != null
        && (Integer.parseInt(installed) < SCHEMA_VERSION
            || builtInVersion(detect(connection)).orElse(ENGINE_VERSION) < ENGINE_VERSION);
  }

  /** The version of the built-in engine; empty when the engine is another. */
  private static OptionalInt builtInVersion(Engine engine) {
    return engine.kind() == EngineKind.BUILT_IN
        ? OptionalInt.of(Integer.parseInt(engine.version()))
        : OptionalInt.empty();
  }

  private static int engineVersion() {
    String sql = SqlScript.text(EngineInstaller.class, "pgq/engine_version.sql");
    Matcher version = Pattern.compile("select '([0-9]+)'::text").matcher(sql);
    if (!version.find()) {
      throw new IllegalStateException("engine_version.sql holds no version");
    }
    return Integer.parseInt(version.group(1));
  }

  /**
   * Removes all capture triggers and the schema {@code pgq_connect}, and the built-in engine. What
   * is not ours stays: the extension, or PgQ of other origin, with its queues; and what a
   * subscriber keeps in the schema. Each captured table is removed in a transaction of its own, so
   * the connection must be in autocommit mode.
   *
   * @return what the database had before
   * @throws StopException if others would lose something and {@code removal} does not say that they
   *     may; if the database is a subscriber and no provider
   * @throws SQLException if a table cannot be locked, and then those before it are removed
   */
  public Engine uninstall(Connection connection, Removal removal) throws SQLException {
    return new Uninstallation(this, attempts).run(connection, removal);
  }

  /** Creates a queue for the ticker that is part of the source connector. */
  public boolean createQueue(Connection connection, String queue) throws SQLException {
    return createQueue(connection, queue, TickerSettings.embedded());
  }

  /**
   * Creates a queue if it is missing. A queue that is there keeps its settings.
   *
   * @return whether the queue was made
   */
  public boolean createQueue(Connection connection, String queue, TickerSettings ticker)
      throws SQLException {
    Session session = new Session(connection);
    return session.inTransaction(
        () -> {
          boolean made = session.one(EngineSql.CREATE_QUEUE, row -> row.getInt(1), queue) == 1;
          // A queue of this name may have been dropped, and what is known of its tables is void.
          if (session.test(EngineSql.KNOWS_TABLES)) {
            session.execute(EngineSql.RENEW_QUEUE, queue);
          }
          if (!made) {
            return false;
          }
          configure(session, queue, "ticker_max_count", Integer.toString(ticker.maxCount()));
          configure(session, queue, "ticker_max_lag", interval(ticker.maxLag()));
          configure(session, queue, "ticker_idle_period", interval(ticker.idlePeriod()));
          // The triggers' cached plans look into it: for a table that was never analyzed the
          // planner takes ten pages.
          session.execute("analyze pgq.queue");
          LOG.info("Queue is created [queue={}, ticker={}]", queue, ticker);
          return true;
        });
  }

  /**
   * Lets a role that did not install run a source connector for a queue: with the rights of
   * docs/privileges.md, and no others. Its right to read the tables is another matter.
   */
  public void grant(Connection connection, String queue, String role) throws SQLException {
    Session session = new Session(connection);
    session.inTransaction(
        () -> {
          boolean extension = detect(connection).kind() != EngineKind.BUILT_IN;
          for (Grant grant : ConnectorGrants.needed(extension, EnumSet.allOf(Duty.class))) {
            session.execute(grant.sql(Identifiers.quote(role)));
          }
          session.execute(EngineSql.GRANT_QUEUE, queue);
          LOG.info("Role can run a source connector [role={}, queue={}]", role, queue);
        });
  }

  private static void requireTrusted(Session session) throws SQLException {
    List<Untrusted> untrusted =
        session.list(
            EngineSql.UNTRUSTED,
            row -> new Untrusted(row.getString(1), row.getString(2), row.getString(3)));
    if (!untrusted.isEmpty()) {
      throw new StopException(
          ("Nothing was installed, because what is there could run anything with the rights of this"
               + " role: %s. Install with the role that owns it (--user), or hand it over: %s; or"
               + " if no one needs it: %s")
              .formatted(
                  joined(untrusted, Untrusted::what),
                  joined(untrusted, Untrusted::handOver),
                  joined(untrusted, Untrusted::drop)));
    }
  }

  /**
   * What could run anything with the rights of the role that installs.
   *
   * @param schema that it lies in
   * @param handOver the statement that takes it from the other role
   */
  private record Untrusted(String what, String schema, String handOver) {
    String drop() {
      return "DROP SCHEMA %s CASCADE".formatted(Identifiers.quote(schema));
    }
  }

  private static String joined(List<Untrusted> untrusted, Function<Untrusted, String> text) {
    return untrusted.stream().map(text).distinct().collect(Collectors.joining("; "));
  }

  private void installEngine(Session session, EngineChoice choice) throws SQLException {
    Engine found = detect(session.connection());
    EngineKind kind = found.kind();
    if (kind == EngineKind.EXTENSION || kind == EngineKind.OTHER) {
      return;
    }
    if (kind == EngineKind.NONE
        && choice == EngineChoice.BEST_AVAILABLE
        && createExtension(session)) {
      return;
    }
    if (builtInVersion(found).orElse(ENGINE_VERSION) > ENGINE_VERSION) {
      throw new StopException(
          "The database has built-in engine "
              + found.version()
              + ", and this pgq-connect brings "
              + ENGINE_VERSION
              + ": an older one must not overwrite a newer one. Install with a newer pgq-connect.");
    }
    engineScript.run(session.connection());
  }

  private boolean createExtension(Session session) throws SQLException {
    if (!session.test(EngineSql.EXTENSION_AVAILABLE)) {
      return false;
    }
    boolean refused =
        session
            .attempt(
                e -> SqlState.is(e, SqlState.INSUFFICIENT_PRIVILEGE),
                () -> session.execute(EngineSql.CREATE_EXTENSION))
            .isPresent();
    if (refused) {
      LOG.info(
          "The server offers extension pgq, but this role cannot create it; using the built-in"
              + " engine");
    }
    return !refused;
  }

  private static void requireSupportedServer(Session session) throws SQLException {
    int version = session.one(EngineSql.SERVER_VERSION, row -> row.getInt(1));
    if (version < OLDEST_SERVER) {
      throw new StopException(
          "The provider runs PostgreSQL "
              + version / 10000
              + ", and pgq-connect needs 13 or later. Upgrade the server.");
    }
  }

  private static void configure(Session session, String queue, String name, String value)
      throws SQLException {
    session.execute(EngineSql.SET_QUEUE_CONFIG, queue, name, value);
  }

  private static String interval(Duration duration) {
    return duration.toMillis() + " milliseconds";
  }

  private static String text(Session session, String sql) throws SQLException {
    return session.one(sql, row -> row.getString(1));
  }
}
