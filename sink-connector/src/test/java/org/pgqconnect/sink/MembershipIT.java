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
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A table that is not what the subscription left waits for a copy, and is never ok before. */
class MembershipIT {
  private static final TestQueue.Table T = TestQueue.table("public.t", 1, "id bigint", "v text");
  private static final TestQueue.Table U = TestQueue.table("public.u", 1, "id bigint", "v text");

  private final TestDatabase database = new TestDatabase();
  private final Map<String, String> config = new HashMap<>(database.config());
  private final TestWorker worker = new TestWorker(config, false);
  private final TestQueue queue = new TestQueue(worker);

  @BeforeEach
  void copyTables() {
    database.run("CREATE TABLE t (id bigint PRIMARY KEY, v text)");
    database.run("CREATE TABLE u (id bigint PRIMARY KEY, v text)");
    TestQueue.Batch first = queue.batch(1, 2).begin().r(T, 1L, "t").r(U, 1L, "u");
    first.copied(T, true).copied(U, true).end();
    worker.start();
    worker.drain();
  }

  @AfterEach
  void close() {
    worker.close();
    database.close();
  }

  private List<String> states() {
    return database.rows(
        "SELECT table_name, state FROM pgq_connect.subscribed_table ORDER BY table_name");
  }

  private String note() {
    return database.value("SELECT note FROM pgq_connect.subscribed_table WHERE table_name = 't'");
  }

  private void resyncT(long prev) {
    queue.batch(prev, prev + 1).begin().r(T, 1L, "copied").copy(T, 9, true, true, true).end();
    worker.drain();
  }

  @Test
  void aTableThatWasLeftOutIsNotOkWhenItIsBack() {
    config.put("table.include.list", "public\\.u");
    queue.batch(2, 3).begin().u(U, 1L, "u2").end();
    worker.start();
    worker.drain();
    assertThat(states()).containsExactly("t|ok", "u|ok");
    queue.batch(3, 4).begin().u(T, 1L, "missed").end();
    worker.drain();
    assertThat(states()).containsExactly("t|expecting-copy", "u|ok");
    assertThat(note())
        .contains("leave public.t out, and changes of it were passed over since tick 3")
        .contains("./pgq-connect provider resync --prefix bank public.t");
    config.remove("table.include.list");
    queue.batch(4, 5).begin().u(T, 1L, "skipped").u(U, 1L, "u3").end();
    worker.start();
    worker.drain();
    assertThat(states()).containsExactly("t|expecting-copy", "u|ok");
    resyncT(5);
    assertThat(states()).containsExactly("t|ok", "u|ok");
    assertThat(database.rows("SELECT * FROM t")).containsExactly("1|copied");
  }

  @Test
  void aTableIsLeftOutOfALargeBatch() {
    config.put("table.include.list", "public\\.u");
    config.put("buffer.max.rows", "1000");
    TestQueue.Batch large = queue.batch(2, 3).begin().u(T, 1L, "missed");
    for (long i = 10; i < 3010; i++) {
      large.c(U, i, "x");
    }
    worker.start();
    worker.drain();
    large.end();
    worker.drain();
    assertThat(states()).containsExactly("t|expecting-copy", "u|ok");
    assertThat(database.value("SELECT count(*) FROM u")).isEqualTo("3001");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "false | DROP TABLE t; CREATE TABLE t (id bigint PRIMARY KEY, v text)",
        "true  | DROP TABLE t; CREATE TABLE t (id bigint PRIMARY KEY, v text)",
        "false | ALTER TABLE t RENAME TO old; CREATE TABLE t (LIKE old INCLUDING ALL)",
        "true  | ALTER TABLE t RENAME TO old; CREATE TABLE t (LIKE old INCLUDING ALL)",
        "true  | DROP TABLE t",
      })
  void aTableThatIsNotTheOneThatWasCopiedWaitsForACopy(boolean restart, String what) {
    for (String statement : what.split("; ")) {
      database.run(statement);
    }
    queue.batch(2, 3).begin().u(T, 1L, "t2").u(U, 1L, "u2").end();
    assertThatThrownBy(
            () -> {
              if (restart) {
                worker.start();
              }
              worker.drain();
            })
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("Table public.t on the subscriber is not what subscription")
        .hasMessageContaining("dropped and made anew, restored, or renamed")
        .hasMessageContaining("./pgq-connect provider resync --prefix bank public.t");
    assertThat(states()).containsExactly("t|expecting-copy", "u|ok");
    assertThat(note()).contains("./pgq-connect provider resync --prefix bank public.t");
    worker.start();
    worker.drain();
    assertThat(database.rows("SELECT * FROM u")).containsExactly("1|u2");
    assertThat(states()).containsExactly("t|expecting-copy", "u|ok");
    database.run("CREATE TABLE IF NOT EXISTS t (id bigint PRIMARY KEY, v text)");
    resyncT(3);
    assertThat(states()).containsExactly("t|ok", "u|ok");
    queue.batch(4, 5).begin().u(T, 1L, "after").end();
    worker.start();
    worker.drain();
    assertThat(database.rows("SELECT * FROM t")).containsExactly("1|after");
  }

  @Test
  void aLostTableIsNotTakenForGoodBecauseAMarkIsToldTwice() {
    queue.batch(2, 3).begin().copy(T, 5, false, true, true).end();
    worker.drain();
    assertThat(states()).containsExactly("t|ok", "u|ok");
    database.run("DROP TABLE t");
    database.run("CREATE TABLE t (id bigint PRIMARY KEY, v text)");
    queue.batch(3, 4).begin().u(T, 1L, "x").copy(T, 5, false, true, true).end();
    assertThatThrownBy(worker::drain).hasMessageContaining("is not what subscription");
    worker.start();
    worker.drain();
    assertThat(states()).containsExactly("t|expecting-copy", "u|ok");
    queue.batch(4, 5).begin().u(T, 1L, "held").copy(T, 6, false, true, true).end();
    worker.drain();
    assertThat(states()).containsExactly("t|ok", "u|ok");
    assertThat(database.rows("SELECT * FROM t")).containsExactly("1|held");
  }

  @Test
  void aSecondSubscriptionDoesNotWriteATableThatAnotherOneHolds() {
    Map<String, String> second = new HashMap<>(config);
    second.put("subscription.name", "second");
    try (TestWorker other = new TestWorker(second, false)) {
      TestQueue theirs = new TestQueue(other);
      theirs.batch(1, 2).begin().c(U, 7L, "skipped").end();
      theirs.batch(2, 3).begin().r(T, 1001L, "theirs").copied(T, true).end();
      other.start();
      assertThatThrownBy(other::drain)
          .isInstanceOf(ConnectException.class)
          .hasMessageContaining("Subscription second would write public.t, which subscription")
          .hasMessageContaining("table.include.list")
          .hasMessageContaining("DELETE FROM pgq_connect.subscription WHERE name = '");
      assertThat(database.rows("SELECT * FROM t")).containsExactly("1|t");
      // As the message says, for a subscription whose connector is gone.
      worker.stop();
      database.run("DELETE FROM pgq_connect.subscription WHERE name <> 'second'");
      other.start();
      other.drain();
      assertThat(database.rows("SELECT * FROM t")).containsExactly("1001|theirs");
    }
  }
}
