/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.pgqconnect.postgres.OwnLock;
import org.pgqconnect.postgres.SqlScript;

class LockSqlTest {
  @Test
  void theFunctionTakesTheLockThatJavaLooksFor() {
    assertThat(SqlScript.text(LockSql.class, "/org/pgqconnect/source/capture/lock_capture.sql"))
        .contains(
            "pg_advisory_xact_lock(%d, %d)"
                .formatted(OwnLock.FIRST_KEY, OwnLock.CHANGE_CAPTURE.key()));
  }
}
