/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.sink.target;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.pgqconnect.batch.TableId;
import org.pgqconnect.failure.StopException;
import org.pgqconnect.postgres.SqlState;

class ApplyExceptionTest {
  private static final TableId T = new TableId("public", "t");

  @Test
  void whatStopsTheSinkSaysWhatWasRejectedAndWhere() {
    ApplyException refused = new ApplyException("Drop the constraint.");
    refused.addSuppressed(new IllegalStateException("while closing"));
    StopException stop = refused.stop();
    assertThat(stop).hasMessage("Drop the constraint.").hasNoCause();
    assertThat(stop.getStackTrace()).isEqualTo(refused.getStackTrace());
    assertThat(stop.getSuppressed()).isEqualTo(refused.getSuppressed());
  }

  @Test
  void onlyAForeignKeyHasATableThatRefers() {
    assertThat(new ApplyException("m").isClash()).isFalse();
    ApplyException unique =
        new ApplyException("m", new Clash(SqlState.UNIQUE_VIOLATION, T, "u", null));
    assertThat(unique.isClash()).isTrue();
    assertThat(unique.referring()).isNull();
    ApplyException parent =
        ApplyException.untilCopied("m", new Clash(SqlState.FOREIGN_KEY_VIOLATION, T, "f", null));
    assertThat(parent.referring()).isEqualTo(T);
    assertThat(parent.endsWithCopy()).isTrue();
    assertThat(unique.endsWithCopy()).isFalse();
  }
}
