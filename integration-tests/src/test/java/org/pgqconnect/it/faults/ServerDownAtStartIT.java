/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.it.stack.Replication.sql;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.LocalStack;
import org.pgqconnect.local.process.TcpProxy;
import org.pgqconnect.postgres.ConnectionConfig;

/** Tasks that start while their database is away wait for it. */
@ExtendWith(TestStack.class)
class ServerDownAtStartIT {
  @Test
  void theTasksWait(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack);
        TcpProxy proxy = TcpProxy.to(replication.place().provider().port())) {
      replication.tables("create table t (id int primary key)", "public.t");
      String port = String.valueOf(proxy.port());
      replication.deploy(replication.source().with(ConnectionConfig.PORT, port));
      replication.deploy(replication.sink().with(ConnectionConfig.PORT, port));
      replication.awaitCopied();
      String[] connectors = {replication.sourceName(), replication.sinkName(1)};
      for (String connector : connectors) {
        replication.rest().stop(connector);
        replication.rest().waitState(connector, "STOPPED", Replication.PATIENCE);
      }
      proxy.cut();
      for (String connector : connectors) {
        replication.rest().resume(connector);
        replication.rest().waitRunning(connector, Replication.PATIENCE);
      }
      Thread.sleep(2000); // in which they try in vain
      for (String connector : connectors) {
        assertThat(replication.isRunning(connector)).as(connector).isTrue();
      }
      sql(replication.provider(), "insert into t values (1)");
      proxy.restore();
      replication.awaitEqual();
    }
  }
}
