/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.queue;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.pgqconnect.batch.BatchBounds;
import org.pgqconnect.batch.StartTick;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.postgres.Session;

/**
 * One queue as one consumer sees it, over one session. Every call is PgQ's public API, so that both
 * engines serve. Not thread safe.
 *
 * <p>The session must be in autocommit mode.
 */
public final class Queue {
  private final Connection connection;
  private final Session session;
  private final String name;
  private final String consumer;

  public Queue(Connection connection, String name, String consumer) {
    this.connection = requireNonNull(connection, "connection");
    this.session = new Session(connection);
    this.name = requireNonNull(name, "name");
    this.consumer = requireNonNull(consumer, "consumer");
  }

  /** The other consumer that publishes the changes of the queue's tables, if there is one. */
  public Optional<String> otherPublisher() throws SQLException {
    return session.first(QueueSql.OTHER_PUBLISHER, row -> row.getString(1), name, consumer);
  }

  /** Whether this consumer publishes the changes of the queue's tables. */
  public boolean publishesTables() throws SQLException {
    return session
        .first(QueueSql.TABLES_PUBLISHER, row -> row.getString(1), name)
        .filter(consumer::equals)
        .isPresent();
  }

  /** Whether a database with PgQ has the queue. */
  public static boolean exists(Session session, String queue) throws SQLException {
    return session.exists(QueueSql.EXISTS, queue);
  }

  /**
   * Makes sure that the queue is there.
   *
   * @throws StopException when it is not; the message says how to create it
   */
  public void requireExists() throws SQLException {
    if (!exists(session, name)) {
      throw QueueMissing.error(name);
    }
  }

  /**
   * Begins a session: from now on batches of earlier ones are void where it publishes them again. A
   * queue that is met for the first time gets its identity.
   *
   * @param publishes whether this consumer publishes the changes of tables
   * @throws StopException when the queue is not there, or the provider lost its identity
   */
  public Attempt beginSession(boolean publishes) throws SQLException {
    return session
        .first(QueueSql.BEGIN_SESSION, this::begun, name, consumer, publishes)
        .orElseThrow(() -> QueueMissing.error(name));
  }

  private Attempt begun(ResultSet row) throws SQLException {
    if (row.getString(1) == null) {
      throw new StopException(
          "Table pgq_connect.provider is empty, so this database has no identity. Install it again:"
              + " "
              + Remedy.ofQueue(name).install());
    }
    return new Attempt(
        new Identity(row.getString(1), row.getString(2)),
        row.getLong(3),
        row.getLong(4),
        Optional.ofNullable(row.getString(5)));
  }

  /**
   * Whose history a queue's batches are.
   *
   * @param provider a uuid drawn when the provider was installed
   * @param queueIdentity a uuid drawn when this creation of the queue was first met; null in what
   *     was stored by a version that did not know it
   */
  public record Identity(String provider, String queueIdentity) {
    public Identity {
      requireNonNull(provider, "provider");
    }
  }

  /**
   * The session that was begun, as one more attempt to publish the queue.
   *
   * @param number greater by one than that of the session before, whichever queue it read
   * @param attempt greater than that of every session before
   * @param publisher the consumer that publishes the changes of the queue's tables, so that the
   *     session was not begun; this one itself when it was to stream events instead
   */
  public record Attempt(Identity identity, long number, long attempt, Optional<String> publisher) {}

  /** The queue's newest tick; empty when it was never ticked. */
  public Optional<Tick> lastTick() throws SQLException {
    return session.first(QueueSql.LAST_TICK, Queue::tick, name);
  }

  /** What the server's transactions see now, as text. */
  public String snapshot() throws SQLException {
    // The ticker asks many times per second: unlike one of the session's, this is parsed once only.
    try (PreparedStatement statement = connection.prepareStatement(QueueSql.SNAPSHOT);
        ResultSet rows = statement.executeQuery()) {
      rows.next();
      return rows.getString(1);
    }
  }

  /** A tick by its id; empty when it was never made or is rotated away. */
  public Optional<Tick> tick(long tickId) throws SQLException {
    return session.first(QueueSql.TICK, Queue::tick, name, tickId);
  }

  /** The tick that PgQ has for the consumer; empty when it is not registered. */
  public Optional<Tick> subscription() throws SQLException {
    return session.first(QueueSql.SUBSCRIPTION, Queue::tick, name, consumer);
  }

  /**
   * Registers the consumer: at the queue's last tick, or where tables are marked as held by
   * subscribers already, at the oldest, because all changes since their triggers were made count.
   *
   * @throws StopException when some of these changes are gone
   */
  public void register() throws SQLException {
    Optional<Marks> marks =
        session.first(
            QueueSql.BEFORE_MARKS, row -> new Marks(row.getLong(1), row.getString(2)), name, name);
    if (marks.isPresent()) {
      requireAllSince(marks.get());
      registerAt(marks.get().oldestTick());
    } else {
      session.execute(QueueSql.REGISTER, name, consumer);
    }
  }

  /**
   * Tables that are marked as held by subscribers.
   *
   * @param oldestTick the oldest that the queue has
   * @param before the tables that may have changes from before it; null when there are none
   */
  private record Marks(long oldestTick, String before) {}

