/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.it.stack.Replication.scalar;
import static org.pgqconnect.it.stack.Replication.sql;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.StubbornWriter;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.LocalStack;

/** A subscriber that is deployed long after the others gets everything from the topics alone. */
@ExtendWith(TestStack.class)
class LateSubscriberIT {
  @Test
  void itCatchesUp(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack, 2)) {
      replication.tables(StubbornWriter.TABLES, "public.t", "public.u");
      sql(replication.provider(), "insert into t select -i, 0 from generate_series(1, 2000) i");
      replication.deploy(replication.source().with("copy.chunk.rows", "300"));
      replication.deploy(replication.sink(1));
      try (StubbornWriter writer = StubbornWriter.start(replication::openProvider)) {
        writer.awaitMore(200);
      }
      replication.awaitEqual(1);
      String copies =
          "select string_agg(table_name || copy_id, ' ' order by 1) from pgq_connect.table_copy";
      String before = scalar(replication.provider(), copies);
      try (StubbornWriter writer = StubbornWriter.start(replication::openProvider)) {
        replication.deploy(replication.sink(2));
        writer.awaitMore(100);
      }
      replication.awaitCopied();
      replication.awaitEqual();
      assertThat(scalar(replication.provider(), copies))
          .as("copies: none was made for the late one")
          .isEqualTo(before);
    }
  }
}
