/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.it.stack.Replication.scalar;
import static org.pgqconnect.it.stack.Replication.sql;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.it.stack.Place;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.it.stack.TopicReader;
import org.pgqconnect.local.LocalStack;
import org.pgqconnect.local.connect.ConnectWorker;

/** kill -9 of the worker in the middle of a copy: it goes on where it was. */
@ExtendWith(TestStack.class)
class WorkerKilledInCopyIT {
  private static final int ROWS = 30_000;

  @Test
  void theCopyIsCompleted(LocalStack stack) throws Exception {
    try (ConnectWorker worker = TestStack.ownWorker().start(stack.kafka().bootstrapServers());
        Replication replication = Replication.at(Place.of(stack).withRest(worker.rest()))) {
      replication.tables("create table t (id int primary key, v text)", "public.t");
      sql(
          replication.provider(),
          "insert into t select i, md5(i::text) from generate_series(1, %d) i".formatted(ROWS));
      replication.deploy(replication.source().with("copy.chunk.rows", "200"));
      replication.deploy(replication.sink());
      int arrived =
          replication
              .await("the first chunks")
              .until(
                  () -> Integer.valueOf(scalar(replication.subscriber(), "select count(*) from t")),
                  count -> count > 300);
      worker.kill();
      int atKill = Integer.parseInt(scalar(replication.subscriber(), "select count(*) from t"));
      assertThat(atKill).as("the copy was under way").isBetween(arrived, ROWS - 1);
      sql(replication.provider(), "update t set v = 'changed' where id % 100 = 0");
      sql(replication.provider(), "delete from t where id % 100 = 1");
      worker.start();
      replication.awaitCopied();
      replication.awaitEqual();
      long chunks =
          new TopicReader(stack.kafka().bootstrapServers())
              .values(replication.name() + ".public.t").stream()
                  .filter(row -> row.get("op").asText().equals("r"))
                  .count();
      assertThat(chunks).as("rows that the copy published").isLessThan(ROWS + 1000L);
    }
  }
}
