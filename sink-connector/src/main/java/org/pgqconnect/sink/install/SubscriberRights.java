/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.install;

import static org.pgqconnect.postgres.Identifiers.quote;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.ConnectionConfig;
import org.pgqconnect.postgres.Grant;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.postgres.Values;
import org.pgqconnect.sink.target.TableAccess;

/** What the sink's role must be allowed on the subscriber. */
public final class SubscriberRights {
  private SubscriberRights() {}

  /**
   * Has foreign keys and ordinary triggers not fire in a session.
   *
   * @return false when the role cannot
   */
  public static boolean becomeReplica(Session session) throws SQLException {
    try {
      session.execute(RightsSql.BECOME_REPLICA);
      return true;
    } catch (SQLException e) {
      if (SqlState.is(e, SqlState.INSUFFICIENT_PRIVILEGE)) {
        return false;
      }
      throw e;
    }
  }

  private enum SchemaState {
    READY,
    MAY_INSTALL,
    MISSING,
    /** The schema was made for another purpose, as for a provider. */
    TABLES_MISSING,
    /** The database is a provider, too, and which one cannot be read. */
    PROVIDER_HIDDEN,
    FORBIDDEN
  }

  /**
   * Creates schema pgq_connect where it is missing.
   *
   * @throws StopException when the role cannot, or cannot use what is there, or cannot create
   *     temporary tables
   */
  public static void installIfMissing(Session session, ConnectionConfig subscriber)
      throws SQLException {
    SchemaState state = schemaState(session);
    Optional<String> temporaryProblem = temporaryProblem(session, subscriber);
    Optional<String> problem = problem(state, subscriber).or(() -> temporaryProblem);
    if (problem.isPresent()) {
      throw new StopException(problem.get());
    }
    if (state == SchemaState.MAY_INSTALL) {
      SubscriberInstaller.install(session.connection());
    }
  }

  /** What keeps the role from using or creating schema pgq_connect, or nothing. */
  public static Optional<String> schemaProblem(Session session, ConnectionConfig subscriber)
      throws SQLException {
    Optional<String> temporaryProblem = temporaryProblem(session, subscriber);
    return problem(schemaState(session), subscriber).or(() -> temporaryProblem);
  }

  private static Optional<String> temporaryProblem(Session session, ConnectionConfig subscriber)
      throws SQLException {
    if (session.test(RightsSql.MAY_STAGE)) {
      return Optional.empty();
    }
    return Optional.of(
        ("Role \"%s\" cannot create temporary tables on the subscriber %s. Rows of a batch that is"
             + " larger than memory are kept in them while they wait for other rows of the batch."
             + " Run: GRANT TEMPORARY ON DATABASE %s TO %s;")
            .formatted(
                subscriber.user(),
                subscriber.address(),
                quote(subscriber.database()),
                quote(subscriber.user())));
  }

  private static SchemaState schemaState(Session session) throws SQLException {
    List<Grant> needed = SubscriberGrants.ALWAYS;
    return session.one(
        RightsSql.SCHEMA_STATE,
        row -> SchemaState.valueOf(row.getString(1)),
        Values.texts(needed.stream().map(Grant::privilege).toList()),
        Values.texts(needed.stream().map(grant -> grant.kind().name()).toList()),
        Values.texts(needed.stream().map(Grant::object).toList()));
  }

  private static Optional<String> problem(SchemaState state, ConnectionConfig subscriber) {
    String user = subscriber.user();
    String address = subscriber.address();
    if (state == SchemaState.FORBIDDEN) {
      return Optional.of(
          ("Role \"%s\" cannot write the position tables in schema pgq_connect on the subscriber"
                  + " %s, so batches cannot be applied. Run as their owner: %s")
              .formatted(user, address, SubscriberGrants.statements(user)));
    }
    if (state == SchemaState.MISSING) {
      return Optional.of(
          ("Schema pgq_connect, where the position is kept, is missing on the subscriber %s, and"
                  + " role \"%s\" cannot create it. Run: %s; or let the role do it: GRANT CREATE ON"
                  + " DATABASE %s TO %s;")
              .formatted(
                  address,
                  user,
                  Remedy.subscriberInstall(subscriber),
                  quote(subscriber.database()),
                  quote(user)));
    }
    if (state == SchemaState.PROVIDER_HIDDEN) {
      return Optional.of(
          ("The subscriber %s is a provider, too, and role \"%s\" cannot read which one, so rows"
               + " that it published itself could not be distinguished from those of its provider."
               + " Run as the owner of schema pgq_connect: %s")
              .formatted(address, user, SubscriberGrants.statementsToReadProvider(user)));
    }
    if (state == SchemaState.TABLES_MISSING) {
      return Optional.of(
          ("Schema pgq_connect on the subscriber %s lacks the tables where the position is kept,"
               + " and role \"%s\" cannot create them there. Run: %s; or let the role do it: GRANT"
               + " USAGE, CREATE ON SCHEMA pgq_connect TO %s;")
              .formatted(address, user, Remedy.subscriberInstall(subscriber), quote(user)));
    }
    return Optional.empty();
  }

  /**
   * What keeps the role from writing subscribed tables, each with the statement that changes it.
   */
  public static List<String> tableProblems(Session session, String subscription)
      throws SQLException {
    List<String> problems = new ArrayList<>();
    if (schemaState(session) != SchemaState.READY) {
      return problems;
    }
    becomeReplica(session);
    session.each(
        RightsSql.SUBSCRIBED_TABLES,
        row -> {
          List<String> columns = List.of((String[]) row.getArray(3).getArray());
          TableAccess.of(
                  session,
                  new TableId(row.getString(1), row.getString(2)),
                  columns.isEmpty() ? null : columns)
              .ifPresent(access -> problems.addAll(access.problems()));
        },
        subscription);
    return problems;
  }

  /** What to do about a right that is missing on something else than a subscribed table. */
  public static String howToGrant(String user) {
    return "Grant role \"%s\" what the message names, and on the tables of pgq-connect: %s then restart the connector"
        .formatted(user, SubscriberGrants.statements(user));
  }
}
