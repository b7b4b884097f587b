/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.pgqconnect.source.testing.TestDatabase;
import org.pgqconnect.source.testing.TestServer;
import org.pgqconnect.source.testing.TestSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of writers, tickers and consumers against each other, and what is known about it: which
 * events committed, what the tables held at some ticks, and what a consumer found to be wrong. The
 * seed fixes what everybody does, though not when the server lets them.
 */
final class Exactness {
  static final int WRITERS = 6;

  private static final Logger LOG = LoggerFactory.getLogger(Exactness.class);

  private final TestDatabase database;
  private final boolean builtIn;
  private final boolean oldSnapshots;
  private final long seed;
  private final long begin = System.nanoTime();
  private final long duration;
  private final AtomicLong number = new AtomicLong();
  private final Set<String> commitBegun = ConcurrentHashMap.newKeySet();
  private final Set<String> committed = ConcurrentHashMap.newKeySet();
  private final Map<Long, Map<String, Long>> contents = new ConcurrentHashMap<>();
  private final Map<String, Bounds> bounds = new ConcurrentHashMap<>();
  private final List<String> faults = new ArrayList<>();
  private final Map<String, AtomicLong> counts = new ConcurrentSkipListMap<>();
  private volatile boolean writersEnded;
  private volatile boolean tickersEnded;

  /** The ticks that an event lies between, as all consumers together saw it. */
  private record Bounds(long after, long until) {
    Bounds and(Bounds other) {
      return new Bounds(Math.max(after, other.after), Math.min(until, other.until));
    }
  }

  /**
   * @param oldSnapshots whether writers may use REPEATABLE READ and SERIALIZABLE
   */
  Exactness(
      TestServer server, TestDatabase database, boolean oldSnapshots, long seed, long seconds) {
    this.database = database;
    this.builtIn = server != TestServer.PGQ_EXTENSION;
    this.oldSnapshots = oldSnapshots;
    this.seed = seed;
    this.duration = TimeUnit.SECONDS.toNanos(seconds);
  }

  /** Runs everything until the time is over or something is wrong, and lets consumers catch up. */
  void run() throws Exception {
    long start;
    try (TestSession session = database.open()) {
      AccountTables.create(session);
      session.run(
          """
          update pgq.queue set queue_rotation_period = '30 ms', queue_ticker_max_count = 1,
                               queue_ticker_max_lag = '0', queue_ticker_idle_period = '0'\
          """);
      start = Long.parseLong(session.text("select pgq.ticker('q')"));
      contents.put(start, AccountTables.content(session));
      for (ExactnessConsumer.Kind kind : ExactnessConsumer.Kind.values()) {
        session.text("select pgq.register_consumer_at('q', ?, ?)", kind.name(), start);
      }
    }
    ExecutorService pool = Executors.newCachedThreadPool();
    try {
      List<Future<?>> writers = new ArrayList<>();
      List<Future<?>> tickers = new ArrayList<>();
      List<Future<?>> consumers = new ArrayList<>();
      for (ExactnessConsumer.Kind kind : ExactnessConsumer.Kind.values()) {
        consumers.add(pool.submit(guarded(new ExactnessConsumer(this, kind, start))));
      }
      for (int i = 0; i < (builtIn ? 3 : 1); i++) {
        tickers.add(pool.submit(guarded(new ExactnessTicker(this, i))));
      }
      for (int i = 0; i < WRITERS; i++) {
        writers.add(pool.submit(guarded(new ExactnessWriter(this, i))));
      }
      awaitAll(writers);
      writersEnded = true;
      awaitAll(tickers);
      tickersEnded = true;
      awaitAll(consumers);
    } finally {
      pool.shutdownNow();
      pool.awaitTermination(1, TimeUnit.MINUTES);
    }
    bounds.forEach(
        (event, ticks) -> {
          if (ticks.after >= ticks.until) {
            fault("%s is at different ticks for different consumers: %s", event, ticks);
          }
        });
  }

  /** What nobody expected is a fault that ends the run, too. */
  private Callable<Void> guarded(Callable<Void> work) {
    return () -> {
      try {
        return work.call();
      } catch (RuntimeException e) {
        fault("%s failed: %s", work.getClass().getSimpleName(), e.getMessage());
        throw e;
      }
    };
  }

  private static void awaitAll(List<Future<?>> futures)
      throws ExecutionException, InterruptedException {
    for (Future<?> future : futures) {
      try {
        future.get();
      } catch (ExecutionException e) {
        if (!(e.getCause() instanceof RuntimeException)) {
          throw e;
        }
        LOG.error("The run ends early", e.getCause());
      }
    }
  }

  TestDatabase database() {
    return database;
  }

  /** True for our own engine, whose ticker may be called by several sessions at once. */
  boolean builtIn() {
    return builtIn;
  }

  /**
   * PgQ itself does not hold the tick that a consumer is moved back to, so a rotation may remove it
   * before the move is committed. There, one waits for the other.
   */
  void exclusive(Runnable action) {
    if (builtIn) {
      action.run();
      return;
    }
    synchronized (this) {
      action.run();
    }
  }

  boolean oldSnapshots() {
    return oldSnapshots;
  }

  long seed() {
    return seed;
  }

  /** Writers go on. */
  boolean writing() {
    return System.nanoTime() - begin < duration && !isWrong();
  }

  /** Tickers go on: until the last writer has ended. */
  boolean ticking() {
    return !writersEnded;
  }

  /** Consumers go on for as long as they find batches. */
  boolean mayComeMore() {
    return !tickersEnded;
  }

  /**
   * Transactions are kept open for up to a second, sometimes four; then there are some without any,
   * because only then tables can be rotated.
   */
  boolean mayKeepOpen() {
    long tenths = (System.nanoTime() - begin) / 100_000_000 % 100;
    return writing() && (tenths < 60 ? tenths % 15 < 9 : tenths < 95);
  }

  String newEvent() {
    return "e" + number.incrementAndGet();
  }

  void commitBegins(List<String> events) {
    commitBegun.addAll(events);
  }

  void isCommitted(List<String> events) {
    committed.addAll(events);
    count("committed");
  }

  Set<String> committed() {
    return committed;
  }

  /** What the tables hold for the snapshot of a tick, before anybody can see that tick. */
  void contentAt(long tick, Map<String, Long> content) {
    contents.put(tick, content);
  }

  /** Null when it was not looked at. */
  Map<String, Long> contentAt(long tick) {
    return contents.get(tick);
  }

  void delivered(String event, long after, long until) {
    if (!commitBegun.contains(event)) {
      fault("%s was delivered before its commit", event);
    }
    bounds.merge(event, new Bounds(after, until), Bounds::and);
  }

  void count(String what) {
    counts.computeIfAbsent(what, key -> new AtomicLong()).incrementAndGet();
  }

  long counted(String what) {
    return counts.containsKey(what) ? counts.get(what).get() : 0;
  }

  void fault(String message, Object... values) {
    synchronized (faults) {
      if (faults.size() < 20) {
        faults.add(message.formatted(values));
      }
    }
  }

  boolean isWrong() {
    synchronized (faults) {
      return !faults.isEmpty();
    }
  }

  List<String> faults() {
    synchronized (faults) {
      return List.copyOf(faults);
    }
  }

  /** How to repeat this run, and what happened in it. */
  @Override
  public String toString() {
    return "-Dpgqconnect.exactness.seed=%d %s".formatted(seed, counts);
  }
}
