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
package org.pgqconnect.sink;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A batch larger than the buffer is written as it arrives, and still in one transaction. */
class StreamingIT {
  private static final TestQueue.Table T = TestQueue.table("public.t", 1, "id bigint", "v text");
  private static final TestQueue.Table S = TestQueue.table("public.s", 1, "id bigint", "v text");

  private final TestDatabase database = new TestDatabase();
  private final TestWorker worker =
      new TestWorker(database.config("buffer.max.rows", "10000"), false);
  private final TestQueue queue = new TestQueue(worker);

  @BeforeEach
  void createTable() {
    database.run("CREATE TABLE t (id bigint PRIMARY KEY, v text)");
    database.run("CREATE TABLE s (id bigint PRIMARY KEY, v text)");
    worker.maxPollRecords = 2000;
  }

  @AfterEach
  void close() {
    worker.close();
    database.close();
  }

  private TestQueue.Batch large(long prev, long tick, int rows, String value) {
    TestQueue.Batch batch = queue.batch(prev, tick).partitions(3).begin();
    for (long i = 0; i < rows; i++) {
      batch.c(T, i, value);
      if (i % 10 == 0) {
        batch.u(T, i / 2, value + "u");
      }
    }
    return batch;
  }

  private void expect(String state) {
    assertThat(database.value("SELECT count(*), min(v), max(v) FROM t")).isEqualTo(state);
  }

  @Test
  void writesALargeBatchInOneTransaction() {
    queue.batch(0, 1).begin().copied(T, false).copied(S, false).end();
    TestQueue.Batch batch = large(1, 2, 270_000, "a");
    worker.start();
    worker.drain();
    expect("0|null|null");
    assertThat(worker.committed("bank.transaction", 0)).isEqualTo(2);
    batch.end();
    queue.batch(2, 3).begin().c(S, 1L, "x").end();
    worker.drain();
    expect("270000|a|au");
    assertThat(database.value("SELECT count(*) FROM s")).isEqualTo("1");
    assertThat(worker.committed("bank.transaction", 0)).isEqualTo(6);
  }

  @Test
  void pausesPartitionsThatRunAheadAndResumesThem() {
    queue.batch(0, 1).begin().copied(T, false).copied(S, false).end();
    TestQueue.Batch first = queue.batch(1, 2).begin();
    for (long i = 0; i < 100; i++) {
      first.c(T, i, "a");
    }
    first.end();
    TestQueue.Batch later = queue.batch(2, 3).begin();
    for (long i = 0; i < 50_000; i++) {
      later.c(S, i, "b");
    }
    later.end();
    worker.start();
    worker.block(T.topic(), 0);
    worker.drain();
    assertThat(worker.maxPaused).isEqualTo(1);
    assertThat(database.value("SELECT count(*) FROM s")).isEqualTo("0");
    worker.unblock();
    worker.drain();
    assertThat(database.value("SELECT count(*) FROM s")).isEqualTo("50000");
    expect("100|a|a");
  }

  @Test
  void aNewAttemptUndoesWhatWasWritten() {
    queue.batch(0, 1).begin().copied(T, false).end();
    large(1, 2, 30_000, "dead");
    worker.start();
    worker.drain();
    queue.attempt = 2;
    large(1, 2, 20_000, "live").end();
    worker.drain();
    expect("20000|live|liveu");
  }

  @Test
  void aLostSessionMeansReadingAgain() {
    queue.batch(0, 1).begin().copied(T, false).end();
    TestQueue.Batch batch = large(1, 2, 30_000, "a");
    worker.start();
    worker.drain();
    database.run("SELECT pg_terminate_backend(backend_pid) FROM pgq_connect.subscription");
    batch.end();
    worker.drain();
    expect("30000|a|au");
    assertThat(worker.lastRetry).isNull();
  }

  @Test
  void aCopyThatStartsInALargeBatchEmptiesTheTable() {
    database.run("INSERT INTO t SELECT i, 'stale' FROM generate_series(1000000, 1000010) i");
    queue.batch(0, 1).begin().end();
    TestQueue.Batch batch = large(1, 2, 30_000, "skipped");
    for (long i = 0; i < 5_000; i++) {
      batch.r(T, i, "copy");
    }
    batch.copied(T, true).end();
    worker.start();
    worker.drain();
    expect("5000|copy|copy");
    assertThat(database.value("SELECT state FROM pgq_connect.subscribed_table")).isEqualTo("ok");
  }

  @Test
  void aTableSaidToHoldItsRowsTakesTheChangesOfALargeBatch() {
    queue.batch(0, 1).begin().end();
    TestQueue.Batch batch = large(1, 2, 30_000, "a");
    batch.copied(T, false).end();
    worker.start();
    worker.drain();
    expect("30000|a|au");
  }
}
