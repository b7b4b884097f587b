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
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The subscriber follows one chain of batches, whatever Kafka delivers and however often. */
class ChainIT {
  private static final TestQueue.Table T = TestQueue.table("public.t", 1, "id bigint", "v text");

  private final TestDatabase database = new TestDatabase();
  private final TestWorker worker = new TestWorker(database.config(), false);
  private final TestQueue queue = new TestQueue(worker);

  @BeforeEach
  void createTable() {
    database.run("CREATE TABLE t (id bigint PRIMARY KEY, v text)");
    database.run("CREATE TABLE log (id bigserial, op text, tid bigint)");
    database.run(
        """
        CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO public.log (op, tid) VALUES (tg_op, coalesce(new.id, old.id)); RETURN NULL; END $$;
        CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON t FOR EACH ROW EXECUTE FUNCTION note();
        ALTER TABLE t ENABLE ALWAYS TRIGGER note""");
    queue.batch(0, 1).begin().copied(T, false).end();
  }

  @AfterEach
  void close() {
    worker.close();
    database.close();
  }

  private void apply() {
    worker.start();
    worker.drain();
  }

  @Test
  void appliesRedeliveredRowsOnce() {
    for (int i = 0; i < 2; i++) {
      queue.batch(1, 2).begin().c(T, 1L, "a").c(T, 2L, "b").end();
    }
    queue.batch(2, 3).begin().c(T, 3L, "c").end();
    apply();
    assertThat(database.rows("SELECT op, tid FROM log ORDER BY id"))
        .containsExactly("INSERT|1", "INSERT|2", "INSERT|3");
  }

  @Test
  void waitsUntilEveryRowIsThere() {
    queue.batch(1, 2).begin().c(T, 1L, "a").end();
    worker.start();
    worker.block(T.topic(), 0);
    worker.drain();
    assertThat(database.value("SELECT tick_id FROM pgq_connect.subscription")).isEqualTo("1");
    assertThat(worker.committed("bank.transaction", 0)).isEqualTo(2);
    worker.unblock();
    worker.drain();
    assertThat(database.value("SELECT tick_id FROM pgq_connect.subscription")).isEqualTo("2");
    assertThat(worker.committed("bank.transaction", 0)).isEqualTo(4);
  }

  @Test
  void discardsAnAttemptThatDied() {
    queue.batch(1, 3).begin().c(T, 1L, "dead").c(T, 2L, "dead");
    queue.attempt = 2;
    queue.batch(1, 2).begin().c(T, 1L, "live").end();
    queue.batch(2, 4).begin().c(T, 5L, "live").end();
    apply();
    assertThat(database.rows("SELECT id, v FROM t ORDER BY id"))
        .containsExactly("1|live", "5|live");
  }

  @Test
  void replacesAnEndedAttemptThatLostARow() {
    queue.batch(1, 2).begin().c(T, 1L, "a").end();
    worker.start();
    worker.drain();
    // END of attempt 1 arrived, its row did not: the producer was not transactional.
    TestWorker lossy = worker;
    lossy.block(T.topic(), 0);
    queue.batch(2, 3).begin().c(T, 2L, "b").end();
    lossy.drain();
    queue.attempt = 2;
    queue.batch(2, 4).begin().c(T, 2L, "b2").c(T, 3L, "c2").end();
    lossy.unblock();
    lossy.drain();
    assertThat(database.rows("SELECT id, v FROM t ORDER BY id"))
        .containsExactly("1|a", "2|b2", "3|c2");
  }

  @Test
  void appliesABatchThatOverlapsThePosition() {
    queue.batch(1, 2).begin().c(T, 1L, "a").end();
    queue.attempt = 2;
    apply();
    queue.batch(1, 3).begin().c(T, 1L, "a").u(T, 1L, "b").c(T, 2L, "c").d(T, 2L, null).end();
    worker.drain();
    assertThat(database.rows("SELECT id, v FROM t ORDER BY id")).containsExactly("1|b");
  }

  @Test
  void stopsAtAGap() {
    queue.batch(1, 2).begin().c(T, 1L, "a").end();
    queue.batch(5, 6).begin().c(T, 2L, "b").end();
    assertThatThrownBy(this::apply)
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("Topic bank.transaction goes on with batch (5, 6] of queue bank")
        .hasMessageContaining("subscription test-sink stands at tick 2")
        .hasMessageContaining("(2, 5] are missing")
        .hasMessageContaining("DELETE /connectors/<name>/offsets")
        .hasMessageContaining("./pgq-connect provider resync <table>")
        .hasMessageContaining(
            "UPDATE pgq_connect.subscription SET tick_id = 5, tick_time = NULL WHERE name = 'test-sink'");
    assertThat(database.rows("SELECT id FROM t")).containsExactly("1");
    database.run(
        "UPDATE pgq_connect.subscription SET tick_id = 5, tick_time = NULL WHERE name = 'test-sink'");
    apply();
    assertThat(database.rows("SELECT id FROM t ORDER BY id")).containsExactly("1", "2");
  }

