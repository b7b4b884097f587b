/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.BatchId;
import org.pgqconnect.sink.store.StatusReport;

class SilenceWatchTest {
  private static final Clock WALL =
      Clock.fixed(Instant.parse("2026-03-01T10:00:00.7Z"), ZoneOffset.UTC);

  private long now = 1_000;

  private SilenceWatch watch(long maxMillis) {
    return new SilenceWatch(() -> now * 1_000_000, WALL, maxMillis, "bank.transaction");
  }

  @Test
  void aSilentSourceIsReportedWithItsTopicAndTheTimeOfItsLastRecordUntilTheNextOne() {
    SilenceWatch silence = watch(60_000);
    silence.heard();
    now += 59_999;
    assertThat(silence.problem()).isEmpty();
    now += 1;
    Optional<String> problem = silence.problem();
    assertThat(problem)
        .hasValueSatisfying(
            text ->
                assertThat(text)
                    .startsWith(
                        "a record of topic bank.transaction: the last came at 2026-03-01T10:00:00Z."
                            + " ")
                    .contains(
                        "was deleted",
                        "under another topic.prefix",
                        "this sink connector is paused")
                    .contains("./pgq-connect status --connect http://localhost:8083. ")
                    .contains("raise source.silence.max.ms of the sink"));
    now += 60_000;
    assertThat(silence.problem()).as("the same for as long as it lasts").isEqualTo(problem);
    assertThat(silence.millis()).isEqualTo(120_000);
    silence.heard();
    assertThat(silence.problem()).isEmpty();
  }

  @Test
  void aSourceThatWasDeletedBeforeTheTaskStartedIsReported() {
    SilenceWatch silence = watch(60_000);
    now += 60_000;
    assertThat(silence.problem())
        .hasValueSatisfying(
            text -> assertThat(text).contains("none has come since the task started"));
  }

  @Test
  void aSinkThatWasBusyOrIsNotToReportItIsNotSilent() {
    SilenceWatch silence = watch(60_000);
    now += 3_600_000;
    silence.begin();
    assertThat(silence.problem()).isEmpty();
    SilenceWatch off = watch(0);
    now += 3_600_000;
    assertThat(off.isOn()).isFalse();
    assertThat(off.problem()).isEmpty();
  }

  @Test
  void theSinkWaitsForTheSameThoughMoreBatchesAreRefusedEachTime() {
    WaitWatch wait = new WaitWatch(() -> now * 1_000_000);
    BatchId batch = new BatchId(7, 1);
    for (int refused = 1; refused < 30; refused++) {
      now += 1_000;
      wait.note(
          new Summary.Waiting(
              batch, "later ones", "bank.transaction", "batches (7, %d]".formatted(refused)));
      Optional<StatusReport> report = wait.report(Map.of());
      if (refused > 10) {
        assertThat(report.orElseThrow().waitingFor())
            .isEqualTo(
                "later ones (batches (7, %d]), from topic bank.transaction".formatted(refused));
        assertThat(report.orElseThrow().waitedMillis()).isEqualTo((refused - 1) * 1_000);
      }
    }
    wait.note(new Summary.Waiting(batch, "rows", "bank.public.t", ""));
    assertThat(wait.waitedMillis()).isZero();
  }

  @Test
  void whatCouldNotBeStoredIsStoredLaterAndSilenceCountsFromItsBeginning() {
    WaitWatch wait = new WaitWatch(() -> now * 1_000_000);
    assertThat(wait.report(Map.of())).isPresent();
    assertThat(wait.report(Map.of())).isEmpty();
    wait.note(Summary.Waiting.FOR_NOTHING);
    wait.noteSilence("a record", 60_000);
    assertThat(wait.report(Map.of()))
        .hasValueSatisfying(
            report -> {
              assertThat(report.waitingFor()).isEqualTo("a record");
              assertThat(report.waitedMillis()).isEqualTo(60_000);
            });
    wait.notStored();
    assertThat(wait.report(Map.of())).isPresent();
    assertThat(wait.report(Map.of())).isEmpty();
    wait.note(Summary.Waiting.FOR_NOTHING);
    assertThat(wait.report(Map.of()))
        .hasValueSatisfying(report -> assertThat(report.waitingFor()).isNull());
  }
}
