/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.tick;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.kafka.connect.errors.ConnectException;
import org.pgqconnect.postgres.Identifiers;
import org.pgqconnect.postgres.SqlState;
import org.pgqconnect.source.history.LostHistory;
import org.pgqconnect.source.queue.AdvisoryLock;
import org.pgqconnect.source.queue.LockHolder;
import org.pgqconnect.source.queue.Queue;
import org.pgqconnect.source.queue.QueueMissing;
import org.pgqconnect.source.queue.QueueSql;
import org.pgqconnect.source.queue.Snapshot;
import org.pgqconnect.source.queue.Tick;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the ticks of one queue: one as soon as a transaction that wrote an event has ended, and one
 * a heartbeat. Costs the writers nothing: it looks at snapshots, no NOTIFY is sent.
 *
 * <p>Runs on a thread of its own, so that a reader that is busy with a long batch does not make the
 * next one longer. Waits while another connector's ticker holds the queue's ticker lock, stands by
 * while something else makes ticks, and waits while ticking is paused.
 */
public final class Ticker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Ticker.class);

  private static final long RETRY_MILLIS = 1000;
  private static final long LOCK_RETRY_NANOS = 2_000_000_000L;
  private static final long PAUSED_MILLIS = 1000;

  /** Less may be a clock that is being adjusted. */
  private static final long AHEAD_SECONDS = 5;

  private static final long REMIND_NANOS = Duration.ofMinutes(10).toNanos();

  private final Opener opener;
  private final Settings settings;
  private final TickSignal signal;
  private final Consumer<String> warnings;
  private final TickPace pace = new TickPace();
  private final ForeignTicks foreign = new ForeignTicks();
  private final Thread thread;

  private String lockHolder = "";
  private long tickToldAhead;
  private volatile TickerRole role = TickerRole.STARTING;
  private volatile long ticksMade;
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
   */
  public record Settings(String queue, boolean embedded, Duration heartbeat) {
    public Settings {
      requireNonNull(queue, "queue");
      requireNonNull(heartbeat, "heartbeat");
    }
  }

  public Ticker(Opener opener, Settings settings, TickSignal signal) {
    this(opener, settings, signal, LOG::warn);
  }

  Ticker(Opener opener, Settings settings, TickSignal signal, Consumer<String> warnings) {
    this.opener = requireNonNull(opener, "opener");
    this.settings = requireNonNull(settings, "settings");
    this.signal = requireNonNull(signal, "signal");
    this.warnings = requireNonNull(warnings, "warnings");
    this.thread = new Thread(this::run, "pgq-ticker-" + settings.queue());
    this.thread.setDaemon(true);
  }

  /** Starts ticking. */
  public void start() {
    thread.start();
  }

  /** What it does at the moment. */
  public TickerRole role() {
    return role;
  }

  /** How many ticks it made. */
  public long ticksMade() {
    return ticksMade;
  }

  private void run() {
    try {
      while (!stopping) {
        session();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Throwable e) {
      // An Error: without a word nothing would be ticked any more while the task seems to run.
      if (!stopping) {
        signal.ended(settings.queue(), e);
      }
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
        signal.takeRequest();
        signal.rest(RETRY_MILLIS);
      }
    } finally {
      role = TickerRole.STARTING;
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
      role = TickerRole.EXTERNAL;
      watch(opened, Long.MAX_VALUE);
    } else if (awaitLock(opened)) {
      role = TickerRole.ACTIVE;
      LOG.info("Ticking queue [queue={}, heartbeat={}]", settings.queue(), settings.heartbeat());
      new Session(opened).run();
    }
  }

  /** Waits for the lock that keeps two connectors from ticking one queue. */
  private boolean awaitLock(Connection opened) throws SQLException, InterruptedException {
    while (!stopping) {
      Optional<String> holder =
          AdvisoryLock.tryTake(opened, "ticker", settings.queue()).map(LockHolder::description);
      if (holder.isEmpty()) {
        lockHolder = "";
        return true;
      }
      role = TickerRole.WAITING;
      if (!holder.get().equals(lockHolder)) {
        lockHolder = holder.get();
        LOG.info(
            "Queue is ticked by another connector [queue={}, by={}]", settings.queue(), lockHolder);
      }
      watch(opened, LOCK_RETRY_NANOS);
    }
    return false;
  }

  /** Looks for ticks that something else makes, for some time. */
  private void watch(Connection opened, long nanos) throws SQLException, InterruptedException {
    Queue queue = new Queue(opened, settings.queue(), "");
    long begin = System.nanoTime();
    while (!stopping && System.nanoTime() - begin < nanos) {
      Optional<Tick> last = queue.lastTick();
      if (last.isPresent() && signal.ticked(last.get().id())) {
        pace.ticked();
      } else {
        pace.idle();
      }
      rest();
    }
  }

  private void rest() throws InterruptedException {
    if (role != TickerRole.ACTIVE) {
      // Nobody is there to answer it, and one that is left would cut every rest short.
      signal.takeRequest();
    }
    long rest = pace.rest(signal.readerBusy());
    signal.rest(role == TickerRole.ACTIVE ? rest : Math.max(rest, TickPace.BUSY_READER_MILLIS));
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

  private static long millis() {
    return System.nanoTime() / 1_000_000;
  }

  /** What is known while one session holds the ticker lock. */
  private final class Session {
    private final Connection connection;
    private final Queue queue;
    private String look;
    private EndedTransactions ended;
    private long lastTick;
    private long lastTickNanos = System.nanoTime();

    Session(Connection connection) throws SQLException {
      this.connection = connection;
      this.queue = new Queue(connection, settings.queue(), "");
      try (Statement statement = connection.createStatement()) {
        statement.execute(QueueSql.TICKER_SESSION);
      }
    }

    void run() throws SQLException, InterruptedException {
      if (isPaused()) {
        awaitUnpaused();
      }
      liftLimits();
      begin();
      while (!stopping) {
        boolean worked = role == TickerRole.STANDING_BY ? watchOther() : tickIfDue();
        if (worked) {
          pace.ticked();
        } else {
          pace.idle();
        }
        rest();
      }
    }

    /** Goes on after the newest tick, whoever made it. */
    private void begin() throws SQLException, InterruptedException {
      Optional<Tick> newest = queue.lastTick();
      String now = queue.snapshot();
      LostHistory.check(settings.queue(), newest, now);
      if (newest.isPresent()) {
        ended = new EndedTransactions(Snapshot.parse(newest.get().snapshot()));
        lastTick = newest.get().id();
        signal.ticked(lastTick);
      } else {
        ended = new EndedTransactions(Snapshot.parse(now));
        makeTick();
      }
    }

    private boolean isPaused() throws SQLException {
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
          look =
              QueueSql.LOOK.formatted(
                  fullName(rows.getString(1)), rows.getString(4), rows.getInt(5));
          return rows.getBoolean(3);
        }
      }
    }

    /**
     * PgQ's own limits would put ticks off, and {@code pgq.force_tick} moves the event sequence in
     * a way that is not safe beside writers. So the limits are lifted.
     */
    private void liftLimits() throws SQLException {
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

    /** Answers true when something happened on the provider, or is about to. */
    private boolean tickIfDue() throws SQLException, InterruptedException {
      boolean due = due();
      if (due && role == TickerRole.ACTIVE) {
        makeTick();
      } else if (!due && heartbeatIsDue()) {
        makeTick();
        return false;
      }
      return due;
    }

    private boolean heartbeatIsDue() {
      return role == TickerRole.ACTIVE
          && System.nanoTime() - lastTickNanos >= settings.heartbeat().toNanos();
    }

    private boolean due() throws SQLException {
      Optional<List<Long>> candidates = ended.observe(Snapshot.parse(queue.snapshot()));
      return signal.takeRequest()
          || candidates.isEmpty()
          || !candidates.get().isEmpty() && wroteEvents(candidates.get());
    }

    /** Looks at what just ended: events ask for a tick; a tick is another ticker's. */
    private boolean wroteEvents(List<Long> transactions) throws SQLException {
      StringBuilder ids = new StringBuilder("{");
      for (Long id : transactions) {
        ids.append(ids.length() == 1 ? "" : ",").append(id);
      }
      try (PreparedStatement statement = connection.prepareStatement(look)) {
        statement.setString(1, ids.append('}').toString());
        try (ResultSet rows = statement.executeQuery()) {
          rows.next();
          if (rows.getLong(2) > lastTick) {
            noteForeign(Long.MAX_VALUE);
          }
          return rows.getBoolean(1);
        }
      }
    }

    private void makeTick() throws SQLException, InterruptedException {
      Optional<Long> made;
      try {
        made = callTicker();
        if (made.isEmpty()) {
          // Somebody gave the queue limits again.
          liftLimits();
          made = callTicker();
        }
      } catch (SQLException e) {
        refused(e);
        return;
      }
      lastTickNanos = System.nanoTime();
      if (made.isEmpty()) {
        tellTickAhead();
        return;
      }
      ticksMade++;
      if (made.get() > lastTick + 1) {
        noteForeign(made.get());
      }
      lastTick = made.get();
      signal.ticked(lastTick);
    }

    /**
     * A tick that is refused without limits: PgQ takes the last tick's age for negative, since the
     * clock was set back. New events are ticked all the same. Told once for each such tick.
     */
    private void tellTickAhead() throws SQLException {
      if (tickToldAhead == lastTick) {
        return;
      }
      try (PreparedStatement statement = connection.prepareStatement(QueueSql.TICK_AHEAD)) {
        statement.setString(1, settings.queue());
        try (ResultSet rows = statement.executeQuery()) {
          if (rows.next() && rows.getLong(3) >= AHEAD_SECONDS) {
            tickToldAhead = lastTick;
            warnings.accept(tickAhead(rows.getString(1), rows.getString(2), rows.getLong(3)));
          }
        }
      }
    }

    private String tickAhead(String last, String now, long seconds) {
      return ("The last tick of queue \"%s\" lies %d s in the future: it was made at %s, and the provider's clock says"
              + " %s. The clock was set back, and until it has caught up, PgQ makes no tick without a new"
              + " event: no heartbeat, no step of a copy, and an event whose transaction ended late waits"
              + " for the next one. It ends with the next event that is written. Wait, or end it now, as"
              + " the queue's owner: select nextval(queue_event_seq::regclass) from pgq.queue where"
              + " queue_name = %s")
          .formatted(settings.queue(), seconds, last, now, Identifiers.literal(settings.queue()));
    }

    private Optional<Long> callTicker() throws SQLException {
      try (PreparedStatement statement = connection.prepareStatement(QueueSql.TICKER)) {
        statement.setString(1, settings.queue());
        try (ResultSet rows = statement.executeQuery()) {
          rows.next();
          long tickId = rows.getLong(1);
          return rows.wasNull() ? Optional.empty() : Optional.of(tickId);
        }
      }
    }

    /** What {@code pgq.ticker} refuses for a reason of the queue's is told, or waited for. */
    private void refused(SQLException failure) throws SQLException, InterruptedException {
      if (SqlState.verdict(failure) == SqlState.Verdict.RETRY) {
        throw failure;
      }
      if (String.valueOf(failure.getMessage()).contains("Invalid PgQ state")) {
        throw LostHistory.error(settings.queue(), failure.getMessage());
      }
      if (!isPaused()) {
        throw failure;
      }
      awaitUnpaused();
      begin();
    }

    private void awaitUnpaused() throws SQLException, InterruptedException {
      role = TickerRole.PAUSED;
      long told = 0;
      do {
        if (told == 0 || System.nanoTime() - told > REMIND_NANOS) {
          told = System.nanoTime();
          LOG.warn(
              "Ticking of queue \"{}\" is paused (queue_ticker_paused): nothing is published until it goes"
                  + " on: select pgq.set_queue_config('{}', 'ticker_paused', 'false')",
              settings.queue(),
              settings.queue());
        }
        signal.takeRequest();
        signal.rest(PAUSED_MILLIS);
      } while (!stopping && isPaused());
      role = TickerRole.ACTIVE;
      LOG.info("Ticking goes on [queue={}]", settings.queue());
    }

    /** Ticks between the last known one and {@code below} that this ticker did not make. */
    private void noteForeign(long below) throws SQLException {
      try (PreparedStatement statement = connection.prepareStatement(QueueSql.TICKS_BETWEEN)) {
        statement.setString(1, settings.queue());
        statement.setLong(2, lastTick);
        statement.setLong(3, below);
        try (ResultSet rows = statement.executeQuery()) {
          rows.next();
          int count = rows.getInt(1);
          if (count == 0) {
            return;
          }
          lastTick = rows.getLong(2);
          signal.ticked(lastTick);
          if (foreign.seen(millis(), count)) {
            role = TickerRole.STANDING_BY;
            LOG.info(
                "Another process ticks the queue: standing by [queue={}, by={}]",
                settings.queue(),
                otherTicker());
          }
        }
      }
    }

    private String otherTicker() throws SQLException {
      try (PreparedStatement statement = connection.prepareStatement(QueueSql.OTHER_TICKER);
          ResultSet rows = statement.executeQuery()) {
        rows.next();
        return rows.getString(1);
      }
    }

    private boolean watchOther() throws SQLException, InterruptedException {
      long before = lastTick;
      noteForeign(Long.MAX_VALUE);
      if (lastTick > before) {
        return true;
      }
      long quiet = foreign.quietMillis();
      if (!foreign.ended(millis())) {
        return false;
      }
      LOG.info(
          "The other ticker has made no tick for {} ms: ticking again [queue={}]",
          quiet,
          settings.queue());
      role = TickerRole.ACTIVE;
      begin();
      makeTick();
      return true;
    }
  }
}
