/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FailureTraceTest {
  @Test
  void theInnermostMessageOfOursIsShown() {
    assertThat(
            FailureTrace.reason(
                """
                org.apache.kafka.connect.errors.ConnectException: Exiting WorkerSinkTask due to unrecoverable exception.
                \tat org.apache.kafka.connect.runtime.WorkerSinkTask.deliverMessages(WorkerSinkTask.java:640)
                \tat java.base/java.lang.Thread.run(Thread.java:840)
                Caused by: org.apache.kafka.connect.errors.ConnectException: The subscriber rejects a row of table public.t
                  key (1). Run: ALTER TABLE x
                \tat org.pgqconnect.sink.apply.Applier.apply(Applier.java:1)
                \t... 10 more
                Caused by: org.postgresql.util.PSQLException: ERROR: null value
                \tat org.postgresql.core.v3.QueryExecutorImpl.receive(QueryExecutorImpl.java:2)
                \t... 12 more
                """))
        .containsExactly(
            "The subscriber rejects a row of table public.t",
            "  key (1). Run: ALTER TABLE x",
            "because: ERROR: null value");
  }

  @Test
  void whatOursQuotesIsNotRepeated() {
    assertThat(
            FailureTrace.reason(
                """
                org.apache.kafka.connect.errors.ConnectException: Reading queue "q" failed: ERROR: x (SQLSTATE 42501)
                \tat app//org.pgqconnect.source.session.SourceFailure.explain(SourceFailure.java:1)
                Caused by: org.postgresql.util.PSQLException: ERROR: x
                \tat org.postgresql.Driver.connect(Driver.java:2)
                """))
        .containsExactly("Reading queue \"q\" failed: ERROR: x (SQLSTATE 42501)");
  }

  @Test
  void whereNothingIsOursEveryCauseIsShown() {
    assertThat(
            FailureTrace.reason(
                """
                org.apache.kafka.connect.errors.ConnectException: Unrecoverable exception from producer send callback
                \tat org.apache.kafka.connect.runtime.WorkerSourceTask.maybeThrow(WorkerSourceTask.java:1)
                Caused by: org.apache.kafka.common.errors.RecordTooLargeException: The message is 3200000 bytes
                """))
        .containsExactly(
            "Unrecoverable exception from producer send callback",
            "because: The message is 3200000 bytes");
    assertThat(FailureTrace.reason("java.lang.OutOfMemoryError\n\tat x.Y.z(Y.java:1)\n"))
        .containsExactly("java.lang.OutOfMemoryError");
    assertThat(FailureTrace.reason("")).isEmpty();
  }
}
