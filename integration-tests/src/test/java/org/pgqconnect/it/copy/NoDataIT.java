/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.it.stack.Replication.scalar;
import static org.pgqconnect.it.stack.Replication.sql;

import java.sql.Connection;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.connect.Await;
import org.pgqconnect.connect.ConnectorConfig;
import org.pgqconnect.it.stack.Cli;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.LocalStack;

/** {@code snapshot.mode=no_data}: the subscriber has the rows already, and keeps its own. */
@ExtendWith(TestStack.class)
class NoDataIT {
  @Test
  void changesAreAppliedToTheRowsThatAreThere(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack)) {
      replication.tables("create table t (id int primary key, v text)", "public.t");
      String rows = "insert into t select i, 'same' from generate_series(1, 100) i";
      sql(replication.provider(), rows);
      sql(replication.subscriber(), rows);
      sql(replication.subscriber(), "update t set v = 'not copied' where id = 50");
      replication.start(replication.source().with("snapshot.mode", "no_data"));
      sql(replication.provider(), "update t set v = 'changed' where id = 1");
      sql(replication.provider(), "delete from t where id = 2");
      sql(replication.provider(), "insert into t values (101, 'new')");
      replication.awaitScalar("select v from t where id = 101", "new");
      replication.awaitScalar(
          "select string_agg(id || v, ' ' order by id) from t where v <> 'same'",
          "1changed 50not copied 101new");
      replication.awaitScalar("select count(*) from t", "100");
    }
  }

  @Test
  void aTableThatIsAlteredBeforeItsFirstChangeWaitsForACopy(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack)) {
      replication.tables("create table t (id int primary key)", "public.t");
      String rows = "insert into t select i from generate_series(1, 100) i";
      sql(replication.provider(), rows);
      sql(replication.subscriber(), rows);
      replication.start(replication.source().with("snapshot.mode", "no_data"));
      String state = "select state from pgq_connect.subscribed_table";
      replication.awaitScalar(state, "ok");
      // Each side gives its rows values of its own.
      String alter = "alter table t add u uuid not null default gen_random_uuid()";
      sql(replication.subscriber(), alter);
      sql(replication.provider(), alter);
      sql(replication.provider(), "insert into t values (101)");
      replication.awaitScalar(state, "expecting-copy");
      Cli.run(
              "provider",
              "resync",
              "--config",
              replication.file(replication.asAdministrator(replication.source())).toString(),
              "public.t")
          .requireSuccess();
      replication.awaitScalar(state, "ok");
      replication.awaitEqual();
    }
  }

  @Test
  void aSubscriberThatComesLaterWithoutRowsIsNotOneThatHoldsThem(LocalStack stack)
      throws Exception {
    try (Replication replication = Replication.of(stack, 2)) {
      replication.tables(
          "create table t (id int primary key, v text); create table u (id int primary key, v"
              + " text)",
          "public.t",
          "public.u");
      String rows = "insert into t select i, 'same' from generate_series(1, 5) i";
      sql(replication.provider(), rows);
      sql(replication.subscriber(1), rows);
      ConnectorConfig source = replication.source().with("snapshot.mode", "no_data");
      replication.deploy(source);
      replication.deploy(replication.sink(1));
      sql(replication.provider(), "insert into t values (6, 'new'); insert into u values (1, 'u')");
      replication.awaitEqual(1);
      replication.deploy(replication.sink(2));
      String states =
          "select string_agg(table_name || ' ' || state, ', ' order by 1) from"
              + " pgq_connect.subscribed_table";
      replication
          .await("the states of the late subscriber's tables")
          .until(() -> scalar(replication.subscriber(2), states), "t expecting-copy, u ok"::equals);
      assertThat(
              scalar(
                  replication.subscriber(2),
                  "select note from pgq_connect.subscribed_table where table_name = 't'"))
          .contains("but the table is empty here, and was not there when its triggers were made")
          .endsWith(
              "./pgq-connect provider resync --prefix %s public.t".formatted(replication.name()));
      assertThat(scalar(replication.subscriber(1), states)).isEqualTo("t ok, u ok");
      Cli.run(
              "provider",
              "resync",
              "--config",
              replication.file(replication.asAdministrator(source)),
              "public.t")
          .requireSuccess();
      replication.awaitCopied();
      replication.awaitEqual();
    }
  }

  @Test
  void noRowIsLostThatIsWrittenWhileTheTablesAreMarked(LocalStack stack) throws Exception {
    String[] tables = {"public.a", "public.b", "public.c", "public.d"};
    try (Replication replication = Replication.of(stack)) {
      StringBuilder ddl = new StringBuilder();
      for (String table : tables) {
        ddl.append("create table %s (id serial primary key, v text);".formatted(table));
      }
      replication.tables(ddl.toString(), tables);
      ConnectorConfig source =
          replication
              .source()
              .with("snapshot.mode", "no_data")
              .with("table.include.list", "public\\..*");
      AtomicBoolean stop = new AtomicBoolean();
      FutureTask<Void> writer =
          new FutureTask<>(
              () -> {
                try (Connection session = replication.openProvider()) {
                  writeOnceCaptured(session, tables, stop);
                }
                return null;
              });
      new Thread(writer, "writer").start();
      replication.deploy(replication.sink());
      replication.deploy(source);
      // Else the connector, which is starting, would add the table itself, as its list names it.
      replication.awaitCopied();
      sql(replication.provider(), "create table e (id serial primary key, v text)");
      sql(replication.subscriber(), "create table e (id serial primary key, v text)");
      replication.replicate("public.e");
      assertThat(
              Cli.run(
                      "provider",
                      "add",
                      "--config",
                      replication.file(replication.asAdministrator(source)).toString(),
                      "--no-copy",
                      "public.e")
                  .requireSuccess()
                  .out())
          .contains("public.e: captured, no copy");
      sql(replication.provider(), "insert into e (v) values ('right after')");
      replication.awaitScalar("select v from e", "right after");
      stop.set(true);
      writer.get();
      replication.awaitEqual();
    }
  }

  private static void writeOnceCaptured(Connection session, String[] tables, AtomicBoolean stop)
      throws Exception {
    Await.atMost(Replication.PATIENCE, "the triggers")
        .every(Duration.ofMillis(10))
        .until(
            () ->
                scalar(session, "select to_regclass('pgq_connect.captured_table')") == null
                    ? "0"
                    : scalar(session, "select count(*) from pgq_connect.captured_table"),
            "4"::equals);
    while (!stop.get()) {
      for (String table : tables) {
        sql(session, "insert into %s (v) values ('x')".formatted(table));
      }
      Thread.sleep(20); // a pace
    }
  }
}
