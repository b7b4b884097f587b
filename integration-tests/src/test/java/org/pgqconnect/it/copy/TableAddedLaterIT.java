/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.it.stack.Replication.scalar;
import static org.pgqconnect.it.stack.Replication.sql;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.connect.ConnectorConfig;
import org.pgqconnect.it.stack.Cli;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.StubbornWriter;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.LocalStack;

/** Tables come and go while the application writes, by the command line. */
@ExtendWith(TestStack.class)
class TableAddedLaterIT {
  @Test
  void tablesAreAddedRemovedAndAddedAgain(LocalStack stack) throws Exception {
    try (Replication replication = Replication.installingItself(stack)) {
      replication.tables(StubbornWriter.TABLES, "public.t");
      ConnectorConfig source =
          replication.source().without("table.include.list").with("provision", "none");
      Path file = replication.file(source);
      Cli.run("provider", "install", "--config", file).requireSuccess();
      Cli.run("provider", "add", "--config", file, "public.t").requireSuccess();
      replication.start(source);
      try (StubbornWriter writer = StubbornWriter.start(replication::openProvider)) {
        writer.awaitMore(100);
        assertThat(scalar(replication.subscriber(), "select count(*) from u")).isEqualTo("0");
        replication.replicate("public.u");
        Cli added = Cli.run("provider", "add", "--config", file, "public.u").requireSuccess();
        assertThat(added.out()).contains("public.u: captured, copy requested");
        writer.awaitMore(100);
        replication.awaitCopied();
        writer.awaitMore(50);
      }
      replication.awaitEqual();

      Cli.run("provider", "remove", "--config", file, "public.u").requireSuccess();
      assertThat(
              scalar(
                  replication.provider(),
                  "select count(*) from pg_trigger where tgrelid = 'u'::regclass"))
          .as("triggers that are left on the removed table")
          .isEqualTo("0");
      sql(replication.provider(), "insert into u values (1000001)");
      sql(replication.provider(), "insert into t values (1000001, 0)");
      replication.awaitScalar("select count(*) from t where id = 1000001", "1");
      assertThat(scalar(replication.subscriber(), "select count(*) from u where id = 1000001"))
          .isEqualTo("0");

      Cli.run("provider", "add", "--config", file, "public.u").requireSuccess();
      replication.awaitScalar("select count(*) from u where id = 1000001", "1");
      sql(replication.provider(), "insert into u values (1000002)");
      replication.awaitScalar("select count(*) from u where id = 1000002", "1");
      replication.awaitEqual();
    }
  }
}
