/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.publish;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.source.TransactionContext;
import org.junit.jupiter.api.Test;
import org.pgqconnect.time.ManualClock;

class KafkaTransactionTest {
  private static final Duration MAX_TIME = Duration.ofSeconds(20);

  /** Notes what the framework is asked for. */
  private static final class Commits implements TransactionContext {
    private final List<SourceRecord> with = new ArrayList<>();
    private int without;

    @Override
    public void commitTransaction() {
      without++;
    }

    @Override
    public void commitTransaction(SourceRecord last) {
      with.add(last);
    }

    @Override
    public void abortTransaction() {
      throw new AssertionError("Nothing is ever aborted");
    }

    @Override
    public void abortTransaction(SourceRecord last) {
      abortTransaction();
    }
  }

  private final ManualClock clock = new ManualClock();
  private final Commits commits = new Commits();
  private final KafkaTransaction transaction = new KafkaTransaction(commits, 10, MAX_TIME, clock);

  private static List<SourceRecord> records(int count) {
    return IntStream.range(0, count)
        .<SourceRecord>mapToObj(
            i -> new QueueRecord(Map.of(), Map.of(), "t", null, null, null, null, null))
        .toList();
  }

  @Test
  void isCommittedWithTheRecordThatMakesItFull() {
    transaction.batchBegins();
    transaction.add(records(9));
    assertThat(commits.with).isEmpty();
    assertThat(transaction.isOpen()).isTrue();
    List<SourceRecord> more = records(3);
    transaction.add(more);
    assertThat(commits.with).containsExactly(more.get(2));
    assertThat(transaction.isOpen())
        .as("the records of the commit are not those of the next")
        .isFalse();
    transaction.add(records(9));
    assertThat(commits.with).hasSize(1);
  }

  @Test
  void isCommittedWhenItsTextIsLong() {
    transaction.batchBegins();
    transaction.addChars(KafkaTransaction.MAX_CHARS - 1);
    transaction.add(records(1));
    assertThat(commits.with).isEmpty();
    transaction.addChars(1);
    transaction.add(records(1));
    assertThat(commits.with).hasSize(1);
    transaction.add(records(1));
    assertThat(commits.with).as("the text of the one before does not count").hasSize(1);
  }

  @Test
  void isCommittedWhenItIsOpenForLong() {
    transaction.batchBegins();
    transaction.add(records(1));
    clock.advance(MAX_TIME.minusNanos(1));
    transaction.add(records(1));
    assertThat(commits.with).isEmpty();
    clock.advance(Duration.ofNanos(1));
    transaction.add(records(1));
    assertThat(commits.with).hasSize(1);
    clock.advance(MAX_TIME.minusNanos(1));
    transaction.add(records(1));
    assertThat(commits.with).as("the time of the one before does not count").hasSize(1);
  }

  @Test
  void aLongStretchWithoutRecordsIsCommittedWithoutOne() {
    transaction.batchBegins();
    transaction.add(records(1));
    clock.advance(MAX_TIME);
    transaction.add(List.of());
    assertThat(commits.without).isEqualTo(1);
    assertThat(commits.with).isEmpty();
    clock.advance(MAX_TIME);
    transaction.add(List.of());
    assertThat(commits.without).as("there is nothing to commit").isEqualTo(1);
  }

  @Test
  void itsTimeBeginsWithTheBatchThatBeginsIt() {
    clock.advance(MAX_TIME);
    transaction.batchBegins();
    transaction.add(records(1));
    assertThat(commits.with).isEmpty();
    clock.advance(MAX_TIME);
    transaction.batchBegins();
    transaction.add(records(1));
    assertThat(commits.with).as("it was open").hasSize(1);
  }

  @Test
  void theEndOfABatchEndsIt() {
    transaction.batchBegins();
    transaction.add(records(9));
    SourceRecord end = records(1).get(0);
    transaction.commitWith(List.of(end));
    assertThat(commits.with).containsExactly(end);
    assertThat(transaction.isOpen()).isFalse();
    transaction.add(records(9));
    assertThat(commits.with).hasSize(1);
  }

  @Test
  void isCommittedWithoutARecordWhereNoneIsHandedOver() {
    transaction.batchBegins();
    transaction.add(records(9));
    transaction.commitWith(List.of());
    assertThat(commits.without).isEqualTo(1);
    assertThat(commits.with).isEmpty();
    assertThat(transaction.isOpen()).isFalse();
  }

  @Test
  void withoutTheWorkersSupportThereIsNone() {
    KafkaTransaction none = new KafkaTransaction(null, 10, MAX_TIME, clock);
    assertThat(none.isSupported()).isFalse();
    none.batchBegins();
    none.add(records(100));
    clock.advance(MAX_TIME);
    none.add(List.of());
    none.commitWith(records(1));
    none.commitWith(List.of());
    assertThat(none.isOpen()).isFalse();
  }
}
