/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.source.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.source.clients.ClientServer.newDatabase;
import static org.pgqconnect.source.clients.ClientServer.run;
import static org.pgqconnect.source.clients.ClientServer.text;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.pgqconnect.connect.Await;
import org.pgqconnect.local.londiste.LondisteNode;
import org.pgqconnect.local.londiste.PgqDaemon;
import org.pgqconnect.local.postgres.PostgresServer;

/** Londiste 3 itself replicates from the built-in engine to the built-in engine. */
@Execution(ExecutionMode.CONCURRENT)
class LondisteIT {

  private static final Duration TIMEOUT = Duration.ofSeconds(90);
  private static final String TABLES =
      """
      create table public.t (id int primary key, v text, n numeric, b bytea, at timestamptz);
      create table public."Odd Name" ("a b" int, c text, "Ü" text, primary key ("a b", c));
      """;
  private static final String CONTENTS =
      """
      select md5(concat((select string_agg(t::text, ',' order by id) from public.t t), '/',
                        (select string_agg(o::text, ',' order by o::text) from public."Odd Name" o)))
      """;

  @Test
  void aLeafOnPostgres15FollowsARootOnPostgres18() throws Exception {
    ClientServer.skipWithout(LondisteNode.unavailable());
    ClientServer.skipWithout(PgqDaemon.unavailable());
    PostgresServer provider = ClientServer.POSTGRES_18.server();
    PostgresServer subscriber = ClientServer.DEBIAN_15.server();
    String source = newDatabase(provider);
    String target = newDatabase(subscriber);
    run(provider, source, TABLES);
    run(subscriber, target, TABLES);
    run(
        provider,
        source,
        "insert into t select g, 'v' || g, g / 3.0, '\\x00ff', now() from generate_series(1, 500)"
            + " g");
    try (LondisteNode root = LondisteNode.of(provider, source, "lq", "root");
        LondisteNode leaf = LondisteNode.of(subscriber, target, "lq", "leaf");
        PgqDaemon pgqd = PgqDaemon.start(provider, source)) {
      root.installSql();
      leaf.installSql();
      assertThat(root.run("create-root", "root", root.location()))
          .contains("pgq is installed", "Node \"root\" initialized for queue \"lq\"");
      assertThat(leaf.run("create-leaf", "leaf", leaf.location(), "--provider=" + root.location()))
          .contains("Node \"leaf\" initialized for queue \"lq\"");
      run(
          provider,
          source,
          """
          select pgq.set_queue_config('lq', 'ticker_max_lag', '0.1 seconds');
          select pgq.set_queue_config('lq', 'ticker_idle_period', '0.2 seconds');
          """);
      assertThat(root.run("add-table", "public.t", "public.Odd Name"))
          .contains("Table added: public.t", "Table added: public.Odd Name");
      root.startWorker();
      leaf.startWorker();
      await("the tables' announcement on the leaf", root, leaf)
          .until(
              () -> text(subscriber, target, "select count(*) from londiste.table_info"),
              "2"::equals);
      run(provider, source, "update t set v = 'before the copy' where id % 7 = 0");
      assertThat(leaf.run("add-table", "public.t", "public.Odd Name"))
          .contains("Table added: public.t", "Table added: public.Odd Name");
      run(provider, source, "update t set v = 'while copying' where id % 5 = 0");
      await("the copy of both tables", root, leaf)
          .until(
              () ->
                  text(
                      subscriber,
                      target,
                      "select count(*) from londiste.table_info where merge_state = 'ok'"),
              "2"::equals);

      for (int n = 1; n <= 5; n++) {
        run(
            provider,
            source,
            "update t set v = E'é\\\\\\'" + n + "', n = null where id % 9 = " + n);
        run(provider, source, "delete from t where id = " + 10 * n);
        run(provider, source, "insert into t values (1000 + " + n + ", '', 'NaN', '', 'infinity')");
        run(provider, source, "insert into \"Odd Name\" values (" + n + ", 'o''x', null)");
      }
      // A worker that is killed goes on where the leaf's database is.
      leaf.killWorker();
      run(provider, source, "update \"Odd Name\" set \"Ü\" = 'while the worker was down'");
      leaf.startWorker();
      String contents = text(provider, source, CONTENTS);
      await("equal contents", root, leaf)
          .until(() -> text(subscriber, target, CONTENTS), contents::equals);

      assertThat(leaf.run("compare"))
          .contains("srcdb: 500 rows", "dstdb: 500 rows", "srcdb: 5 rows", "dstdb: 5 rows")
          .doesNotContain("ERROR", "WARNING");
      assertThat(root.run("status"))
          .contains("root (root)", "leaf (leaf)", "Tables: 2/0/0")
          .doesNotContain("ERR:", "DEAD");
      assertThat(
              text(
                  provider,
                  source,
                  "select string_agg(func_name, ' ') from"
                      + " pgq.maint_operations() where func_name !~ '^pgq[.]|^vacuum'"))
          .isEqualTo("pgq_node.maint_watermark londiste.periodic_maintenance");
      assertThat(pgqd.isRunning()).as(pgqd.describeLog()).isTrue();
    }
  }

  private static Await await(String what, LondisteNode... nodes) {
    return Await.atMost(TIMEOUT, what)
        .unless(
            () -> {
              for (LondisteNode node : nodes) {
                if (!node.isWorkerRunning()) {
                  return Optional.of(node.describeLog());
                }
              }
              return Optional.empty();
            });
  }
}
