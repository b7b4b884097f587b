/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.setup;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.config.TableFilter;
import org.pgqconnect.postgres.ConnectionConfig;
import org.pgqconnect.postgres.ConnectionFailure;
import org.pgqconnect.postgres.Database;
import org.pgqconnect.postgres.Grant;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.source.copy.TableCopies;
import org.pgqconnect.source.engine.ConnectorGrants;
import org.pgqconnect.source.engine.ConnectorGrants.Duty;
import org.pgqconnect.source.engine.EngineInstaller;
import org.pgqconnect.source.engine.EngineKind;
import org.pgqconnect.source.external.ExternalTables;
import org.pgqconnect.source.lock.AdvisoryLock;
import org.pgqconnect.source.lock.LockWait;
import org.pgqconnect.source.queue.Queue;
import org.pgqconnect.source.queue.QueueMissing;
import org.pgqconnect.source.session.ProviderSession;
import org.pgqconnect.source.session.SecondPublisher;
import org.pgqconnect.source.session.SwitchedToEvents;
import org.pgqconnect.time.NanoClock;

/** Checks a configuration against the live provider, without changing anything there. */
public final class ProviderValidation {
  private static final Duration PUBLISHER_WAIT = Duration.ofSeconds(5);

  private final Settings settings;
  private final Provisioning.Settings wanted;
  private final NanoClock clock;
  private final TableChecks tables;
  private final List<Problem> problems = new ArrayList<>();

  /**
   * What is checked.
   *
   * @param provider what the configuration wants on the provider
   * @param topicPrefix under which the queue is published
   * @param eventsTopic that an application's own events go to
   */
  public record Settings(Provisioning.Settings provider, String topicPrefix, String eventsTopic) {
    public Settings {
      requireNonNull(provider, "provider");
      requireNonNull(topicPrefix, "topicPrefix");
      requireNonNull(eventsTopic, "eventsTopic");
    }
  }

  /**
   * @param clock by which it waits for a connector that is just ending
   */
  public ProviderValidation(Settings settings, NanoClock clock) {
    this.settings = requireNonNull(settings, "settings");
    this.wanted = settings.provider();
    this.clock = requireNonNull(clock, "clock");
    this.tables = new TableChecks(wanted);
  }

  /** Everything that would keep the connector from running; empty when it can. */
  public List<Problem> problems() {
    try (Connection connection =
        new Database(wanted.connection()).open("pgq-connect validation " + wanted.connector())) {
      check(connection);
    } catch (SQLException e) {
      ConnectionFailure failure = ConnectionFailure.explain("provider", wanted.connection(), e);
      problems.add(new Problem(failure.key(), failure.message()));
    }
    return problems;
  }

  private void check(Connection connection) throws SQLException {
    Session session = new Session(connection);
    if (wanted.external() && !foreignQueueExists(session)) {
      problems.add(
          new Problem(
              Problem.QUEUE_NAME,
              QueueMissing.externalMessage(wanted.queue(), wanted.connection().database())));
      return;
    }
    boolean installed = checkInstalled(session) && checkRights(connection);
    Set<TableId> captured = installed ? TableCopies.captured(connection, wanted.queue()) : Set.of();
    if (wanted.external()) {
      tables.checkForeign(connection, captured);
    } else if (wanted.tables().namesTables() && !wanted.streamsEvents()) {
      tables.checkNamed(session, captured);
    }
    tables.problems().forEach(this::ofTables);
    checkTopics(captured);
    checkPublisher(connection);
    if (installed) {
      checkConsumer(connection, captured);
    }
  }

  private void checkTopics(Set<TableId> captured) {
    if (wanted.streamsEvents()) {
      TopicProblems.ofEvents(settings.topicPrefix(), settings.eventsTopic())
          .ifPresent(message -> problems.add(new Problem(Problem.EVENTS_TOPIC, message)));
      return;
    }
    Set<TableId> topics = new LinkedHashSet<>(captured);
    topics.removeIf(table -> !wanted.tables().test(table));
    topics.addAll(tables.published());
    TopicProblems.of(settings.topicPrefix(), wanted.queue(), topics, wanted.remedy())
        .forEach(this::ofTables);
  }

