/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.source.capture.KnownTables.Known;

class KnownTablesTest {
  private static final TableId T = new TableId("public", "t");

  private static Known called(long oid, String name) {
    return new Known(oid, Optional.of(new TableId("public", name)));
  }

  private static Known gone(long oid) {
    return new Known(oid, Optional.empty());
  }

  private static List<Long> removed(Known... known) {
    return KnownTables.toRemove("q", T, List.of(known));
  }

  @Test
  void aNameThatMeansOneTableRemovesItAndWhatWasDroppedUnderIt() throws Exception {
    assertThat(removed()).isEmpty();
    assertThat(removed(called(1, "t"))).containsExactly(1L);
    assertThat(removed(called(1, "renamed"))).containsExactly(1L);
    assertThat(removed(gone(1), gone(2))).containsExactly(1L, 2L);
    assertThat(removed(gone(1), called(2, "t"))).containsExactly(1L, 2L);
  }

  @Test
  void partitionsThatShareANameAreToBeNamedThemselves() {
    assertThatThrownBy(() -> removed(called(1, "t_a"), called(2, "t_b")))
        .isInstanceOf(StopException.class)
        .hasMessage(
            "Name public.t is ambiguous: queue \"q\" captures public.t_a, public.t_b under it. Name"
                + " the table that is meant: ./pgq-connect provider remove --queue q public.t_a; or"
                + " ./pgq-connect provider remove --queue q public.t_b");
    assertThatThrownBy(() -> removed(gone(1), called(2, "t_b")))
        .hasMessage(
            "Name public.t is ambiguous: queue \"q\" captures public.t_b, and what was dropped,"
                + " under it. Name the table that is meant: ./pgq-connect provider remove --queue q"
                + " public.t_b; or, to forget what was dropped: select"
                + " pgq_connect.forget_partitions('q', 'public', 't')");
  }

  @Test
  void tablesThatExchangedNamesAreNotTakenForEachOther() {
    assertThatThrownBy(() -> removed(called(1, "t"), called(2, "other")))
        .hasMessage(
            "Name public.t is ambiguous: queue \"q\" captures the table that has it now under"
                + " another name, and public.other under this one. To give each its present name:"
                + " ./pgq-connect provider add --queue q public.t; then repeat the command");
  }

  @Test
  void saysWhatBecameOfATableThatIsNotThere() {
    assertThat(KnownTables.absence("q", T, List.of())).startsWith("Check its name");
    assertThat(KnownTables.absence("q", T, List.of(called(1, "renamed"))))
        .isEqualTo(
            "Queue \"q\" captures public.renamed under this name: rename it back, or replicate it"
                + " under its new name: ./pgq-connect provider add --queue q public.renamed");
    assertThat(KnownTables.absence("q", T, List.of(gone(1))))
        .isEqualTo(
            "Queue \"q\" captured it, and it was dropped since. Stop capturing it: ./pgq-connect"
                + " provider remove --queue q public.t");
  }
}
