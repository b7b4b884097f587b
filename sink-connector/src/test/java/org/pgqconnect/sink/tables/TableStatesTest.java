/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.tables;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.BatchBounds;
import org.pgqconnect.batch.BatchEnd;
import org.pgqconnect.batch.BatchId;
import org.pgqconnect.batch.CopyProgress;
import org.pgqconnect.batch.TableDefinition;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;
import org.pgqconnect.sink.tables.SubscribedTable.Stage;
import org.pgqconnect.sink.tables.TableStates.RowPlan;

class TableStatesTest {
  private static final TableId T = new TableId("public", "t");
  private static final TableDefinition DEFINITION =
      new TableDefinition(
          T, List.of(new TableDefinition.Column("a \"b", "integer", true)), List.of("a \"b"));

  private TableStates states = new TableStates(Map.of(), Remedy.ofPrefix("bank"));

  private RowPlan advance(long tick, CopyProgress... copies) {
    states = states.copy();
    Map<TableId, RowPlan> plans =
        states.advance(
            end(tick, copies), List.of(DEFINITION), t -> t.schema().equals("public"), Map.of());
    assertThat(plans).containsOnlyKeys(T);
    return plans.get(T);
  }

  private static BatchEnd end(long tick, CopyProgress... copies) {
    return new BatchEnd(
        new BatchId(tick, 1),
        new BatchBounds(tick - 1, tick),
        "q",
        "p",
        "i",
        "t",
        "1:1:",
        Map.of("public.t", 1L, "other.x", 1L),
        List.of(copies),
        List.of());
  }

  private static CopyProgress copy(
      long id, boolean withRows, boolean first, boolean last, long consistent) {
    return withRows
        ? new CopyProgress(T, id, first, last, 1, consistent)
        : CopyProgress.mark(T, id, consistent, true);
  }

  @Test
  void aTableWhoseChangesAreMissingExpectsTheCopyThatIsToCome() {
    advance(1, copy(1, true, true, true, 1));
    assertThat(states.get(T).stage()).isEqualTo(Stage.OK);
    CopyProgress toCome = CopyProgress.toCome(T, 2);
    assertThat(advance(2, toCome)).isEqualTo(RowPlan.SKIP);
    assertThat(states.get(T).stage()).isEqualTo(Stage.EXPECTING_COPY);
    assertThat(states.get(T).note())
        .contains("Table public.t was not replicated for a while")
        .contains("./pgq-connect status");
    assertThat(advance(3, toCome)).isEqualTo(RowPlan.SKIP);
    assertThat(advance(4, toCome, copy(2, true, true, false, 0))).isEqualTo(RowPlan.RESTART);
    assertThat(states.get(T).note()).isNull();
    assertThat(advance(5, toCome)).as("said again").isEqualTo(RowPlan.APPLY_WHILE_COPYING);
    assertThat(advance(6, CopyProgress.toCome(T, 3))).as("requested anew").isEqualTo(RowPlan.SKIP);
    assertThat(advance(7, copy(2, true, false, true, 7))).isEqualTo(RowPlan.SKIP);
    assertThat(advance(8, copy(3, true, true, true, 8))).isEqualTo(RowPlan.RESTART);
    assertThat(states.get(T).stage()).isEqualTo(Stage.OK);
  }

  @Test
  void aCopyThatWasToComeIsRequestedAgainWhenItCameWhileTheTableWasLeftOut() {
    advance(1, copy(1, true, true, true, 1));
    advance(2, CopyProgress.toCome(T, 2));
    states = states.copy();
    states.advance(end(3), List.of(), t -> false, Map.of());
    assertThat(states.get(T).note()).as("it is still to come").contains("is requested");
    states.advance(end(4, copy(2, true, true, true, 4)), List.of(), t -> false, Map.of());
    assertThat(states.get(T).stage()).isEqualTo(Stage.EXPECTING_COPY);
    assertThat(states.get(T).note()).contains("skipped since tick 3").contains("resync");
    assertThat(states.warnings()).singleElement().asString().contains("resync");
  }

  @Test
  void goesFromExpectingThroughCopyingAndCatchingUpToOk() {
    assertThat(advance(1)).isEqualTo(RowPlan.SKIP);
    assertThat(states.get(T).definition()).isEqualTo(DEFINITION);
    assertThat(states.changed()).containsOnlyKeys(T);
    assertThat(advance(2, copy(1, true, true, false, 0))).isEqualTo(RowPlan.RESTART);
    assertThat(advance(3)).isEqualTo(RowPlan.APPLY_WHILE_COPYING);
    assertThat(states.changed()).isEmpty();
    assertThat(advance(4, copy(1, true, false, true, 6))).isEqualTo(RowPlan.APPLY_WHILE_COPYING);
    assertThat(states.get(T).stage()).isEqualTo(Stage.CATCHING_UP);
    assertThat(advance(6)).isEqualTo(RowPlan.APPLY_WHILE_COPYING);
    assertThat(states.get(T).stage()).isEqualTo(Stage.OK);
    assertThat(advance(7)).isEqualTo(RowPlan.APPLY);
    assertThat(advance(8, copy(2, true, true, true, 8))).isEqualTo(RowPlan.RESTART);
    assertThat(states.get(T).stage()).isEqualTo(Stage.OK);
  }