  /** A connector that was deleted a moment ago may still be ending. */
  private void checkPublisher(Connection connection) throws SQLException {
    AdvisoryLock publishing = AdvisoryLock.publisher(wanted.queue(), settings.topicPrefix());
    try {
      new LockWait(clock, PUBLISHER_WAIT)
          .outlast(
              () ->
                  publishing
                      .holder(connection)
                      .filter(holder -> holder.isAnotherConnector(wanted.connector())))
          .ifPresent(
              holder ->
                  problems.add(
                      new Problem(
                          Problem.TOPIC_PREFIX,
                          ProviderSession.secondPublisher(
                              wanted.queue(), settings.topicPrefix(), holder))));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void checkConsumer(Connection connection, Set<TableId> captured) throws SQLException {
    Queue queue = new Queue(connection, wanted.queue(), wanted.consumer());
    if (wanted.streamsEvents()) {
      boolean filled =
          !captured.isEmpty()
              || !new ExternalTables(connection, wanted.queue()).published().isEmpty();
      if (filled && queue.publishesTables()) {
        problems.add(
            new Problem(
                Problem.MODE,
                wanted
                    .remedy()
                    .complete(
                        SwitchedToEvents.message(wanted.queue(), wanted.consumer(), captured))));
      }
      return;
    }
    queue
        .otherPublisher()
        .ifPresent(
            other ->
                problems.add(
                    new Problem(
                        Problem.CONSUMER_NAME,
                        SecondPublisher.message(wanted.queue(), wanted.consumer(), other))));
  }

  private boolean checkInstalled(Session session) throws SQLException {
    State state = state(session);
    boolean installed = state.engine() && state.schema();
    if (!installed && !(wanted.provisions() && state.mayInstall())) {
      problems.add(
          new Problem(
              ConnectionConfig.DBNAME,
              ("%s in database \"%s\"%s. Install it with a role that can create"
                      + " schemas there: %s")
                  .formatted(
                      state.engine()
                          ? "Schema pgq_connect, where the connector keeps what PgQ does not, is"
                              + " missing"
                          : "PgQ is not installed",
                      wanted.connection().database(),
                      wanted.provisions()
                          ? ", and role \"%s\" cannot create schemas in it"
                              .formatted(wanted.connection().user())
                          : "",
                      wanted.remedy().install(wanted.connection().user()))));
    }
    if (installed && !wanted.provisions() && !Queue.exists(session, wanted.queue())) {
      problems.add(
          new Problem(
              Problem.QUEUE_NAME, wanted.remedy().complete(QueueMissing.message(wanted.queue()))));
    }
    return installed;
  }

  /** What the database has, and whether the role may create schemas in it. */
  private record State(boolean engine, boolean schema, boolean mayInstall) {}

  private static State state(Session session) throws SQLException {
    return session.one(
        ValidationSql.STATE,
        row -> new State(row.getBoolean(1), row.getBoolean(2), row.getBoolean(3)));
  }

  private boolean foreignQueueExists(Session session) throws SQLException {
    return state(session).engine() && Queue.exists(session, wanted.queue());
  }

  /** False when the role cannot even see what is captured. */
  private boolean checkRights(Connection connection) throws SQLException {
    boolean extension = new EngineInstaller().detect(connection).kind() != EngineKind.BUILT_IN;
    Set<Duty> duties = EnumSet.noneOf(Duty.class);
    if (wanted.embeddedTicker()) {
      duties.add(Duty.TICK);
    }
    if (wanted.external()) {
      duties.add(Duty.READ_FOREIGN_EVENTS);
    }
    List<Grant> missing =
        ConnectorGrants.missing(
            connection, wanted.queue(), ConnectorGrants.needed(extension, duties));
    if (missing.isEmpty()) {
      return true;
    }
    String role = wanted.connection().user();
    problems.add(
        new Problem(
            ConnectionConfig.USER,
            ("Role \"%s\" lacks rights on the provider %s that the connector of queue \"%s\" needs."
                    + " Run with the role that installed: %s Or all at once: %s")
                .formatted(
                    role,
                    wanted.connection().address(),
                    wanted.queue(),
                    missing.stream()
                        .map(grant -> grant.sql(Identifiers.quote(role)))
                        .collect(Collectors.joining(" ")),
                    wanted.remedy().install(role))));
    return missing.stream().noneMatch(grant -> grant.object().startsWith("pgq_connect"));
  }

  private void ofTables(String message) {
    problems.add(new Problem(TableFilter.KEY, message));
  }
}
