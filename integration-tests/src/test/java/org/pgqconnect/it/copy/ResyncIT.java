/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.it.stack.Replication.sql;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.it.stack.Cli;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.StubbornWriter;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.LocalStack;

/** What somebody did to the subscriber's rows by hand is undone, while the application writes. */
@ExtendWith(TestStack.class)
class ResyncIT {
  @Test
  void missingRowsComeBackAndExtraRowsVanish(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack)) {
      replication.tables(StubbornWriter.TABLES, "public.t", "public.u");
      sql(replication.provider(), "insert into t select -i, 0 from generate_series(1, 1000) i");
      replication.start(replication.source().with("copy.chunk.rows", "100"));
      try (StubbornWriter writer = StubbornWriter.start(replication::openProvider)) {
        writer.awaitMore(50);
        sql(
            replication.subscriber(),
            """
            delete from t where id between -500 and -100;
            update t set v = 77 where id < -900;
            insert into t select -i, 99 from generate_series(5001, 5100) i;
            insert into u select -i from generate_series(1, 10) i\
            """);
        writer.awaitMore(20);
        Cli resync =
            Cli.run(
                    "provider",
                    "resync",
                    "--config",
                    replication.file(replication.asAdministrator(replication.source())),
                    "public.t")
                .requireSuccess();
        assertThat(resync.out()).contains("public.t: copy requested");
        replication.awaitScalar("select count(*) from t where id < 0 and v = 0", "1000");
        replication.awaitScalar("select count(*) from t where id < -1000", "0");
        writer.awaitMore(50);
      }
      replication.awaitScalar("select count(*) from u where id < 0", "10");
      Cli.run(
              "provider",
              "resync",
              "--config",
              replication.file(replication.asAdministrator(replication.source())),
              "--all")
          .requireSuccess();
      replication.awaitEqual();
    }
  }
}