  @Test
  void aTableThatHoldsItsRowsIsNotTouched() {
    assertThat(advance(1, copy(1, false, true, true, 1))).isEqualTo(RowPlan.APPLY_WHILE_COPYING);
    assertThat(states.get(T).stage()).isEqualTo(Stage.OK);
  }

  @Test
  void theWordThatItIsHeldMeansNothingAgainWhenItWasSaidWhileTheTableWasLeftOut() {
    advance(1, copy(1, true, true, true, 1));
    states = states.copy();
    states.advance(end(2, copy(2, false, true, true, 2)), List.of(), t -> false, Map.of());
    assertThat(states.get(T).stage()).isEqualTo(Stage.EXPECTING_COPY);
    assertThat(advance(3, copy(2, false, true, true, 3))).isEqualTo(RowPlan.SKIP);
    assertThat(states.get(T).stage()).isEqualTo(Stage.EXPECTING_COPY);
    assertThat(states.get(T).note()).contains("skipped since tick 1").contains("resync");
    assertThat(advance(4, copy(3, false, true, true, 4))).isEqualTo(RowPlan.APPLY_WHILE_COPYING);
    assertThat(states.get(T).stage()).isEqualTo(Stage.OK);
  }

  @Test
  void warnsOnceOfATableThatIsHeardOfWithoutACopy() {
    states = states.copy();
    TableId quiet = new TableId("public", "quiet");
    TableDefinition definition =
        new TableDefinition(
            quiet, List.of(new TableDefinition.Column("a", "integer", true)), List.of("a"));
    states.advance(end(1), List.of(DEFINITION, definition), t -> t.equals(quiet), Map.of());
    assertThat(states.get(quiet).stage()).isEqualTo(Stage.EXPECTING_COPY);
    assertThat(states.warnings())
        .singleElement()
        .asString()
        .contains("Table public.quiet: no copy of it has arrived")
        .contains("./pgq-connect provider resync --prefix bank public.quiet");
    states = states.copy();
    states.advance(end(2), List.of(definition), t -> t.equals(quiet), Map.of());
    assertThat(states.warnings()).as("reported before").isEmpty();
  }

  @Test
  void aTableThatIsLeftOutMissesNothingOfARecordThatOnlyKnowsMoreOfEarlierRows() {
    advance(1, copy(1, true, true, true, 1));
    for (String fill : new String[] {"DEFAULT '5'", "COMPUTED"}) {
      TableDefinition.Column column =
          new TableDefinition.Column("a \"b", "integer", true, null, null, fill, 0, null, null);
      states = states.copy();
      states.define(
          List.of(new TableDefinition(T, List.of(column), List.of("a \"b"))),
          t -> false,
          new BatchBounds(1, 2),
          t -> false);
      assertThat(states.get(T).stage()).isEqualTo(Stage.OK);
    }
    states.define(
        List.of(
            new TableDefinition(
                T, List.of(new TableDefinition.Column("a \"b", "bigint", true)), List.of("a \"b"))),
        t -> false,
        new BatchBounds(1, 2),
        t -> false);
    assertThat(states.get(T).stage()).isEqualTo(Stage.EXPECTING_COPY);
  }

  @Test
  void doesNotWarnOfATableWhoseCopyBegins() {
    advance(1, copy(1, true, true, false, 0));
    assertThat(states.warnings()).isEmpty();
  }

  @Test
  void warnsOnceOfACopyWhoseBeginningWasMissed() {
    assertThat(advance(1, copy(1, true, false, false, 0))).isEqualTo(RowPlan.SKIP);
    assertThat(states.warnings())
        .singleElement()
        .asString()
        .contains("./pgq-connect provider resync --prefix bank public.t");
    advance(2, copy(1, true, false, true, 2));
    assertThat(states.warnings()).isEmpty();
    assertThat(states.get(T).stage()).isEqualTo(Stage.EXPECTING_COPY);
  }

  @Test
  void aTableIsFilledFromTheBeginningOfItsCopyOn() {
    advance(1);
    assertThat(states.all()).containsKey(T);
    assertThat(states.filled()).isEmpty();
    advance(2, copy(1, true, true, false, 0));
    Set<TableId> filled = states.filled();
    assertThat(filled).containsExactly(T);
    states.copyNeeded(T, "column v");
    assertThat(states.filled()).isEmpty();
    assertThat(filled).as("a value").containsExactly(T);
  }

  @Test
  void aChunkOfAnotherCopyChangesNoState() {
    advance(1, copy(1, true, true, true, 1));
    assertThat(advance(2, copy(9, true, false, true, 2))).isEqualTo(RowPlan.APPLY);
    assertThat(states.get(T).copyId()).isEqualTo(1);
  }

  @Test
  void stagesHaveNames() {
    for (Stage stage : Stage.values()) {
      assertThat(Stage.of(stage.label())).isEqualTo(stage);
    }
  }
}
