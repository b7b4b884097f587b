/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.watch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.pgqconnect.sink.testing.TestDatabase;
import org.pgqconnect.sink.testing.TestQueue;
import org.pgqconnect.sink.testing.TestWorker;

/** A source that was deleted, or publishes elsewhere, feeds no sink, and nothing fails. */
class SilentSourceIT {
  private static final TestQueue.Table T = TestQueue.table("public.t", 1, "id bigint", "v text");
  private static final String WAITING_FOR = "SELECT waiting_for FROM pgq_connect.subscription";

  private final TestDatabase database = new TestDatabase();
  private final TestWorker worker =
      new TestWorker(database.config("source.silence.max.ms", "1000"), false);
  private final TestQueue queue = new TestQueue(worker);

  @AfterEach
  void close() {
    worker.close();
    database.close();
  }

  /** A provider whose clock is behind that of the one before publishes what nobody applies. */
  @Test
  void batchesOfAHistoryThatWasGivenUpAreSilence() {
    database.run("CREATE TABLE t (id bigint PRIMARY KEY, v text)");
    queue.batch(0, 1).begin().copied(T, false).end();
    worker.start();
    worker.drain();
    queue.provider = "6a0d3a5e-0000-4000-8000-000000000002";
    queue.attempt = 0;
    long patience = System.nanoTime() + 120_000_000_000L;
    for (int tick = 1;
        database.value(WAITING_FOR).equals("null") && System.nanoTime() < patience;
        tick++) {
      queue.batch(tick, tick + 1).begin().end();
      worker.drain();
    }
    assertThat(database.value(WAITING_FOR))
        .contains("(old-history among the records not applied)", "restart the source then");
    assertThat(database.value("SELECT tick_id FROM pgq_connect.subscription")).isEqualTo("1");
  }

  @Test
  void aSinkThatGetsNoBatchesSaysSoUntilTheNextOne() {
    database.run("CREATE TABLE t (id bigint PRIMARY KEY, v text)");
    queue.batch(0, 1).begin().copied(T, false).end();
    worker.start();
    worker.drain();
    long patience = System.nanoTime() + 120_000_000_000L;
    while (database.value(WAITING_FOR).equals("null") && System.nanoTime() < patience) {
      worker.drain();
    }
    assertThat(database.value(WAITING_FOR))
        .startsWith("a record of topic bank.transaction: the last came at 20")
        .contains("publishes under another topic.prefix");
    // A heartbeat is enough.
    queue.batch(1, 2).begin().end();
    worker.drain();
    assertThat(database.value("SELECT tick_id FROM pgq_connect.subscription")).isEqualTo("2");
    // On a slow machine it may be silent again by now.
    for (int tick = 2;
        !database.value(WAITING_FOR).equals("null") && System.nanoTime() < patience;
        tick++) {
      queue.batch(tick, tick + 1).begin().end();
      worker.drain();
    }
    assertThat(database.value(WAITING_FOR)).isEqualTo("null");
  }
}
