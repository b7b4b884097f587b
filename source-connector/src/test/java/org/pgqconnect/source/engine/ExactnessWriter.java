/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import org.pgqconnect.source.testing.TestSession;

/**
 * Writes events and rows in transactions of every kind. It has up to three at once, each in a slot
 * of its own: a short one, one that is kept open, and a prepared one.
 */
final class ExactnessWriter implements Callable<Void> {
  private static final int SHORT = 0;
  private static final int KEPT = 1;
  private static final int PREPARED = 2;

  private final Exactness run;
  private final int nr;
  private final Random random;
  private Optional<Kept> kept = Optional.empty();
  private Optional<Prepared> prepared = Optional.empty();

  /**
   * @param quiet only its snapshot is held, over rotations, too: it writes when it ends
   */
  private record Kept(TestSession session, Events events, long until, boolean quiet) {}

  private record Prepared(String name, List<String> events, long until) {}

  /** The events of an open transaction that are not rolled back. */
  private static final class Events {
    private List<String> names = new ArrayList<>();
  }

  ExactnessWriter(Exactness run, int nr) {
    this.run = run;
    this.nr = nr;
    this.random = new Random(run.seed() * 31 + nr);
  }

  @Override
  public Void call() throws Exception {
    try (TestSession session = run.database().open()) {
      session.run("set lock_timeout = '200 ms'");
      while (run.writing()) {
        shortTransaction(session);
        keepOpen();
        prepare();
        if (random.nextInt(3) == 0) {
          pause(10);
        }
      }
      if (prepared.isPresent()) {
        endPrepared(session);
      }
    } finally {
      if (kept.isPresent()) {
        endKept();
      }
    }
    return null;
  }

  private void shortTransaction(TestSession session) throws Exception {
    Events events = new Events();
    begin(session);
    try {
      if (random.nextInt(8) == 0) {
        // The snapshot, in some transactions the id, too, is older than the first event.
        session.run(random.nextBoolean() ? "select 1" : "select pg_current_xact_id()");
        pause(random.nextInt(6) == 0 ? 600 : 60);
      }
      for (int i = random.nextInt(4); i >= 0; i--) {
        step(session, events, SHORT, 0);
        pause(4);
      }
      end(session, events, "commit");
    } catch (IllegalStateException e) {
      abandon(session, e);
    }
    if (prepared.isPresent() && (System.nanoTime() > prepared.get().until || !run.mayKeepOpen())) {
      endPrepared(session);
    }
  }

  private void keepOpen() throws Exception {
    if (kept.isEmpty()) {
      if (run.mayKeepOpen() && random.nextInt(6) == 0) {
        boolean quiet = run.oldSnapshots() && random.nextInt(3) == 0;
        TestSession session = run.database().open();
        if (quiet) {
          session.run("begin isolation level repeatable read");
        } else {
          begin(session);
        }
        session.run("select 1");
        run.count(quiet ? "kept open without a write" : "kept open");
        long until = System.nanoTime() + (random.nextInt(quiet ? 6_000 : 4_000)) * 1_000_000L;
        kept = Optional.of(new Kept(session, new Events(), until, quiet));
      }
      return;
    }
    Kept open = kept.get();
    try {
      if (!open.quiet && random.nextInt(4) == 0) {
        step(open.session, open.events, KEPT, 0);
      }
      if (System.nanoTime() > open.until || (!open.quiet && !run.mayKeepOpen())) {
        endKept();
      }
    } catch (IllegalStateException e) {
      abandon(open.session, e);
      open.session.close();
      kept = Optional.empty();
    }
  }

  private void endKept() {
    Kept open = kept.get();
    kept = Optional.empty();
    try (TestSession session = open.session) {
      step(session, open.events, KEPT, 0);
      end(session, open.events, "commit");
    } catch (IllegalStateException e) {
      run.count("failed");
    }
  }

