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
import org.pgqconnect.connect.ConnectorConfig;
import org.pgqconnect.it.stack.Cli;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.LocalStack;
import org.pgqconnect.postgres.ConnectionConfig;

/** What a role needs is taken from it while the connectors run: they say so, and go on later. */
@ExtendWith(TestStack.class)
class LostRightsIT {
  @Test
  void theSinkMayNotWriteATable(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack)) {
      replication.tables("create table t (id int primary key)", "public.t").start();
      sql(replication.subscriber(), "revoke all on t from replicator");
      sql(replication.provider(), "insert into t values (1)");
      String sink = replication.sinkName(1);
      assertThat(replication.rest().waitFailed(sink, Replication.PATIENCE))
          .contains("cannot write table public.t")
          .contains("GRANT SELECT, INSERT, UPDATE, DELETE ON");
      assertThat(replication.rest().validate(replication.sink()).get(ConnectionConfig.USER))
          .singleElement()
          .asString()
          .contains("cannot write table public.t", "TO \"replicator\"");
      sql(
          replication.subscriber(),
          "grant select, insert, update, delete, truncate on t to replicator");
      replication.restartFailed(sink);
      replication.awaitEqual();
    }
  }

  @Test
  void theSourceMayNotFinishBatches(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack)) {
      replication.tables("create table t (id int primary key)", "public.t").start();
      sql(
          replication.provider(),
          "revoke execute on function pgq.finish_batch(bigint) from replicator");
      sql(replication.provider(), "insert into t values (1)");
      String remedy = " --queue %s --grant-to replicator".formatted(replication.name());
      assertThat(replication.rest().waitFailed(replication.sourceName(), Replication.PATIENCE))
          .contains("permission denied for function finish_batch", remedy);
      assertThat(replication.rest().validate(replication.source()).get(ConnectionConfig.USER))
          .singleElement()
          .asString()
          .contains(
              "Role \"replicator\" lacks rights on the provider",
              "GRANT EXECUTE ON FUNCTION pgq.finish_batch(bigint) TO \"replicator\";",
              remedy);

      ConnectorConfig admin = replication.asAdministrator(replication.source());
      Cli.run(
              "provider",
              "install",
              "--config",
              replication.file(admin),
              "--grant-to",
              "replicator")
          .requireSuccess();
      replication.restartFailed(replication.sourceName());
      replication.awaitEqual();
    }
  }

  @Test
  void thePasswordOfTheSourceIsChanged(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack)) {
      replication.tables("create table t (id int primary key)", "public.t");
      ConnectorConfig source = withRoleOfItsOwn(replication, replication.source());
      replication.start(source);
      changePassword(replication, source, "provider");
    }
  }

  @Test
  void thePasswordOfTheSinkIsChanged(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack)) {
      replication.tables("create table t (id int primary key)", "public.t");
      ConnectorConfig sink = withRoleOfItsOwn(replication, replication.sink());
      replication.deploy(replication.source());
      replication.deploy(sink);
      replication.awaitCopied();
      changePassword(replication, sink, "subscriber");
    }
  }

  private static ConnectorConfig withRoleOfItsOwn(Replication replication, ConnectorConfig config)
      throws Exception {
    String role = replication.name() + "_role";
    sql(
        replication.provider(),
        "create role %s login password 'secret' in role replicator".formatted(role));
    return config.with(ConnectionConfig.USER, role);
  }

  private static void changePassword(
      Replication replication, ConnectorConfig connector, String side) throws Exception {
    String role = connector.config().get(ConnectionConfig.USER);
    sql(replication.provider(), "alter role %s password 'changed'".formatted(role));
    sql(
        replication.provider(),
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = '%s'"
            .formatted(role));
    sql(replication.provider(), "insert into t values (1)");
    assertThat(replication.rest().waitFailed(connector.name(), Replication.PATIENCE))
        .contains("The password for role \"%s\" was rejected by the %s ".formatted(role, side))
        .contains("Correct database.password")
        .doesNotContain("secret");
    replication.rest().put(connector.with(ConnectionConfig.PASSWORD, "changed"));
    // Tasks, failed ones too, are started again when their configuration changes.
    replication.awaitRunsAgain(connector.name());
    replication.awaitEqual();
  }

  @Test
  void theQueueIsDropped(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack)) {
      replication.tables("create table t (id int primary key)", "public.t").start();
      replication
          .await("the source to have finished the batch that ended the copy")
          .until(
              () ->
                  scalar(
                      replication.provider(),
                      "select string_agg(distinct state, ' ') from pgq_connect.table_copy"),
              "done"::equals);
      sql(
          replication.provider(),
          "select pgq.drop_queue('%s', true)".formatted(replication.name()));
      assertThat(replication.rest().waitFailed(replication.sourceName(), Replication.PATIENCE))
          .contains("Queue \"%s\" does not exist on the provider".formatted(replication.name()))
          .contains(" --queue " + replication.name());
    }
  }
}
