/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.engine;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.postgres.Session;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes away from a provider what {@link EngineInstaller} put there. */
final class Uninstallation {
  private static final Logger LOG = LoggerFactory.getLogger(Uninstallation.class);

  private final EngineInstaller installer;
  private final LockAttempts attempts;

  Uninstallation(EngineInstaller installer, LockAttempts attempts) {
    this.installer = requireNonNull(installer, "installer");
    this.attempts = requireNonNull(attempts, "attempts");
  }

  /** See {@link EngineInstaller#uninstall}. */
  Engine run(Connection connection, Removal removal) throws SQLException {
    if (!connection.getAutoCommit()) {
      throw new IllegalStateException(
          "Uninstalling takes several transactions; the connection must be in autocommit mode");
    }
    Session session = new Session(connection);
    LockAttempts.Target whole =
        new LockAttempts.Target(
            "What is to be uninstalled", true, () -> EngineInstaller.ownTables(session));
    attempts.run(
        session,
        whole,
        LockAttempts.Limit.EACH_LOCK,
        LockAttempts.Turn.INSTALL,
        () -> {
          requireRemovable(session, removal);
          return null;
        });
    removeTables(session);
    return attempts.run(
        session,
        whole,
        LockAttempts.Limit.WHOLE_STATEMENT,
        LockAttempts.Turn.INSTALL,
        () -> {
          requireRemovable(session, removal);
          return uninstallOnce(session, removal);
        });
  }

  private void requireRemovable(Session session, Removal removal) throws SQLException {
    requireProvider(session);
    if (installer.detect(session.connection()).kind() == EngineKind.BUILT_IN) {
      requireNothingLost(session, removal);
    } else if (!removal.force()) {
      requireNobodyElseCaptures(session, removal);
    }
  }

  /**
   * One at a time, so that no writer waits for more than one lock. What is left is removed with the
   * schema: all of it, where its functions could run anything with the rights of this role.
   */
  private void removeTables(Session session) throws SQLException {
    if (!session.test(EngineSql.CAN_REMOVE_TABLES)
        || !session.list(EngineSql.UNTRUSTED, row -> row.getString(1)).isEmpty()) {
      return;
    }
    List<TableId> removed = new ArrayList<>();
    for (Captured table : capturedTables(session)) {
      try {
        attempts.run(
            session,
            new LockAttempts.Target("Table " + table.id(), true, () -> List.of(table.oid())),
            LockAttempts.Limit.WHOLE_STATEMENT,
            LockAttempts.Turn.CAPTURE,
            () -> session.test(EngineSql.REMOVE_TABLE, table.queue(), table.oid()));
      } catch (SQLException e) {
        if (removed.isEmpty()) {
          throw e;
        }
        throw partly(removed, e);
      }
      removed.add(table.id());
    }
  }

  /**
   * A table that is captured.
   *
   * @param id the name of its events
   */
  private record Captured(String queue, long oid, TableId id) {}

  private List<Captured> capturedTables(Session session) throws SQLException {
    return attempts.run(
        session,
        new LockAttempts.Target("What is captured", true, () -> EngineInstaller.ownTables(session)),
        LockAttempts.Limit.EACH_LOCK,
        LockAttempts.Turn.CAPTURE,
        () ->
            session.list(
                EngineSql.CAPTURED_TABLES,
                row ->
                    new Captured(
                        row.getString(1),
                        row.getLong(2),
                        new TableId(row.getString(3), row.getString(4)))));
  }

  private static StopException partly(List<TableId> removed, SQLException failure) {
    return new StopException(
        "%s. Until then nothing more is removed; the changes of %s are captured no more"
            .formatted(failure.getMessage(), names(removed)),
        failure);
  }

  private Engine uninstallOnce(Session session, Removal removal) throws SQLException {
    Engine engine = installer.detect(session.connection());
    session.execute(EngineSql.LOCK_WHAT_GOES);
    // All locks are there. The rest waits for none, but may take long.
    session.execute(EngineSql.NO_STATEMENT_TIMEOUT);
    session.execute(EngineSql.DROP_SOURCE_STATE);
    if (engine.kind() == EngineKind.BUILT_IN) {
      session.execute(EngineSql.DROP_BUILT_IN);
    }
    LOG.info("Provider is uninstalled [engine={}, force={}]", engine, removal.force());
    return engine;
  }

  /** With the built-in engine, queues of others and their consumers would go. */
  private static void requireNothingLost(Session session, Removal removal) throws SQLException {
    List<Loss> losses =
        session.list(
            EngineSql.LOSSES,
            row -> new Loss(row.getString(1), emptying(row)),
            removal.ownQueue(),
            removal.ownConsumer(),
            removal.ownQueue());
    if (!losses.isEmpty() && !removal.force()) {
      throw new StopException(
          ("Schema pgq is in use, and with it these would be lost: %s. Nothing was removed."
                  + " Empty it: %s; or remove all of it with --force.")
              .formatted(
                  losses.stream().map(Loss::what).collect(Collectors.joining("; ")),
                  losses.stream().map(Loss::statement).collect(Collectors.joining("; "))));
    }
  }

  /**
   * What others would lose.
   *
   * @param statement that takes it away
   */
  private record Loss(String what, String statement) {}

  private static String emptying(ResultSet row) throws SQLException {
    String queue = row.getString(2);
    return queue != null
        ? "select pgq.drop_queue(%s, true)".formatted(Identifiers.literal(queue))
        : "DROP TRIGGER %s ON %s"
            .formatted(
                Identifiers.quote(row.getString(3)),
                Identifiers.quote(new TableId(row.getString(4), row.getString(5))));
  }

  /** The file or address of a subscriber was given, perhaps. */
  private static void requireProvider(Session session) throws SQLException {
    if (session.test(EngineSql.IS_SUBSCRIBER_ONLY)) {
      String subscriptions = session.one(EngineSql.SUBSCRIPTIONS, row -> row.getString(1));
      throw new StopException(
          ("Nothing was removed: this database is no provider, but a subscriber (subscriptions:"
                  + " %s). Give the file of the source connector, or the provider's address.")
              .formatted(subscriptions));
    }
  }

  /** The queues stay, but nothing would be captured into them any more. */
  private static void requireNobodyElseCaptures(Session session, Removal removal)
      throws SQLException {
    if (!session.test(EngineSql.HAS_CAPTURED_TABLES)) {
      return;
    }
    Map<String, List<TableId>> others = new LinkedHashMap<>();
    session.each(
        EngineSql.CAPTURED_FOR_OTHERS,
        row ->
            others
                .computeIfAbsent(row.getString(1), queue -> new ArrayList<>())
                .add(new TableId(row.getString(2), row.getString(3))),
        removal.ownQueue());
    if (others.isEmpty()) {
      return;
    }
    List<String> losses = new ArrayList<>();
    List<String> commands = new ArrayList<>();
    others.forEach(
        (queue, tables) -> {
          losses.add("the capture of %s into queue %s".formatted(names(tables), queue));
          commands.add(Remedy.ofQueue(queue).remove(tables));
        });
    throw new StopException(
        ("Schema pgq_connect is in use, and with it these would be lost: %s. Nothing was removed."
                + " Name the queue to remove (--queue), and stop capturing into the other queues"
                + " first: %s; or remove all of it with --force.")
            .formatted(String.join("; ", losses), String.join("; ", commands)));
  }

  private static String names(List<TableId> tables) {
    return tables.stream().map(TableId::toString).collect(Collectors.joining(", "));
  }
}
