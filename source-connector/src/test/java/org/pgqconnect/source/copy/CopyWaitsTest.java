/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.copy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.Remedy;

class CopyWaitsTest {
  private static final TableId T = new TableId("public", "t");
  private static final Remedy REMEDY = Remedy.ofFile("config/source.json", "q");

  private static String problem(boolean there, String lockedBy, TableId behind) {
    return new CopyWaits(T, 61, there, false, lockedBy, behind).problem(60, REMEDY).orElseThrow();
  }

  @Test
  void aCopyThatDoesNotWaitForLongIsNoProblem() {
    assertThat(new CopyWaits(T, 60, false, false, "7", null).problem(60, REMEDY)).isEmpty();
  }

  @Test
  void aNameThatMeansNoTableIsTold() {
    assertThat(problem(false, null, null))
        .startsWith(
            "The copy of table public.t was requested 61 s ago, and nothing of it was read yet:"
                + " there is no table of that name")
        .contains("./pgq-connect provider remove --config config/source.json --queue q public.t");
  }

  @Test
  void aNameThatMeansAnotherTableIsTold() {
    assertThat(new CopyWaits(T, 61, true, true, "7", null).problem(60, REMEDY).orElseThrow())
        .contains("is not the one that the queue captures under it")
        .contains("./pgq-connect provider add --config config/source.json --queue q public.t");
  }

  @Test
  void sessionsThatLockTheTableAreTold() {
    assertThat(problem(true, "7, 8", null))
        .contains("ACCESS EXCLUSIVE lock")
        .endsWith("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid IN (7, 8);");
  }

  @Test
  void theTableThatIsCopiedFirstIsTold() {
    assertThat(problem(true, null, new TableId("public", "u")))
        .endsWith("table public.u is being copied first");
  }

  @Test
  void aSourceThatHasNotGotToItIsTold() {
    assertThat(problem(true, null, null)).contains("its source connector has not reached it");
  }
}
