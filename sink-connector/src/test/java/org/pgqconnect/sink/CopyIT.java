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

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.apache.kafka.connect.errors.ConnectException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.pgqconnect.sink.position.SubscriberInstaller;
import org.pgqconnect.sink.position.SubscriptionStatus;

/** A table's way from expecting a copy to being in step. */
class CopyIT {
  private static final TestQueue.Table T = TestQueue.table("public.t", 1, "id bigint", "v text");

  private final TestDatabase database = new TestDatabase();
  private final TestWorker worker = new TestWorker(database.config(), false);
  private final TestQueue queue = new TestQueue(worker);

  @BeforeEach
  void createTable() {
    database.run("CREATE TABLE t (id bigint PRIMARY KEY, v text)");
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

  private String state() {
    return database.value(
        "SELECT state, copy_id, consistent_tick FROM pgq_connect.subscribed_table");
  }

  @Test
  void skipsChangesUntilACopyStarts() throws SQLException {
    queue.batch(1, 2).begin().c(T, 1L, "a").end();
    apply();
    assertThat(database.value("SELECT count(*) FROM t")).isEqualTo("0");
    assertThat(state()).isEqualTo("expecting-copy|0|0");
    try (Connection connection = database.connectAs("postgres")) {
      List<SubscriptionStatus> status = SubscriberInstaller.readStatus(connection);
      assertThat(status).hasSize(1);
      assertThat(status.get(0).tickId()).isEqualTo(2);
      assertThat(status.get(0).connected()).isTrue();
      assertThat(status.get(0).tables().get(0).note())
          .contains("./pgq-connect provider resync --prefix bank public.t");
    }
  }

  @Test
  void doesNotWaitForRowsThatItWouldSkip() {
    queue.batch(1, 2).begin().c(T, 1L, "expired").end();
    queue.batch(2, 3).begin().r(T, 7L, "copy").copied(T, true).end();
    worker.start();
    worker.block(T.topic(), 0);
    worker.drain();
    assertThat(database.value("SELECT tick_id FROM pgq_connect.subscription")).isEqualTo("2");
    worker.unblock();
    worker.drain();
    assertThat(database.rows("SELECT * FROM t")).containsExactly("7|copy");
  }

  @Test
  void rowsOfTheBatchThatMarksATableAreWaitedForAndApplied() {
    database.run("INSERT INTO t VALUES (1, 'same')");
    queue.batch(1, 2).begin().u(T, 1L, "changed").copied(T, false).end();
    queue.batch(2, 3).begin().c(T, 2L, "next").end();
    worker.start();
    worker.block(T.topic(), 0);
    worker.drain();
    assertThat(database.value("SELECT tick_id FROM pgq_connect.subscription")).isEqualTo("null");
    worker.unblock();
    worker.drain();
    assertThat(database.rows("SELECT * FROM t ORDER BY id")).containsExactly("1|changed", "2|next");
    assertThat(state()).isEqualTo("ok|1|2");
  }

  @Test
  void copiesChunkByChunkWhileChangesFlow() {
    database.run("INSERT INTO t VALUES (99, 'stale')");
    queue.batch(1, 2).begin().u(T, 1L, "before").r(T, 1L, "r1").copy(T, 5, true, true, false).end();
    apply();
    assertThat(database.rows("SELECT * FROM t")).containsExactly("1|r1");
    assertThat(state()).isEqualTo("copying|5|0");
    queue
        .batch(2, 3)
        .begin()
        .u(T, 1L, "u1")
        .c(T, 3L, "c3")
        .r(T, 2L, "r2")
        .r(T, 3L, "r3")
        .copy(T, 5, true, false, false)
        .end();
    worker.drain();
    assertThat(database.rows("SELECT * FROM t ORDER BY id"))
        .containsExactly("1|u1", "2|r2", "3|r3");
    TestQueue.Batch last = queue.batch(3, 4).begin().r(T, 4L, "r4");
    last.copy(T, 5, true, false, true).end();
    worker.drain();
    assertThat(state()).isEqualTo("ok|5|4");
    assertThat(database.value("SELECT count(*) FROM t")).isEqualTo("4");
  }

  @Test
  void isCatchingUpUntilTheConsistentTick() {
    queue.batch(1, 2).begin().r(T, 1L, "r1").copyConsistentAt(T, 4).end();
    apply();
    assertThat(state()).isEqualTo("catching-up|1|4");
    queue.batch(2, 3).begin().c(T, 1L, "c1").end();
    worker.drain();
    assertThat(state()).isEqualTo("catching-up|1|4");
    queue.batch(3, 4).begin().end();
    worker.drain();
    assertThat(state()).isEqualTo("ok|1|4");
    assertThat(database.rows("SELECT * FROM t")).containsExactly("1|c1");
  }

  @Test
  void saysHowToGetACopyWhoseBeginningWasMissed() {
    queue.batch(1, 2).begin().r(T, 5L, "r").copy(T, 3, true, false, true).end();
    apply();
    assertThat(state()).isEqualTo("expecting-copy|0|0");
    assertThat(database.value("SELECT count(*) FROM t")).isEqualTo("0");
    assertThat(database.value("SELECT note FROM pgq_connect.subscribed_table"))
        .contains("under way before this subscription began")
        .contains("./pgq-connect provider resync --prefix bank public.t");
  }

  @Test
  void aSecondCopyReplacesTheRows() {
    queue.batch(1, 2).begin().r(T, 1L, "a").r(T, 2L, "b").copied(T, true).end();
    apply();
    queue.batch(2, 3).begin().r(T, 2L, "B").copy(T, 2, true, true, true).end();
    worker.drain();
    assertThat(database.rows("SELECT * FROM t")).containsExactly("2|B");
    assertThat(state()).isEqualTo("ok|2|3");
  }

  @Test
  void saysWhichTableToCreate() {
    TestQueue.Table missing =
        TestQueue.table(
            "Shop.Order Lines", 2, "order bigint", "No integer", "note character varying(20)");
    queue.batch(1, 2).begin().r(missing, 1L, 2, "x").copied(missing, true).end();
    assertThatThrownBy(this::apply)
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining(
            """
            Table Shop.Order Lines is replicated but does not exist on the subscriber. Create it:
            CREATE SCHEMA "Shop";
            CREATE TABLE "Shop"."Order Lines" (""");
  }
}
