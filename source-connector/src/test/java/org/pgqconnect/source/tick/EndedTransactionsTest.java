/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.tick;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.pgqconnect.source.queue.Snapshot;

class EndedTransactionsTest {
  private static Snapshot snapshot(String text) {
    return Snapshot.parse(text);
  }

  @Test
  void reportsATransactionWhenItEndsAndOnlyThen() {
    EndedTransactions ended = new EndedTransactions(snapshot("10:10:"));
    assertThat(ended.observe(snapshot("10:11:10"))).contains(List.of());
    assertThat(ended.observe(snapshot("10:12:10"))).contains(List.of(11L));
    assertThat(ended.observe(snapshot("12:12:"))).contains(List.of(10L));
    assertThat(ended.observe(snapshot("12:12:"))).contains(List.of());
  }

  @Test
  void reportsTransactionsThatBeganAndEndedBetweenTwoLooks() {
    EndedTransactions ended = new EndedTransactions(snapshot("10:10:"));
    assertThat(ended.observe(snapshot("13:13:"))).contains(List.of(10L, 11L, 12L));
  }

  @Test
  void doesNotListTooMany() {
    EndedTransactions ended = new EndedTransactions(snapshot("10:10:"));
    assertThat(ended.observe(snapshot("90000:90000:"))).isEmpty();
    assertThat(ended.observe(snapshot("90000:90001:90000"))).contains(List.of());
  }

  @Test
  void startsAnewWhenIdsWentBackwards() {
    EndedTransactions ended = new EndedTransactions(snapshot("100:100:"));
    assertThat(ended.observe(snapshot("50:50:"))).isEmpty();
    assertThat(ended.observe(snapshot("51:51:"))).contains(List.of(50L));
  }
}
