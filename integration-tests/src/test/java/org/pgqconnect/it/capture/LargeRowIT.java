/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.it.stack.Replication.scalar;
import static org.pgqconnect.it.stack.Replication.sql;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.LocalStack;

/**
 * A row of some megabytes: whoever limits records is told which row is too large, and what to do.
 */
@ExtendWith(TestStack.class)
class LargeRowIT {
  private static final String LIMIT = "producer.override.max.request.size";

  @Test
  void aRowAboveTheProducersLimitIsNamedAndPublishedOnceItMayBe(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack)) {
      replication.tables("create table docs (id int primary key, body text)", "public.docs");
      replication.start(replication.source().with(LIMIT, "1048576"));
      replication.awaitCopied();
      sql(replication.provider(), "insert into docs values (7, repeat('0123456789', 320000))");
      String message =
          replication.rest().waitFailed(replication.sourceName(), Replication.PATIENCE);
      assertThat(message)
          .contains(
              "The row of table public.docs with key id=7",
              "of queue \"" + replication.name() + "\"",
              "bytes as a record, but the connector's producer sends at most 1048576",
              "\"" + LIMIT + "\": \"4194304\"",
              "--entity-name " + replication.name() + ".public.docs")
          .doesNotContain("0123456789");

      // As shipped, it fits.
      replication.rest().put(replication.source());
      replication.awaitRunsAgain(replication.sourceName());
      replication.awaitEqual();
      assertThat(scalar(replication.subscriber(), "select length(body) from docs where id = 7"))
          .isEqualTo("3200000");
    }
  }
}
