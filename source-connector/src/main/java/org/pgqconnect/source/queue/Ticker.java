/*
 * Copyright pgq-connect contributors
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *     http://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */
package org.pgqconnect.source.queue;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.connect.errors.ConnectException;
import org.pgqconnect.postgres.Identifiers;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the ticks of one queue: one as soon as a transaction that wrote an event has ended, and one
 * a heartbeat. Runs PgQ's maintenance as well. Costs the writers nothing: it looks at snapshots, no
 * NOTIFY is sent.
 *
 * <p>Runs on a thread of its own, so that a reader that is busy with a long batch does not make the
 * next one longer. Stands by while another session holds the queue's ticker lock.
 */
public final class Ticker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Ticker.class);

  private static final long RETRY_MILLIS = 1000;

  private final Opener opener;
  private final Settings settings;
  private final TickSignal signal;
  private final TickPace pace = new TickPace();
  private final Thread thread;

  private volatile boolean stopping;
  private volatile Connection connection;

  /** Opens a session on the provider. */
  @FunctionalInterface
  public interface Opener {
    Connection open() throws SQLException;
  }

  /**
   * How to tick.
   *
   * @param embedded true to make ticks, false only to watch for those that something else makes
   * @param heartbeat the longest time between two ticks
   * @param maintenance the time between two runs of PgQ's maintenance
   */
  public record Settings(String queue, boolean embedded, Duration heartbeat, Duration maintenance) {
    public Settings {
      requireNonNull(queue, "queue");
      requireNonNull(heartbeat, "heartbeat");
      requireNonNull(maintenance, "maintenance");
    }
  }

  public Ticker(Opener opener, Settings settings, TickSignal signal) {
    this.opener = requireNonNull(opener, "opener");
    this.settings = requireNonNull(settings, "settings");
    this.signal = requireNonNull(signal, "signal");
    this.thread = new Thread(this::run, "pgq-ticker-" + settings.queue());
    this.thread.setDaemon(true);
  }

  /** Starts ticking. */
  public void start() {
    thread.start();
  }

  private void run() {
    try {
      while (!stopping) {
        session();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void session() throws InterruptedException {
    Connection opened = null;
    try {
      opened = opener.open();
      connection = opened;
      work(opened);
    } catch (SQLException | RuntimeException e) {
      if (!stopping) {
        signal.failed(e);
        signal.rest(RETRY_MILLIS);
      }
    } finally {
      close(opened);
    }
  }

  private void close(Connection opened) {
    try {
      if (opened != null) {
        opened.close();
      }
    } catch (SQLException e) {
      LOG.debug("The ticker's session did not end cleanly [queue={}]", settings.queue(), e);
    }
  }

  private void work(Connection opened) throws SQLException, InterruptedException {
    if (!settings.embedded()) {
      watch(opened);
      return;
    }
    Optional<String> holder = AdvisoryLock.tryTake(opened, "ticker", settings.queue());
    if (holder.isEmpty()) {
      LOG.info("Ticking queue [queue={}, heartbeat={}]", settings.queue(), settings.heartbeat());
      new Session(opened).tick();
    } else {
      LOG.info(
          "Queue is ticked by another session [queue={}, by={}]", settings.queue(), holder.get());
      watch(opened);
    }
  }

  /** Looks for ticks that something else makes; returns now and then to try for the lock again. */
  private void watch(Connection opened) throws SQLException, InterruptedException {
    Queue queue = new Queue(opened, settings.queue(), "");
    long until = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (!stopping && (System.nanoTime() < until || !settings.embedded())) {
      Optional<Tick> last = queue.lastTick();
      if (last.isPresent() && signal.ticked(last.get().id())) {
        pace.ticked();
      } else {
        pace.idle();
      }
      signal.rest(pace.rest(signal.readerBusy()));
    }
  }

  /** Stops ticking and ends the session. */
  @Override
  public void close() {
    stopping = true;
    signal.wake();
    try {
      thread.join(2000);
      Connection open = connection;
      if (thread.isAlive() && open != null) {
        open.abort(Runnable::run);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (SQLException e) {
      LOG.debug("The ticker's session did not end cleanly [queue={}]", settings.queue(), e);
    }
  }

  /** What is known while one session holds the ticker lock. */
  private final class Session {
    private final Connection connection;
    private final String hasEvents;
    private EndedTransactions ended;
    private long lastTickNanos = System.nanoTime();
    private long lastMaintenanceNanos = System.nanoTime();

    Session(Connection connection) throws SQLException {
      this.connection = connection;
      this.hasEvents = prepareSession();
    }

    private String prepareSession() throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute(QueueSql.TICKER_SESSION);
      }
      try (PreparedStatement statement = connection.prepareStatement(QueueSql.QUEUE)) {
        statement.setString(1, settings.queue());
        try (ResultSet rows = statement.executeQuery()) {
          if (!rows.next()) {
            throw QueueMissing.error(settings.queue());
          }
          if (rows.getBoolean(2)) {
            throw new ConnectException(
                ("Queue \"%s\" takes its ticks from outside (queue_external_ticker), so ticker=embedded"
                        + " cannot tick it. Set ticker=external, or: select"
                        + " pgq.set_queue_config('%s', 'external_ticker', 'false')")
                    .formatted(settings.queue(), settings.queue()));
          }
          tickAtEveryCall();
          return QueueSql.HAS_EVENTS.formatted(fullName(rows.getString(1)), rows.getString(4));
        }
      }
    }

    /**
     * PgQ's own limits would put ticks off, and {@code pgq.force_tick} moves the event sequence in
     * a way that is not safe beside writers. So the limits are lifted, once.
     */
    private void tickAtEveryCall() throws SQLException {
      try (PreparedStatement statement = connection.prepareStatement(QueueSql.LIFT_LIMITS)) {
        statement.setString(1, settings.queue());
        statement.execute();
      }
    }

    private String fullName(String prefix) {
      int dot = prefix.indexOf('.');
      return Identifiers.quote(prefix.substring(0, dot))
          + "."
          + Identifiers.quote(prefix.substring(dot + 1));
    }

    void tick() throws SQLException, InterruptedException {
      Optional<Tick> last = new Queue(connection, settings.queue(), "").lastTick();
      if (last.isPresent()) {
        ended = new EndedTransactions(Snapshot.parse(last.get().snapshot()));
        signal.ticked(last.get().id());
      } else {
        ended = new EndedTransactions(Snapshot.parse(snapshot()));
        makeTick();
      }
      while (!stopping) {
        if (due()) {
          makeTick();
          pace.ticked();
        } else {
          pace.idle();
        }
        maintain();
        signal.rest(pace.rest(signal.readerBusy()));
      }
    }

    private boolean due() throws SQLException {
      Optional<List<Long>> candidates = ended.observe(Snapshot.parse(snapshot()));
      return signal.takeRequest()
          || System.nanoTime() - lastTickNanos >= settings.heartbeat().toNanos()
          || candidates.isEmpty()
          || !candidates.get().isEmpty() && wroteEvents(candidates.get());
    }

    private String snapshot() throws SQLException {
      try (PreparedStatement statement = connection.prepareStatement(QueueSql.SNAPSHOT);
          ResultSet rows = statement.executeQuery()) {
        rows.next();
        return rows.getString(1);
      }
    }

    private boolean wroteEvents(List<Long> transactions) throws SQLException {
      StringBuilder ids = new StringBuilder("{");
      for (Long id : transactions) {
        ids.append(ids.length() == 1 ? "" : ",").append(id);
      }
      try (PreparedStatement statement = connection.prepareStatement(hasEvents)) {
        statement.setString(1, ids.append('}').toString());
        try (ResultSet rows = statement.executeQuery()) {
          rows.next();
          return rows.getBoolean(1);
        }
      }
    }

    private void makeTick() throws SQLException {
      Optional<Long> tick = ticker();
      lastTickNanos = System.nanoTime();
      tick.ifPresent(signal::ticked);
    }

    private Optional<Long> ticker() throws SQLException {
      try (PreparedStatement statement = connection.prepareStatement(QueueSql.TICKER)) {
        statement.setString(1, settings.queue());
        try (ResultSet rows = statement.executeQuery()) {
          rows.next();
          long tickId = rows.getLong(1);
          return rows.wasNull() ? Optional.empty() : Optional.of(tickId);
        }
      }
    }

    private void maintain() throws SQLException {
      if (System.nanoTime() - lastMaintenanceNanos < settings.maintenance().toNanos()) {
        return;
      }
      Maintenance.run(connection);
      lastMaintenanceNanos = System.nanoTime();
    }
  }
}