  @Test
  void goesOnAfterARestartFromWhatTheDatabaseSays() {
    queue.batch(1, 2).begin().c(T, 1L, "a").end();
    apply();
    worker.stop();
    queue.batch(2, 3).begin().c(T, 2L, "b").end();
    apply();
    assertThat(database.rows("SELECT op, tid FROM log ORDER BY id"))
        .containsExactly("INSERT|1", "INSERT|2");
    assertThat(database.value("SELECT offsets FROM pgq_connect.subscription"))
        .isEqualTo("{\"bank.public.t:0\": 2, \"bank.transaction:0\": 6}");
  }

  @Test
  void readsEverythingAgainWhenOffsetsAreReset() {
    queue.batch(1, 2).begin().c(T, 1L, "a").end();
    apply();
    worker.stop();
    Map<TopicPartition, Long> reset = new HashMap<>();
    reset.put(new TopicPartition(T.topic(), 0), null);
    reset.put(new TopicPartition("bank.transaction", 0), 1L);
    assertThat(new PgqSinkConnector().alterOffsets(worker.configs(), reset)).isTrue();
    assertThat(database.value("SELECT offsets, tick_id FROM pgq_connect.subscription"))
        .isEqualTo("{\"bank.transaction:0\": 1}|2");
    apply();
    assertThat(database.rows("SELECT op, tid FROM log ORDER BY id")).containsExactly("INSERT|1");
    assertThat(worker.committed(T.topic(), 0)).isEqualTo(1);
  }

  @Test
  void aRebalanceLosesAndDoublesNothing() {
    queue.batch(1, 2).begin().c(T, 1L, "a").end();
    TestQueue.Batch open = queue.batch(2, 3).begin().c(T, 2L, "b");
    apply();
    worker.rebalance();
    open.c(T, 3L, "c").end();
    worker.drain();
    assertThat(database.rows("SELECT op, tid FROM log ORDER BY id"))
        .containsExactly("INSERT|1", "INSERT|2", "INSERT|3");
  }

  @Test
  void stopsWhenTheProviderIsAnother() {
    queue.batch(1, 2).begin().c(T, 1L, "a").end();
    queue.provider = "other";
    queue.batch(2, 3).begin().c(T, 2L, "b").end();
    assertThatThrownBy(this::apply)
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining(
            "comes from provider other, but subscription test-sink follows provider "
                + TestQueue.PROVIDER)
        .hasMessageContaining(
            "UPDATE pgq_connect.subscription SET provider = 'other', tick_id = 2, tick_time = NULL WHERE name = 'test-sink'")
        .hasMessageContaining("./pgq-connect provider resync <table>");
  }

  @Test
  void stopsWhenTheProviderLostHistory() {
    queue.batch(1, 2).begin().c(T, 1L, "a").end();
    apply();
    queue.attempt = 2;
    queue.batch(1, 2).tickTime("2026-11-23 11:11:11+00").begin().end();
    assertThatThrownBy(worker::drain)
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("Tick 2 of queue bank was made at 2026-11-23 11:11:11+00")
        .hasMessageContaining("The provider lost part of its history")
        .hasMessageContaining(
            "UPDATE pgq_connect.subscription SET tick_time = '2026-11-23 11:11:11+00'");
  }

  @Test
  void aSuccessorEndsItsPredecessorAndTheZombieStops() {
    queue.batch(1, 2).begin().c(T, 1L, "a").end();
    apply();
    String pid = database.value("SELECT backend_pid FROM pgq_connect.subscription");
    try (TestWorker successor = new TestWorker(database.config(), false)) {
      successor.append("bank.transaction", 0, null, null);
      successor.start();
      assertThat(database.value("SELECT backend_pid FROM pgq_connect.subscription"))
          .isNotEqualTo(pid);
      assertThat(database.value("SELECT count(*) FROM pg_stat_activity WHERE pid = " + pid))
          .isEqualTo("0");
    }
  }

  @Test
  void twoSubscriptionsOfOneDatabaseMayNotBeOfTwoQueues() {
    apply();
    worker.stop();
    worker.configs().put("topic.prefix", "other");
    worker.configs().put("topics.regex", "other\\..*");
    assertThatThrownBy(worker::start)
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining(
            "Subscription test-sink follows topic prefix bank, but this connector's topic.prefix is other")
        .hasMessageContaining("give the connector another subscription.name");
  }
}
