/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.connect.ConnectorConfig;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.StubbornWriter;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.LocalStack;
import org.pgqconnect.local.process.TcpProxy;
import org.pgqconnect.postgres.ConnectionConfig;

/** The network between a worker and a database is cut, or passes nothing for a while. */
@ExtendWith(TestStack.class)
class ConnectionCutIT {
  @Test
  void theSourceGoesOn(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack);
        TcpProxy proxy = TcpProxy.to(replication.place().provider().port())) {
      replication.tables(StubbornWriter.TABLES, "public.t", "public.u");
      replication.deploy(through(proxy, replication.source()));
      replication.deploy(replication.sink());
      disturb(replication, proxy);
    }
  }

  @Test
  void theSinkGoesOn(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack);
        TcpProxy proxy = TcpProxy.to(replication.place().subscriber().port())) {
      replication.tables(StubbornWriter.TABLES, "public.t", "public.u");
      replication.deploy(replication.source());
      replication.deploy(through(proxy, replication.sink()));
      disturb(replication, proxy);
    }
  }

  private static ConnectorConfig through(TcpProxy proxy, ConnectorConfig connector) {
    return connector.with(ConnectionConfig.PORT, String.valueOf(proxy.port()));
  }

  private static void disturb(Replication replication, TcpProxy proxy) throws Exception {
    replication.awaitCopied();
    try (StubbornWriter writer = StubbornWriter.start(replication::openProvider)) {
      for (int i = 0; i < 3; i++) {
        writer.awaitMore(50);
        proxy.cut();
        writer.awaitMore(50);
        proxy.restore();
      }
      writer.awaitMore(50);
      proxy.stall();
      writer.awaitMore(100);
      proxy.restore();
    }
    replication.awaitEqual();
    assertThat(replication.isRunning(replication.sourceName())).isTrue();
    assertThat(replication.isRunning(replication.sinkName(1))).isTrue();
  }
}
