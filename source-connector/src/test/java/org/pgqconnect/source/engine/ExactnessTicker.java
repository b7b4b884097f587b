/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.engine;

import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import org.pgqconnect.source.testing.TestSession;

/**
 * Ticks and rotates at random moments. At some ticks it looks at the tables with the tick's own
 * snapshot.
 */
final class ExactnessTicker implements Callable<Void> {
  private final Exactness run;
  private final Random random;

  ExactnessTicker(Exactness run, int nr) {
    this.run = run;
    this.random = new Random(run.seed() * 37 + nr);
  }

  @Override
  public Void call() throws Exception {
    try (TestSession session = run.database().open()) {
      while (run.ticking()) {
        if (random.nextInt(8) == 0) {
          tickWithContent(session);
        } else {
          tick(session);
        }
        Thread.sleep(random.nextInt(random.nextInt(20) == 0 ? 200 : 25));
        if (random.nextInt(3) == 0) {
          rotate(session);
        }
      }
      tickWithContent(session);
    }
    return null;
  }

  private void tick(TestSession session) {
    if (run.builtIn() && random.nextInt(4) == 0) {
      session.run("begin isolation level repeatable read");
      try {
        if (random.nextBoolean()) {
          session.run("select 1");
          Thread.sleep(random.nextInt(20));
        }
        session.run("select pgq.ticker('q')");
        session.run("commit");
        run.count("ticks in repeatable read");
      } catch (IllegalStateException e) {
        session.run("rollback");
        run.count("ticks refused");
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      return;
    }
    session.run("select pgq.ticker('q')");
    run.count("ticks");
  }

  /**
   * The tick is refused if another one was made with a younger snapshot than this transaction's.
   */
  private void tickWithContent(TestSession session) {
    session.run("begin isolation level repeatable read");
    try {
      String tick = session.text("select pgq.ticker('q')");
      look(session, Long.parseLong(tick));
      session.run("commit");
      run.count("ticks with content");
    } catch (IllegalStateException e) {
      session.run("rollback"); // or a rotation changed the queue meanwhile
      run.count("ticks refused");
    }
  }

  private void look(TestSession session, long tick) {
    Map<String, Long> content = AccountTables.content(session);
    long total = content.values().stream().mapToLong(Long::longValue).sum();
    if (total != AccountTables.TOTAL) {
      run.fault("the test itself is wrong: the provider's total is %d", total);
    }
    run.contentAt(tick, content);
  }

  private void rotate(TestSession session) {
    String before = session.text("select queue_switch_step1 from pgq.queue");
    run.exclusive(() -> session.run("select pgq.maint_rotate_tables_step1('q')"));
    if (!before.equals(session.text("select queue_switch_step1 from pgq.queue"))) {
      run.count("rotations");
    }
    if (random.nextInt(4) != 0) {
      session.run("select pgq.maint_rotate_tables_step2()");
    }
  }
}
