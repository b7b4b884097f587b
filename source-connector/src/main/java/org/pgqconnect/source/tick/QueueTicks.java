/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.tick;

import static java.util.Objects.requireNonNull;

import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.postgres.Session;
import org.pgqconnect.source.queue.QueueMissing;

/** The statements of the session that ticks one queue. Not thread safe. */
final class QueueTicks {
  /** Less may be a clock that is being adjusted. */
  private static final long AHEAD_SECONDS = 5;

  private final Session session;
  private final String queue;
  private String look;

  /** Sets the session up for its looks, which are many. */
  QueueTicks(Session session, String queue) throws SQLException {
    this.session = requireNonNull(session, "session");
    this.queue = requireNonNull(queue, "queue");
    session.execute(TickSql.TICKER_SESSION);
  }

  /** How the queue is set. */
  private record Setup(boolean external, boolean paused, String look) {}

  /**
   * What a check found.
   *
   * @param wroteEvents whether one of the transactions wrote an event
   * @param newestTick the queue's; 0 when there is none
   */
  record Look(boolean wroteEvents, long newestTick) {}

  /**
   * Ticks of some stretch.
   *
   * @param newest the last of them; 0 when there is none
   */
  record Ticks(int count, long newest) {}

  /**
   * Whether ticking of the queue is paused. Has to be asked before the first {@link #look}.
   *
   * @throws StopException when the queue is not there, or takes its ticks from outside
   */
  boolean isPaused() throws SQLException {
    Setup setup =
        session
            .first(
                TickSql.SETUP,
                row ->
                    new Setup(
                        row.getBoolean(2),
                        row.getBoolean(3),
                        TickSql.LOOK.formatted(
                            fullName(row.getString(1)), row.getString(4), row.getInt(5))),
                queue)
            .orElseThrow(() -> QueueMissing.error(queue));
    if (setup.external()) {
      throw new StopException(
          ("Queue \"%s\" takes its ticks from outside (queue_external_ticker), so ticker=embedded"
                  + " cannot tick it. Set ticker=external, or: select"
                  + " pgq.set_queue_config(%s, 'external_ticker', 'false')")
              .formatted(queue, Identifiers.literal(queue)));
    }
    look = setup.look();
    return setup.paused();
  }

  private static String fullName(String prefix) {
    int dot = prefix.indexOf('.');
    return Identifiers.quote(prefix.substring(0, dot))
        + "."
        + Identifiers.quote(prefix.substring(dot + 1));
  }

  /**
   * PgQ's own limits would put ticks off, and {@code pgq.force_tick} moves the event sequence in a
   * way that is not safe beside writers. So the limits are lifted.
   */
  void liftLimits() throws SQLException {
    session.execute(TickSql.LIFT_LIMITS, queue);
  }

  /** What transactions that ended left in the queue. */
  Look look(List<Long> transactions) throws SQLException {
    String ids =
        transactions.stream().map(String::valueOf).collect(Collectors.joining(",", "{", "}"));
    return session.one(look, row -> new Look(row.getBoolean(1), row.getLong(2)), ids);
  }

  /** Has PgQ make a tick; empty when it makes none. */
  Optional<Long> make() throws SQLException {
    return session.first(TickSql.TICKER, row -> row.getObject(1, Long.class), queue);
  }

  /** The ticks after one and before another. */
  Ticks between(long after, long before) throws SQLException {
    return session.one(
        TickSql.TICKS_BETWEEN,
        row -> new Ticks(row.getInt(1), row.getLong(2)),
        queue,
        after,
        before);
  }

  /** Who may be ticking the queue beside this session. */
  String otherTicker() throws SQLException {
    return session.one(TickSql.OTHER_TICKER, row -> row.getString(1));
  }

  /** That the last tick lies in the future, and what to do; empty when it does not. */
  Optional<String> ahead() throws SQLException {
    return session.first(
        TickSql.TICK_AHEAD,
        row ->
            row.getLong(3) < AHEAD_SECONDS
                ? null
                : ahead(row.getString(1), row.getString(2), row.getLong(3)),
        queue);
  }

  private String ahead(String last, String now, long seconds) {
    return ("The last tick of queue \"%s\" lies %d s in the future: it was made at %s, and the"
            + " provider's clock says %s. The clock was set back, and until it has caught up,"
            + " PgQ makes no tick without a new event: no heartbeat, no step of a copy, and an"
            + " event whose transaction ended late waits for the next one. It ends with the"
            + " next event that is written. Wait, or end it now, as the queue's owner: select"
            + " nextval(queue_event_seq::regclass) from pgq.queue where queue_name = %s")
        .formatted(queue, seconds, last, now, Identifiers.literal(queue));
  }
}