  private void requireAllSince(Marks marks) {
    if (marks.before() != null) {
      throw new StopException(
          ("Tables %s were added to queue \"%s\" without a copy, but before this connector read the"
                  + " queue for the first time, ticks up to %d were rotated away, and with them"
                  + " changes of these tables that subscribers would never get. Have the tables"
                  + " copied: %s")
              .formatted(
                  marks.before(),
                  name,
                  marks.oldestTick(),
                  Remedy.ofQueue(name)
                      .resync(
                          Arrays.stream(marks.before().split(", ")).map(TableId::parse).toList())));
    }
  }

  /** Registers the consumer at a tick, or moves it there; an open batch is dropped. */
  public void registerAt(long tickId) throws SQLException {
    session.execute(QueueSql.REGISTER_AT, name, consumer, tickId);
  }

  /**
   * The next batch; the same one again until it is finished.
   *
   * @param position the tick the consumer is at
   * @param wantedEvents how many events a batch should hold at least when there is a backlog
   * @param newestBefore the queue's newest tick when the session began: batches from there or
   *     before name the ticks that subscribers can be at
   * @return empty when there is no tick after the position
   */
  public Optional<OpenBatch> nextBatch(Tick position, int wantedEvents, long newestBefore)
      throws SQLException {
    Optional<Tick> last = lastTick();
    if (last.isEmpty() || last.get().id() <= position.id()) {
      return Optional.empty();
    }
    boolean named = StartTicks.areNeeded(position, newestBefore);
    Optional<Tick> farthest =
        named && last.get().id() - position.id() > StartTicks.MOST
            ? tickAfter(position, StartTicks.MOST)
            : Optional.empty();
    int minCount = BatchSizing.minCount(position, last.get(), farthest, wantedEvents);
    Optional<OpenBatch> batch = nextBatchOf(minCount, last.get());
    if (batch.isEmpty()) {
      // Sequence values are hints: should the count not be reached after all, take the next tick.
      batch = nextBatchOf(0, last.get());
    }
    return named && batch.isPresent()
        ? withStartTicks(batch.get(), position, newestBefore, last.get())
        : batch;
  }

  private Optional<OpenBatch> withStartTicks(
      OpenBatch batch, Tick position, long newestBefore, Tick last) throws SQLException {
    List<StartTick> ticks = startTicks(batch.bounds(), newestBefore);
    if (ticks.size() <= StartTicks.MOST || batch.bounds().prevTickId() != position.id()) {
      return Optional.of(batch.withStartTicks(ticks));
    }
    // An earlier session left it open, or the event sequence went back somewhere in it.
    registerAt(position.id());
    Optional<OpenBatch> shorter = nextBatchOf(0, last);
    return shorter.isEmpty()
        ? shorter
        : Optional.of(
            shorter.get().withStartTicks(startTicks(shorter.get().bounds(), newestBefore)));
  }

  private List<StartTick> startTicks(BatchBounds bounds, long newestBefore) throws SQLException {
    return session.list(
        QueueSql.START_TICKS,
        row -> new StartTick(row.getLong(1), row.getString(2)),
        name,
        StartTicks.first(bounds, newestBefore),
        bounds.tickId(),
        StartTicks.MOST + 1);
  }

  /** The tick that comes so many ticks after another one; empty when there are fewer. */
  private Optional<Tick> tickAfter(Tick tick, int ticks) throws SQLException {
    return session.first(QueueSql.TICK_AFTER, Queue::tick, name, tick.id(), ticks - 1);
  }

  private Optional<OpenBatch> nextBatchOf(int minCount, Tick last) throws SQLException {
    return session.first(
        QueueSql.NEXT_BATCH,
        row -> row.getObject(1) == null ? null : openBatch(row, last),
        name,
        consumer,
        minCount);
  }

  private OpenBatch openBatch(ResultSet row, Tick last) throws SQLException {
    long tickId = row.getLong(3);
    BatchBounds bounds = new BatchBounds(row.getLong(2), tickId);
    Tick tick = tickId == last.id() ? last : tick(tickId).orElseThrow();
    return new OpenBatch(row.getLong(1), bounds, tick, List.of());
  }

  /**
   * Opens a cursor over a batch's events in the order of their ids. Until its last event is read,
   * the session serves nothing else.
   *
   * @param afterEventId events up to this id are left out; 0 for all
   * @param maxEvents how many are held at once at most
   */
  public EventCursor events(OpenBatch batch, long afterEventId, int maxEvents) throws SQLException {
    return EventCursor.open(connection, batch.batchId(), afterEventId, maxEvents);
  }

  /** Reports to PgQ that the batch is finished: the consumer moves to the batch's tick. */
  public void finish(OpenBatch batch) throws SQLException {
    if (session.one(QueueSql.FINISH, row -> row.getInt(1), batch.batchId()) != 1) {
      throw new StopException(
          ("Batch %d of queue \"%s\" (ticks %s) was no longer open for consumer \"%s\" when it was"
               + " to be finished: another program moved this consumer. See who reads it: select *"
               + " from pgq.get_consumer_info(%s)")
              .formatted(
                  batch.batchId(), name, batch.bounds(), consumer, Identifiers.literal(name)));
    }
  }

  static Tick tick(ResultSet rows) throws SQLException {
    return new Tick(rows.getLong(1), rows.getString(2), rows.getString(3), rows.getLong(4));
  }
}
