/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.it.stack.Place;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.StubbornWriter;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.LocalStack;
import org.pgqconnect.local.postgres.PostgresServer;

/** The provider's server is restarted, and killed, while changes flow. */
@ExtendWith(TestStack.class)
class ProviderServerIT {
  @Test
  void replicationGoesOnByItself(LocalStack stack) throws Exception {
    try (PostgresServer server = TestStack.postgres().notDurable().start();
        Replication replication = Replication.at(Place.of(stack).withProvider(server))) {
      replication.tables(StubbornWriter.TABLES, "public.t", "public.u").start();
      try (StubbornWriter writer = StubbornWriter.start(replication::openProvider)) {
        writer.awaitMore(100);
        server.restart();
        writer.awaitMore(100);
        server.kill();
        server.start();
        writer.awaitMore(100);
      }
      replication.awaitEqual();
      assertThat(replication.isRunning(replication.sourceName())).isTrue();
      assertThat(replication.isRunning(replication.sinkName(1))).isTrue();
    }
  }
}
