/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.it.stack.Replication.scalar;
import static org.pgqconnect.it.stack.Replication.sql;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.it.stack.Place;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.StubbornWriter;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.LocalStack;
import org.pgqconnect.local.connect.ConnectWorker;

/**
 * kill -9 of a worker without exactly-once support: the topics may hold batches twice or in parts;
 * the subscriber neither loses nor doubles.
 */
@ExtendWith(TestStack.class)
class AtLeastOnceWorkerIT {
  @Test
  void nothingIsLostAndNothingIsDoubled(LocalStack stack) throws Exception {
    try (ConnectWorker worker =
            TestStack.ownWorker().exactlyOnceSource(false).start(stack.kafka().bootstrapServers());
        Replication replication = Replication.at(Place.of(stack).withRest(worker.rest()))) {
      replication.tables(StubbornWriter.TABLES, "public.t", "public.u").start();
      try (StubbornWriter writer = StubbornWriter.start(replication::openProvider)) {
        for (int i = 0; i < 2; i++) {
          writer.awaitMore(150);
          worker.kill();
          writer.awaitMore(50);
          worker.start();
          replication.rest().waitRunning(replication.sourceName(), Replication.PATIENCE);
          replication.rest().waitRunning(replication.sinkName(1), Replication.PATIENCE);
        }
        writer.awaitMore(50);
      }
      replication.awaitEqual();
    }
  }

  /** What was copied since the offset was stored is not copied again by itself. */
  @Test
  void aRepeatedCopyThatIsCutOffLosesNoRows(LocalStack stack) throws Exception {
    try (ConnectWorker worker =
            TestStack.ownWorker()
                .exactlyOnceSource(false)
                .setting("offset.flush.interval.ms", "3600000")
                .start(stack.kafka().bootstrapServers());
        Replication replication = Replication.at(Place.of(stack).withRest(worker.rest()))) {
      replication
          .tables("create table big (id int primary key, v text)", "public.big")
          .start(replication.source().with("copy.chunk.rows", "1000"));
      sql(
          replication.provider(),
          "insert into big select i, 'v' from generate_series(1, 100000) i");
      replication.awaitEqual();
      String attempt = "select max(attempt)::text from pgq_connect.queue_identity";
      String before = scalar(replication.provider(), attempt);
      // A task that ends has its offset stored, whatever the interval.
      worker.rest().restart(replication.sourceName());
      replication
          .await("another session of the source")
          .until(() -> !scalar(replication.provider(), attempt).equals(before));

      sql(
          replication.provider(),
          "select pgq_connect.request_copy('" + replication.name() + "', 'public', 'big')");
      replication
          .await("half of the copy")
          .every(Duration.ofMillis(50))
          .until(
              () ->
                  scalar(
                          replication.provider(),
                          "select rows_copied > 30000 from pgq_connect.table_copy")
                      .equals("t"));
      worker.kill();
      assertThat(scalar(replication.provider(), "select state from pgq_connect.table_copy"))
          .isEqualTo("copying");
      worker.start();
      replication
          .await("the end of the copy")
          .until(
              () ->
                  scalar(
                          replication.provider(),
                          "select copy_id || case state when 'done' then ' ok' else '' end from"
                              + " pgq_connect.table_copy")
                      .equals(
                          scalar(
                              replication.subscriber(),
                              "select copy_id || ' ' || state from pgq_connect.subscribed_table")));
      replication.awaitEqual();
    }
  }
}