  private void prepare() {
    if (prepared.isPresent() || !run.mayKeepOpen() || random.nextInt(10) != 0) {
      return;
    }
    try (TestSession session = run.database().open()) {
      Events events = new Events();
      begin(session);
      try {
        for (int i = random.nextInt(3); i >= 0; i--) {
          step(session, events, PREPARED, 0);
        }
        String name = "p" + run.newEvent();
        session.run("prepare transaction '" + name + "'");
        run.count("prepared");
        prepared =
            Optional.of(
                new Prepared(
                    name, events.names, System.nanoTime() + random.nextInt(4_000) * 1_000_000L));
      } catch (IllegalStateException e) {
        abandon(session, e);
      }
    }
  }

  private void endPrepared(TestSession session) {
    Prepared waiting = prepared.get();
    prepared = Optional.empty();
    Events events = new Events();
    events.names = waiting.events;
    end(session, events, "commit prepared '" + waiting.name + "'");
  }

  private void begin(TestSession session) {
    String level = "read committed";
    if (run.oldSnapshots() && random.nextInt(3) == 0) {
      level = random.nextBoolean() ? "repeatable read" : "serializable";
      run.count(level);
    }
    session.run("begin isolation level " + level);
  }

  private void end(TestSession session, Events events, String commit) {
    if (random.nextInt(5) == 0) {
      session.run(commit.replace("commit", "rollback"));
      run.count("rolled back");
      return;
    }
    run.commitBegins(events.names);
    session.run(commit);
    run.isCommitted(events.names);
  }

  private void abandon(TestSession session, IllegalStateException failure) {
    String state =
        failure.getCause() instanceof java.sql.SQLException sql
            ? String.valueOf(sql.getSQLState())
            : "";
    // Serialization failure, deadlock, lock timeout; 25P02 after one of them.
    if (!List.of("40001", "40P01", "55P03", "25P02").contains(state)) {
      run.fault("writer %d: %s %s", nr, state, failure.getMessage());
    }
    session.run("rollback");
    run.count("failed");
  }

  private void step(TestSession session, Events events, int kind, int depth) {
    switch (random.nextInt(depth < 5 ? 8 : 5)) {
      case 0, 1 -> AccountTables.change(session, random, nr * 3 + kind, kind == SHORT);
      case 2, 3 -> {
        AccountTables.change(session, random, nr * 3 + kind, kind == SHORT);
        insert(session, events);
      }
      case 4 -> insert(session, events);
      case 5 -> manySubtransactions(session, events);
      default -> subtransaction(session, events, kind, depth + 1);
    }
  }

  private void insert(TestSession session, Events events) {
    String event = run.newEvent();
    session.text("select pgq.insert_event('q', 'test', ?)", event);
    events.names.add(event);
  }

  private void subtransaction(TestSession session, Events events, int kind, int depth) {
    List<String> before = List.copyOf(events.names);
    session.run("savepoint s" + depth);
    for (int i = random.nextInt(3); i >= 0; i--) {
      step(session, events, kind, depth);
    }
    if (random.nextInt(3) == 0) {
      session.run("rollback to s" + depth);
      events.names = new ArrayList<>(before);
    } else if (random.nextBoolean()) {
      session.run("release s" + depth);
    }
    insert(session, events);
    run.count("savepoints");
  }

  /** More than the 64 of one transaction that the server keeps in shared memory. */
  private void manySubtransactions(TestSession session, Events events) {
    if (random.nextInt(4) != 0) {
      insert(session, events);
      return;
    }
    String name = run.newEvent();
    session.run(
        """
        do $$ begin
          for i in 1..120 loop
            begin
              perform pgq.insert_event('q', 'test', '%s_' || i);
              if i %% 3 = 0 then raise exception using errcode = 'PGQ01'; end if;
            exception when sqlstate 'PGQ01' then null;
            end;
          end loop;
        end $$\
        """
            .formatted(name));
    for (int i = 1; i <= 120; i++) {
      if (i % 3 != 0) {
        events.names.add(name + "_" + i);
      }
    }
    run.count("overflown");
  }

  private void pause(int most) throws InterruptedException {
    Thread.sleep(random.nextInt(most));
  }
}
