/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.apply;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.sink.statements.ArrayLiteral;
import org.pgqconnect.sink.statements.CopyGate;
import org.pgqconnect.sink.statements.CopyText;
import org.pgqconnect.sink.target.ForeignKeyOrder;

class StatementPartsTest {
  @Test
  void arraysQuoteEveryTextAndLeaveNullBare() {
    ArrayLiteral array = new ArrayLiteral();
    for (Object value : new Object[] {"a", "q\"b\\", "", "NULL", null, 5L, true, 0.5, "x,{y}"}) {
      array.add(value, false);
    }
    assertThat(array.finish())
        .isEqualTo("{\"a\",\"q\\\"b\\\\\",\"\",\"NULL\",NULL,5,\"t\",\"0.5\",\"x,{y}\"}");
    assertThat(array.finish()).isEqualTo("{}");
  }

  @Test
  void copyEscapesWhatEndsAColumnOrARow() {
    CopyText copy = new CopyText();
    for (Object value : new Object[] {"a\tb\nc\rd\\e", "", null, "\\N", -1L, "é"}) {
      copy.add(value, false);
    }
    copy.endRow();
    copy.add(1L, false);
    copy.endRow();
    assertThat(new String(copy.drain(), StandardCharsets.UTF_8))
        .isEqualTo("a\\tb\\nc\\rd\\\\e\t\t\\N\t\\\\N\t-1\té\n1\n");
    assertThat(copy.drain()).isEmpty();
  }

  @Test
  void parentsComeBeforeChildren() {
    TableId a = new TableId("s", "a");
    TableId b = new TableId("s", "b");
    TableId c = new TableId("s", "c");
    assertThat(ForeignKeyOrder.parentsFirst(List.of(a, b, c), Map.of(a, Set.of(b), b, Set.of(c))))
        .containsExactly(c, b, a);
    assertThat(ForeignKeyOrder.parentsFirst(List.of(a, c), Map.of(a, Set.of(b), b, Set.of(c))))
        .containsExactly(c, a);
    assertThat(ForeignKeyOrder.parentsFirst(List.of(a, b), Map.of(a, Set.of(b), b, Set.of(a))))
        .containsExactlyInAnyOrder(a, b);
  }

  @Test
  void copyRestsAfterAClash() {
    CopyGate gate = new CopyGate();
    assertThat(gate.mayTry()).isTrue();
    gate.tried(false);
    for (int i = 0; i < 16; i++) {
      assertThat(gate.mayTry()).isFalse();
    }
    assertThat(gate.mayTry()).isTrue();
  }
}
