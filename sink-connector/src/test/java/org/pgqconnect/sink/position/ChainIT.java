/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.position;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.pgqconnect.failure.Printed.statement;

import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.errors.ConnectException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.BatchBegin;
import org.pgqconnect.batch.BatchBounds;
import org.pgqconnect.batch.BatchId;
import org.pgqconnect.sink.PgqSinkConnector;
import org.pgqconnect.sink.testing.TestDatabase;
import org.pgqconnect.sink.testing.TestQueue;
import org.pgqconnect.sink.testing.TestWorker;
import org.pgqconnect.wire.BoundarySchema;

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
        ALTER TABLE t ENABLE ALWAYS TRIGGER note\
        """);
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
    assertThat(worker.committed("bank.transaction", 0)).isEqualTo(3);
    worker.unblock();
    worker.drain();
    assertThat(database.value("SELECT tick_id FROM pgq_connect.subscription")).isEqualTo("2");
    assertThat(worker.committed("bank.transaction", 0)).isEqualTo(6);
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
        .hasMessageContaining("Topic bank.transaction continues with batch (5, 6] of queue bank")
        .hasMessageContaining("subscription test-sink is at tick 2")
        .hasMessageContaining("(2, 5] are missing")
        .hasMessageContaining("DELETE /connectors/test-sink/offsets")
        .hasMessageContaining("./pgq-connect provider resync --prefix bank --all")
        .hasMessageContaining(
            "UPDATE pgq_connect.subscription SET tick_id = 5, tick_time = NULL WHERE name ="
                + " 'test-sink'");
    assertThat(database.rows("SELECT id FROM t")).containsExactly("1");
    database.run(
        "UPDATE pgq_connect.subscription SET tick_id = 5, tick_time = NULL WHERE name ="
            + " 'test-sink'");
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
        .isEqualTo("{\"bank.public.t:0\": 2, \"bank.transaction:0\": 9}");
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

  /** Runs the SQL that the message holds, as an operator would. */
  private void runRemedy(String message) {
    int from = message.indexOf("UPDATE pgq_connect.subscription");
    database.run(message.substring(from, message.indexOf("; then restart", from)));
  }

  private static String failure(ThrowingCallable work) {
    Throwable failure = catchThrowable(work);
    assertThat(failure).isInstanceOf(ConnectException.class);
    return failure.getMessage();
  }

  @Test
  void stopsWhenTheProviderIsAnother() {
    queue.batch(1, 2).begin().c(T, 1L, "a").end();
    queue.provider = "other";
    queue.attempt = 2;
    queue.batch(2, 3).begin().c(T, 2L, "b").end();
    worker.maxPollRecords = 1;
    String message = failure(this::apply);
    assertThat(message)
        .contains("of provider other, but subscription test-sink follows queue bank")
        .contains("of provider " + TestQueue.PROVIDER)
        .contains("The provider was installed anew, or the source connector reads another database")
        .contains("./pgq-connect provider resync --prefix bank --all");
    runRemedy(message);
    // Another copy of everything, as the last command of the message asks for.
    queue.batch(3, 4).begin().r(T, 2L, "b").copy(T, 7, true, true, true).end();
    apply();
    assertThat(database.rows("SELECT id, v FROM t")).contains("2|b");
    assertThat(database.value("SELECT provider, tick_id FROM pgq_connect.subscription"))
        .isEqualTo("other|4");
  }

  @Test
  void stopsWhenTheQueueWasDroppedAndMadeAnewThoughItsTicksAreBelowThePosition() {
    queue.batch(1, 261).begin().c(T, 1L, "a").end();
    apply();
    queue.attempt = 2;
    queue.queueIdentity = "22222222-0000-4000-8000-000000000002";
    queue.batch(1, 2).begin().c(T, 2L, "b").end();
    String message = failure(worker::drain);
    assertThat(message)
        .contains("is at its tick 261. The queue was dropped and made anew")
        .contains("changes since tick 261 may be lost")
        .contains("offsets = offsets || '{\"bank.transaction:0\": 6}'");
    assertThat(database.rows("SELECT id, v FROM t")).containsExactly("1|a");
    runRemedy(message);
    queue.batch(2, 3).begin().r(T, 2L, "b").r(T, 3L, "c").copy(T, 7, true, true, true).end();
    apply();
    assertThat(database.rows("SELECT id, v FROM t ORDER BY id")).contains("2|b", "3|c");
    assertThat(
            database.value(
                "SELECT tick_id, state FROM pgq_connect.subscription,"
                    + " pgq_connect.subscribed_table"))
        .isEqualTo("3|ok");
    // What the topics hold of the history before is no reason to stop again.
    worker.stop();
    new PgqSinkConnector().alterOffsets(worker.configs(), Map.of());
    apply();
    assertThat(database.value("SELECT tick_id FROM pgq_connect.subscription")).isEqualTo("3");
  }

  @Test
  void aLowerTickThatWasMadeLaterThanThePositionIsOfALostHistory() {
    queue.batch(1, 5).begin().c(T, 1L, "a").end();
    apply();
    queue.attempt = 2;
    queue.batch(1, 3).tickTime("2996-11-23 12:00:00+00").begin().c(T, 2L, "b").end();
    assertThat(failure(worker::drain))
        .contains("Tick 3 of queue bank was made at 2996-11-23 12:00:00+00")
        .contains("applied a tick 5 made at 2996-11-23 10:00:00.000005+00")
        .contains("The provider lost part of its history");
  }

  @Test
  void rowsOfAnotherPrefixAreNotAppliedWhateverTheirTopicsNames() {
    TestQueue.Table branch = T.publishedBy("bank.eu", "bank");
    queue.batch(1, 2).begin().c(T, 1L, "a").end();
    apply();
    // The same tick, attempt and place in the batch, in a topic that the pattern matches.
    TestQueue.Batch own = queue.batch(2, 3).begin();
    own.c(branch.in("bank.eu.public.t"), 2L, "not ours");
    worker.append("bank.eu.transaction", 0, BoundarySchema.VALUE, boundaryOfBranch());
    own.uncount(branch).c(T, 3L, "c").end();
    worker.rebalance();
    worker.drain();
    assertThat(database.rows("SELECT id, v FROM t ORDER BY id")).containsExactly("1|a", "3|c");
  }

  @Test
  void rowsOfAnotherQueueUnderThePrefixAreNotApplied() {
    TestQueue.Batch first = queue.batch(1, 2);
    TestQueue.Table other = T.publishedBy("bank", "other");
    first.c(other, 9L, "not ours").uncount(other);
    first.begin().c(T, 1L, "a").end();
    apply();
    queue.batch(2, 3).begin().c(other, 2L, "not ours").uncount(other).c(T, 3L, "c").end();
    worker.drain();
    assertThat(database.rows("SELECT id, v FROM t ORDER BY id")).containsExactly("1|a", "3|c");
  }

  private static Struct boundaryOfBranch() {
    return BoundarySchema.value(
        new BatchBegin(new BatchId(3, 1), new BatchBounds(2, 3), "bank", "p", "i"), 0);
  }

  @Test
  void rowsThatASourcesTransformSentToAnotherTopicStopTheSinkThatNamesItsTopics() {
    worker.configs().remove("topics.regex");
    worker.configs().put("topics", "bank.transaction,bank.all_tables");
    queue.batch(1, 2).begin().c(T.in("bank.all_tables"), 1L, "a").end();
    assertThat(failure(this::apply))
        .contains("Topic bank.all_tables holds rows of table public.t")
        .contains("the topic of that name, bank.public.t, is not among those that topics names")
        .contains("Use topics.regex with a pattern that matches both names")
        .contains("./pgq-connect provider resync --prefix bank public.t");
  }

  @Test
  void aTableThatTheIncludeListNamesButNoTopicBringsStopsTheSink() {
    worker.configs().remove("topics.regex");
    worker.configs().put("topics", "bank.transaction");
    worker.configs().put("table.include.list", "public\\.t");
    queue.batch(1, 2).begin().c(T, 1L, "a").end();
    worker.block(T.topic(), 0); // Connect would not assign it.
    assertThat(failure(this::apply))
        .contains("Batch (1, 2] holds 1 rows of table public.t, but its topic bank.public.t is not")
        .contains("Add the topic to topics")
        .contains("table.include.list names the table");
  }

  @Test
  void goesOnWhenTheTopicsWereDeletedAndMadeAnew() {
    queue.batch(1, 2).begin().c(T, 1L, "a").end();
    queue.batch(2, 3).begin().c(T, 2L, "b").end();
    apply();
    worker.stop();
    worker.deleteTopics();
    queue.attempt = 2;
    queue.batch(3, 4).begin().c(T, 3L, "c").end();
    apply();
    assertThat(database.rows("SELECT id, v FROM t ORDER BY id"))
        .containsExactly("1|a", "2|b", "3|c");
    assertThat(database.value("SELECT offsets FROM pgq_connect.subscription"))
        .isEqualTo("{\"bank.public.t:0\": 1, \"bank.transaction:0\": 3}");
    queue.batch(4, 5).begin().c(T, 4L, "d").end();
    worker.drain();
    worker.deleteTopics();
    queue.batch(5, 6).begin().c(T, 5L, "e").end();
    worker.drain();
    assertThat(database.value("SELECT tick_id FROM pgq_connect.subscription")).isEqualTo("6");
    assertThat(database.value("SELECT count(*) FROM t")).isEqualTo("5");
  }

  @Test
  void stopsWhenTopicsThatWereMadeAnewLackBatches() {
    queue.batch(1, 2).begin().c(T, 1L, "a").end();
    queue.batch(2, 3).begin().c(T, 2L, "b").end();
    apply();
    worker.stop();
    worker.deleteTopics();
    queue.batch(4, 5).begin().c(T, 3L, "c").end();
    assertThat(failure(this::apply))
        .contains("Topic bank.transaction continues with batch (4, 5]")
        .contains("the batches (3, 4] are missing");
  }

  @Test
  void aResetForgetsEveryOffsetThoughKafkaKnowsNone() {
    queue.batch(1, 2).begin().c(T, 1L, "a").end();
    apply();
    worker.stop();
    assertThat(new PgqSinkConnector().alterOffsets(worker.configs(), Map.of())).isTrue();
    assertThat(database.value("SELECT offsets, tick_id FROM pgq_connect.subscription"))
        .isEqualTo("{}|2");
  }

  @Test
  void stopsWhenTheProviderLostHistory() {
    queue.batch(1, 2).begin().c(T, 1L, "a").end();
    apply();
    queue.attempt = 2;
    queue.batch(1, 2).tickTime("2996-11-23 11:11:11+00").begin().end();
    assertThatThrownBy(worker::drain)
        .isInstanceOf(ConnectException.class)
        .hasMessageContaining("Tick 2 of queue bank was made at 2996-11-23 11:11:11+00")
        .hasMessageContaining("The provider lost part of its history")
        .satisfies(e -> goOn(e.getMessage()));
    assertThat(database.value("SELECT tick_time FROM pgq_connect.subscription"))
        .isEqualTo("2996-11-23 11:11:11+00");
  }

  @Test
  void appliesABatchThatOverlapsThePositionWhenItNamesTheTickThatWasApplied() {
    queue.batch(1, 5).begin().c(T, 1L, "a").end();
    apply();
    queue.attempt = 2;
    TestQueue.Batch batch = queue.batch(1, 9).begin().c(T, 1L, "a").u(T, 1L, "b").c(T, 2L, "c");
    batch.startTick(1, null).startTick(5, null).startTick(8, null).end();
    worker.drain();
    assertThat(database.rows("SELECT id, v FROM t ORDER BY id")).containsExactly("1|b", "2|c");
  }

  @Test
  void stopsAtABatchOfAnotherHistoryThatOverlapsThePosition() {
    queue.batch(1, 5).begin().c(T, 1L, "lost").end();
    apply();
    queue.attempt = 2;
    String time = "2026-11-23 11:11:11+00";
    queue.batch(1, 9).begin().c(T, 2L, "b").startTick(1, null).startTick(5, time).end();
    // Applied in the same transaction, were it not for the batch before.
    queue.batch(9, 10).begin().c(T, 3L, "c").end();
    String message = failure(worker::drain);
    assertThat(message)
        .contains("Tick 5 of queue bank, from which batch (1, 9] leads on, was made at " + time)
        .contains("applied a tick 5 made at 2996-11-23 10:00:00.000005+00")
        .contains("The provider lost part of its history")
        .contains("./pgq-connect provider resync --prefix bank --all");
    assertThat(database.rows("SELECT id, v FROM t")).containsExactly("1|lost");
    goOn(message);
    assertThat(database.rows("SELECT id, v FROM t ORDER BY id"))
        .containsExactly("1|lost", "2|b", "3|c");
    assertThat(database.value("SELECT tick_id FROM pgq_connect.subscription")).isEqualTo("10");
  }

  private void goOn(String message) {
    int from = message.indexOf("UPDATE pgq_connect.subscription");
    database.run(message.substring(from, message.indexOf("; and restart", from)));
    apply();
  }

  @Test
  void aBatchThatLeadsOnFromTheSameIdButAnotherTickIsOfAnotherHistory() {
    queue.batch(1, 5).begin().c(T, 1L, "lost").end();
    apply();
    queue.attempt = 2;
    String time = "2026-11-23 11:11:11+00";
    queue.batch(5, 6).begin().c(T, 2L, "b").startTick(5, time).end();
    String message = failure(worker::drain);
    assertThat(message).contains("Tick 5 of queue bank, from which batch (5, 6] leads on");
    goOn(message);
    assertThat(database.rows("SELECT id, v FROM t ORDER BY id")).containsExactly("1|lost", "2|b");
  }

  @Test
  void aBatchOfAnotherHistoryStopsTheSinkAfterTheOneThatItOverlaps() {
    worker.start();
    worker.drain();
    queue.batch(1, 5).begin().c(T, 1L, "a").end();
    queue.batch(2, 9).begin().c(T, 2L, "b").startTick(2, null).startTick(6, null).end();
    assertThat(failure(worker::drain)).contains("Batch (2, 9] of queue bank has no tick 5");
    assertThat(database.rows("SELECT id FROM t WHERE id = 2")).isEmpty();
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
            "Subscription test-sink follows topic prefix bank, but this connector's topic.prefix is"
                + " other")
        .hasMessageContaining("give the connector another subscription.name")
        .satisfies(
            e -> database.run(statement(e.getMessage(), "remove the old one: (DELETE .*?;)")));
    worker.start();
    assertThat(database.value("SELECT topic_prefix FROM pgq_connect.subscription"))
        .isEqualTo("other");
  }
}
