/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.BatchBounds;
import org.pgqconnect.batch.BatchEnd;
import org.pgqconnect.batch.BatchId;
import org.pgqconnect.batch.Change;
import org.pgqconnect.batch.CopyProgress;
import org.pgqconnect.batch.Operation;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.sink.assemble.BatchAssembler;
import org.pgqconnect.sink.intake.NotApplied;
import org.pgqconnect.sink.offsets.PartitionId;
import org.pgqconnect.sink.watch.LostRows.Finding;
import org.pgqconnect.wire.TopicNames;

class LostRowsTest {
  private static final TableId A = new TableId("public", "a");
  private static final Set<PartitionId> ASSIGNED =
      Set.of(new PartitionId("q.public.a", 0), new PartitionId("q.transaction", 0));

  private final BatchAssembler assembler = new BatchAssembler(t -> true, new NotApplied());
  private long now;
  private boolean removed;
  private final LostRows lostRows =
      new LostRows(new TopicNames("q"), "it's", () -> now * 1_000_000, topic -> removed);

  private boolean readToItsEnd;
  private Set<TableId> filled = Set.of(A);

  private boolean suspects() {
    Finding finding = judge();
    assertThat(finding.passed()).isEmpty();
    return finding.askAgain();
  }

  private Finding judge() {
    return lostRows.judge(assembler.awaited(filled), ASSIGNED, readToItsEnd ? Set.of(A) : Set.of());
  }

  private void row(long offset, long tick) {
    assembler.row(
        new PartitionId("q.public.a", 0),
        offset,
        new Change(new BatchId(tick, 1), A, Operation.TRUNCATE, 1, 1, 1, null, null));
  }

  @Test
  void stopsAfterAWhileAndSaysWhatToDo() {
    row(0, 5);
    endOfThreeRows();
    assertThat(suspects()).isFalse();
    row(1, 6);
    assertThat(suspects()).isTrue();
    now = LostRows.GRACE_MILLIS - 1;
    assertThat(suspects()).isTrue();
    now = LostRows.GRACE_MILLIS;
    assertThatThrownBy(this::suspects)
        .isInstanceOf(StopException.class)
        .hasMessageContaining(
            "topic q.public.a holds 1 of the 3 rows of table public.a that END of batch 5:1 in"
                + " topic q.transaction counts")
        .hasMessageContaining("retention or compaction")
        .hasMessageContaining("errors.tolerance=all")
        .hasMessageContaining(
            "SET state = 'expecting-copy' WHERE subscription = 'it''s' AND table_schema = 'public'"
                + " AND table_name = 'a'")
        .hasMessageContaining("./pgq-connect provider resync --prefix ")
        .hasMessageContaining("SET tick_id = 5");
  }

  @Test
  void stopsWhenTheTopicHoldsNothingMore() {
    row(0, 5);
    endOfThreeRows();
    assertThat(suspects()).isFalse();
    readToItsEnd = true;
    assertThat(suspects()).isTrue();
    now = LostRows.GRACE_MILLIS;
    readToItsEnd = false;
    assertThat(suspects()).isFalse();
    readToItsEnd = true;
    assertThat(suspects()).isTrue();
    now = 2 * LostRows.GRACE_MILLIS;
    assertThatThrownBy(this::suspects)
        .isInstanceOf(StopException.class)
        .hasMessageContaining("holds 1 of the 3 rows of table public.a")
        .hasMessageContaining("all that the topic holds was read");
  }

  private void judgedAfterAWhile() {
    readToItsEnd = true;
    assertThat(suspects()).isTrue();
    now = LostRows.GRACE_MILLIS;
  }

  @Test
  void passesTheBeginningOfACopyThatTheTopicDoesNotKeep() {
    filled = Set.of();
    removed = true;
    row(0, 5);
    endOfThreeRows(new CopyProgress(A, 7, true, true, 3, 5));
    judgedAfterAWhile();
    assertThat(judge().passed()).contains(A);
    assembler.passBeginningOf(A);
    assertThat(assembler.complete(1000, filled))
        .singleElement()
        .satisfies(
            batch ->
                assertThat(batch.end().copies())
                    .containsExactly(new CopyProgress(A, 7, false, true, 3, 5)));
    assertThat(suspects()).isFalse();
  }

  @Test
  void stopsWhereTheTopicKeepsAllThatItHeldOrRowsAreHeld() {
    row(0, 5);
    removed = true;
    endOfThreeRows(new CopyProgress(A, 7, true, true, 3, 5));
    judgedAfterAWhile();
    assertThatThrownBy(this::judge).hasMessageContaining("Rows are lost");
    filled = Set.of();
    removed = false;
    assertThatThrownBy(this::judge).hasMessageContaining("Rows are lost");
  }

  private void endOfThreeRows(CopyProgress... copies) {
    assembler.boundary(
        new PartitionId("q.transaction", 0),
        0,
        new BatchEnd(
            new BatchId(5, 1),
            new BatchBounds(4, 5),
            "q",
            "p",
            "i",
            "now",
            "1:1:",
            Map.of("public.a", 3L),
            List.of(copies),
            List.of()));
  }
}
