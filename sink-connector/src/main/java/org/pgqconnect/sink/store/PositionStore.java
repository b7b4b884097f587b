/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pgqconnect.batch.BatchEnd;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.postgres.Values;
import org.pgqconnect.sink.offsets.OffsetText;
import org.pgqconnect.sink.offsets.PartitionId;
import org.pgqconnect.sink.offsets.TopicOrigin;
import org.pgqconnect.sink.position.Position;
import org.pgqconnect.sink.tables.TableStates;
import org.pgqconnect.time.Interval;
import org.pgqconnect.time.NanoClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The row of one subscription in {@code pgq_connect.subscription}, on one session. */
public final class PositionStore {
  private static final Logger LOG = LoggerFactory.getLogger(PositionStore.class);
  private static final Duration PREDECESSOR_WAIT = Duration.ofSeconds(5);
  private static final int PREDECESSOR_POLL_MS = 50;

  private final Session session;
  private final String subscription;
  private final TableStateStore tables;

  /**
   * @param tables the subscription's tables, which are saved with the position
   */
  public PositionStore(Session session, String subscription, TableStateStore tables) {
    this.session = session;
    this.subscription = subscription;
    this.tables = tables;
  }

  /**
   * Ends the session of a predecessor that may still hold locks, and makes this one the
   * subscription's own. To be called in autocommit mode.
   *
   * @param clock says how long the predecessor is waited for
   * @throws StopException when the subscription belongs to another queue
   */
  public Position takeOver(String topicPrefix, NanoClock clock) throws SQLException {
    session.update(PositionSql.REGISTER, subscription, topicPrefix);
    endPredecessor(clock);
    return session.one(
        PositionSql.TAKE_OVER,
        row -> {
          requireSamePrefix(row.getString(7), topicPrefix);
          return position(row);
        },
        subscription);
  }

  private void requireSamePrefix(String prefix, String topicPrefix) {
    if (!prefix.equals(topicPrefix)) {
      throw new StopException(
          ("Subscription %s follows topic prefix %s, but this connector's topic.prefix is %s."
               + " Positions of two queues cannot be mixed: give the connector another"
               + " subscription.name, or remove the old one: DELETE FROM pgq_connect.subscription"
               + " WHERE name = %s;")
              .formatted(subscription, prefix, topicPrefix, Identifiers.literal(subscription)));
    }
  }

  /** The uuid that this database has as a provider; empty when it is none. */
  public Optional<String> ownIdentity() throws SQLException {
    return session.test(PositionSql.IS_PROVIDER)
        ? session.first(PositionSql.OWN_IDENTITY, row -> row.getString(1))
        : Optional.empty();
  }

  private void endPredecessor(NanoClock clock) throws SQLException {
    Optional<Integer> ended =
        session.first(PositionSql.END_PREDECESSOR, row -> row.getInt(1), subscription);
    if (ended.isEmpty()) {
      return;
    }
    int pid = ended.get();
    LOG.warn(
        "Ended the session of this subscription's predecessor [subscription={}, pid={}]. If it"
            + " comes back, two connectors share one subscription.name",
        subscription,
        pid);
    Interval wait = new Interval(clock, PREDECESSOR_WAIT);
    while (!wait.isOver() && session.test(PositionSql.IS_RUNNING, pid)) {
      try {
        clock.sleep(PREDECESSOR_POLL_MS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /**
   * Locks the position for the rest of the transaction and reads it.
   *
   * @throws StopException when the subscription is gone or another session has taken it over
   */
  public Position lock() throws SQLException {
    Optional<Position> position =
        session.first(
            PositionSql.LOCK,
            row -> {
              if (!row.getBoolean(7)) {
                throw new StopException(
                    ("Another session has taken subscription %s over. Two connectors"
                            + " share one subscription.name, or this task outlived its"
                            + " successor")
                        .formatted(subscription));
              }
              return position(row);
            },
            subscription);
    return position.orElseThrow(
        () ->
            new StopException(
                ("Subscription %s was removed from pgq_connect.subscription while its"
                        + " connector ran. Delete the connector, or restart it to subscribe"
                        + " again")
                    .formatted(subscription)));
  }

  /**
   * Moves the position and stores the tables' states, in the transaction that locked it.
   *
   * @param written the tables that the transaction wrote
   * @param emptied those of them that it may have emptied
   * @return false when one of them is in another file than the subscription left it in: the
   *     transaction must then be undone, and the tables looked at
   * @throws StopException when one of them is not the one that was copied, was emptied by others,
   *     or another subscription writes it, too; the transaction is undone then
   */
  public boolean save(
      BatchEnd end,
      Map<PartitionId, Long> offsets,
      TableStates states,
      Collection<TableId> written,
      Collection<TableId> emptied)
      throws SQLException {
    tables.save(states, emptied);
    HeldTables.Problems problems =
        session.one(
            PositionSql.SAVE,
            HeldTables::problems,
            HeldTables.schemas(written),
            HeldTables.names(written),
            subscription,
            subscription,
            subscription,
            subscription,
            end.queue(),
            end.provider(),
            end.queueIdentity(),
            end.id().attempt(),
            end.bounds().tickId(),
            end.tickTime(),
            Values.untyped(OffsetText.json(offsets)),
            subscription);
    tables.saved(problems, states, written, emptied);
    return !problems.rewritten();
  }

  /** The next offset of every partition that the subscription ever read. */
  public Map<PartitionId, Long> offsets() throws SQLException {
    Map<PartitionId, Long> offsets = new HashMap<>();
    session.each(
        PositionSql.LOAD_OFFSETS,
        row -> offsets.put(OffsetText.partition(row.getString(1)), row.getLong(2)),
        subscription);
    return offsets;
  }

  /** What the stored offsets belong to. */
  public TopicOrigin origin() throws SQLException {
    List<String> clusters = new ArrayList<>(); // The same in each row.
    Map<String, String> ids = new HashMap<>();
    session.each(
        PositionSql.LOAD_ORIGIN,
        row -> {
          clusters.add(row.getString(1));
          if (row.getString(2) != null) {
            ids.put(row.getString(2), row.getString(3));
          }
        },
        subscription);
    return new TopicOrigin(clusters.isEmpty() ? null : clusters.get(0), ids);
  }

  /** Stores from where partitions are read, and what these offsets belong to. */
  public void saveOrigin(Map<PartitionId, Long> offsets, TopicOrigin origin) throws SQLException {
    session.update(
        PositionSql.SAVE_ORIGIN,
        Values.untyped(OffsetText.json(offsets)),
        origin.cluster(),
        origin.cluster(),
        Values.untyped(OffsetText.texts(origin.ids())),
        subscription);
  }

  /** Stores what {@code status} shows. */
  public void report(StatusReport report) throws SQLException {
    session.update(
        PositionSql.REPORT,
        report.waitingFor(),
        Values.nullable(report.waitingFor() == null ? null : report.waitedMillis()),
        Values.untyped(OffsetText.numbers(report.notApplied())),
        subscription);
  }

  private static Position position(ResultSet row) throws SQLException {
    return new Position(
        row.getString(1),
        row.getString(2),
        row.getString(3),
        row.getObject(4, Long.class),
        row.getObject(5, Long.class),
        row.getString(6));
  }
}
