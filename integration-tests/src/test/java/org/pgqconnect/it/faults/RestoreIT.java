/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.pgqconnect.it.stack.Replication.scalar;
import static org.pgqconnect.it.stack.Replication.sql;

import java.nio.file.Path;
import java.sql.Connection;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.pgqconnect.it.stack.Cli;
import org.pgqconnect.it.stack.Place;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.LocalStack;
import org.pgqconnect.local.postgres.PostgresServer;
import org.pgqconnect.source.engine.EngineChoice;
import org.pgqconnect.source.engine.EngineInstaller;

/**
 * The provider is restored from a dump into a server with smaller transaction ids, and changes made
 * after the dump are lost: the source says so, and what it says fixes it.
 */
@ExtendWith(TestStack.class)
class RestoreIT {
  private static final String SMALLER = "restored into a server with smaller transaction ids";

  @ParameterizedTest
  @EnumSource(EngineChoice.class)
  void aDumpInAnotherServer(EngineChoice engine, LocalStack stack) throws Exception {
    assumeTrue(
        TestStack.hasExtension(),
        "skipped: only Debian's server comes with pg_dump and pg_resetwal");
    try (PostgresServer server = TestStack.postgres().notDurable().start()) {
      setEpoch(server, 2);
      try (Replication replication = Replication.at(Place.of(stack).withProvider(server))) {
        try (Connection admin = replication.openProvider()) {
          new EngineInstaller().install(admin, engine);
        }
        replication.tables("create table t (id int primary key, v text)", "public.t").start();
        String source = replication.sourceName();
        sql(
            replication.provider(),
            "insert into t select i, 'dumped' from generate_series(1, 100) i");
        replication.awaitEqual();
        Path archive = server.dump(replication.providerDatabase());
        sql(
            replication.provider(),
            "update t set v = 'lost' where id <= 10; insert into t values (200, 'lost')");
        replication.awaitEqual();

        stop(replication);
        try (Connection admin = server.connect("postgres")) {
          sql(admin, "drop database %s with (force)".formatted(replication.providerDatabase()));
        }
        setEpoch(server, 0);
        server.createDatabase(replication.providerDatabase());
        server.restore(replication.providerDatabase(), archive);
        sql(
            replication.provider(),
            "insert into t values (300, 'restored'); delete from t where id = 50");

        replication.rest().resume(source);
        assertThat(replication.rest().waitFailed(source, Replication.PATIENCE))
            .contains("Queue \"%s\" was ".formatted(replication.name()) + SMALLER)
            .contains("./pgq-connect provider repair-ticks --host ")
            .contains(" --queue %s --confirm".formatted(replication.name()));
        repair(replication);

        stop(replication); // so that the status is not that of before
        replication.rest().resume(source);
        assertThat(replication.rest().waitFailed(source, Replication.PATIENCE))
            .contains("Queue \"%s\" no longer has tick ".formatted(replication.name()))
            .contains("DELETE /connectors/" + source + "/offsets");
        stop(replication);
        replication.rest().deleteOffsets(source);
        replication.rest().resume(source);
        replication.rest().waitRunning(source, Replication.PATIENCE);
        replication.awaitEqual();
        assertThat(scalar(replication.subscriber(), "select count(*) from t where v = 'lost'"))
            .isEqualTo("0");

        sql(replication.provider(), "update t set v = 'new' where id > 90");
        replication.awaitEqual();
        sql(replication.provider(), "truncate t; insert into t values (1, 'last')");
        replication.awaitEqual();
        assertThat(
                Cli.run("provider", "tables", "--config", admin(replication))
                    .requireSuccess()
                    .out())
            .contains("OK");
        assertThat(replication.isRunning(source)).isTrue();
        assertThat(replication.isRunning(replication.sinkName(1))).isTrue();
      }
    }
  }

  private static void stop(Replication replication) {
    replication.rest().stop(replication.sourceName());
    replication.rest().waitState(replication.sourceName(), "STOPPED", Replication.PATIENCE);
  }

  private static void setEpoch(PostgresServer server, int epoch) {
    server.stop();
    server.setTransactionEpoch(epoch);
    server.start();
  }

  private static Path admin(Replication replication) throws Exception {
    return replication.file(replication.asAdministrator(replication.source()));
  }

  private static void repair(Replication replication) throws Exception {
    Cli look = Cli.run("provider", "repair-ticks", "--config", admin(replication));
    assertThat(look.exit()).isEqualTo(1);
    assertThat(look.out())
        .contains("its ticks or events lie in the future of the server's transaction ids")
        .contains("Nothing was changed");
    Cli done = Cli.run("provider", "repair-ticks", "--config", admin(replication), "--confirm");
    assertThat(done.requireSuccess().out())
        .contains("to 1000000000")
        .contains("a new copy of 1 captured tables")
        .contains("restart the source connector", "public.t")
        .contains("A table that was added after the restored state was saved is not listed there");
  }
}
