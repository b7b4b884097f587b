/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.it.stack.Replication.scalar;
import static org.pgqconnect.it.stack.Replication.sql;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.connect.ConnectorConfig;
import org.pgqconnect.it.stack.Cli;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.LocalStack;
import org.pgqconnect.postgres.ConnectionConfig;

/** The way of an operator through the command line, from empty databases on. */
@ExtendWith(TestStack.class)
class CliIT {
  @Test
  void installAddDeployLook(LocalStack stack) throws Exception {
    try (Replication replication = Replication.installingItself(stack)) {
      replication.tables(
          "create table t (id int primary key, v text); create table u (id int primary key)",
          "public.t",
          "public.u");
      sql(replication.provider(), "insert into t values (1, 'copied')");
      ConnectorConfig sourceConfig =
          replication.source().with("provision", "none").without("table.include.list");
      Path source = replication.file(sourceConfig);
      Path sink = replication.file(replication.sink());
      String connect = replication.rest().base().toString();
      String name = replication.name();

      Cli tooEarly = Cli.run("connectors", "deploy", "--connect", connect, source);
      assertThat(tooEarly.exit()).isEqualTo(1);
      assertThat(tooEarly.err())
          .contains(replication.sourceName() + ": ")
          .contains("./pgq-connect provider install --host ", " --queue " + name);

      assertThat(Cli.run("provider", "install", "--config", source).requireSuccess().out())
          .contains("queue %s: created".formatted(name));
      assertThat(Cli.run("provider", "install", "--config", source).requireSuccess().out())
          .contains("queue %s: is there already".formatted(name));
      assertThat(Cli.run("provider", "tables", "--config", source).requireSuccess().out())
          .contains("No table is captured. Add one: ./pgq-connect provider add --help");
      assertThat(
              Cli.run("provider", "add", "--config", source, "public.t", "public.u")
                  .requireSuccess()
                  .out())
          .contains("public.t: captured, copy requested", "public.u: captured, copy requested");
      Cli.run("provider", "add", "--config", source, "public.t").requireSuccess();
      assertThat(Cli.run("provider", "resync", "--config", source, "--all").requireSuccess().out())
          .contains("public.t: copy requested", "public.u: copy requested");
      assertThat(Cli.run("provider", "tables", "--config", source).requireSuccess().out())
          .containsPattern("public\\.t +\\w+ +key \\(id\\) +OK")
          .containsPattern("public\\.u +\\w+ +key \\(id\\) +OK");
      assertThat(Cli.run("subscriber", "install", "--config", sink).requireSuccess().out())
          .contains("Schema pgq_connect is installed on 127.0.0.1:");

      assertThat(
              Cli.run("connectors", "deploy", "--connect", connect, source, sink)
                  .requireSuccess()
                  .out())
          .contains(replication.sourceName() + ": running", replication.sinkName(1) + ": running");
      replication.awaitCopied();
      sql(replication.provider(), "insert into t values (2, 'new')");
      replication.awaitEqual();
      Cli status = Cli.run("status", "--source", source, "--sink", sink, "--connect", connect);
      assertThat(status.requireSuccess().out())
          .containsPattern(
              "connector " + replication.sourceName() + " +RUNNING on .*\\R +task 0 RUNNING")
          .containsPattern(
              "connector " + replication.sinkName(1) + " +RUNNING on .*\\R +task 0 RUNNING")
          .contains(
              "provider  queue %s, consumer %s: at tick".formatted(name, replication.sourceName()))
          .contains("subscriber %s: at tick".formatted(replication.sinkName(1)))
          .containsPattern("public\\.t +ok");
      // As after a restore to a state in which the table was not captured yet.
      Cli.run("provider", "remove", "--config", source, "public.u").requireSuccess();
      Cli uncaptured = Cli.run("status", "--source", source, "--sink", sink, "--connect", connect);
      assertThat(uncaptured.exit()).as(uncaptured.toString()).isEqualTo(1);
      assertThat(uncaptured.out())
          .contains("Queue \"%s\" does not capture table public.u: ".formatted(name))
          .contains("provider add --config %s --queue %s public.u. ".formatted(source, name))
          .doesNotContain("does not capture table public.t");
      // As after it was renamed on both sides: a copy of it cannot even be requested.
      sql(
          replication.subscriber(),
          "update pgq_connect.subscribed_table set state = 'expecting-copy',"
              + " note = 'copy it again: provider resync' where table_name = 'u'");
      uncaptured = Cli.run("status", "--source", source, "--sink", sink, "--connect", connect);
      assertThat(uncaptured.exit()).as(uncaptured.toString()).isEqualTo(1);
      assertThat(uncaptured.out())
          .contains("Queue \"%s\" does not capture table public.u: ".formatted(name))
          .doesNotContain("provider resync");
      sql(
          replication.subscriber(),
          uncaptured.out().split("run on the subscriber: ")[1].lines().findFirst().orElseThrow());
      Cli.run("status", "--source", source, "--sink", sink, "--connect", connect).requireSuccess();
      Cli.run("provider", "add", "--config", source, "public.u").requireSuccess();
      replication.awaitCopied();
      sql(replication.provider(), "insert into u values (1)");
      replication.awaitEqual();
      replication.rest().pause(replication.sinkName(1));
      replication.rest().waitState(replication.sinkName(1), "PAUSED", Replication.PATIENCE);
      Cli paused = Cli.run("status", "--sink", sink, "--connect", connect);
      assertThat(paused.exit()).as(paused.toString()).isEqualTo(1);
      assertThat(paused.out())
          .contains(
              "an operator paused it. To resume it: curl -X PUT %s/connectors/%s/resume"
                  .formatted(connect, replication.sinkName(1)));
      replication.rest().resume(replication.sinkName(1));
      replication.rest().waitRunning(replication.sinkName(1), Replication.PATIENCE);
      Cli absent =
          Cli.run(
              "status",
              "--sink",
              replication.file(replication.sink().named("absent")),
              "--connect",
              connect);
      assertThat(absent.exit()).isEqualTo(1);
      assertThat(absent.out()).contains("is not on the worker", "subscriber absent: not there yet");

      Cli.run("connectors", "deploy", "--connect", connect, source, sink).requireSuccess();
      sql(replication.provider(), "insert into t values (3, 'after the second deployment')");
      replication.awaitEqual();
    }
  }

  @Test
  void anAdministratorInstallsForAnotherRole(LocalStack stack) throws Exception {
    try (Replication replication = Replication.installingItself(stack)) {
      replication.tables("create table t (id int primary key, v text)", "public.t");
      String role = replication.name() + "_reader";
      sql(
          replication.provider(),
          "create role %1$s login noinherit password 'secret'; grant select on t to %1$s"
              .formatted(role));
      ConnectorConfig source =
          replication.source().with("provision", "none").with(ConnectionConfig.USER, role);
      Path asAdministrator = replication.file(replication.asAdministrator(source));
      Cli.run("provider", "install", "--config", asAdministrator, "--grant-to", role)
          .requireSuccess();
      Cli.run("provider", "add", "--config", asAdministrator, "--form", "row", "public.t")
          .requireSuccess();
      assertThat(scalar(replication.provider(), "select form from pgq_connect.captured_table"))
          .isEqualTo("row");
      Cli.run("subscriber", "install", "--config", replication.file(replication.sink()))
          .requireSuccess();
      replication.start(source.with("maintenance.interval.ms", "1000"));
      for (int i = 1; i <= 3; i++) {
        sql(replication.provider(), "insert into t values (%d, 'new')".formatted(i));
        replication.awaitEqual();
      }
    }
  }

  @Test
  void uninstallsOnlyWhatIsItsOwn(LocalStack stack) throws Exception {
    try (Replication replication = Replication.installingItself(stack)) {
      replication.tables("create table t (id int primary key)", "public.t");
      Path source = replication.file(replication.source().with("provision", "none"));
      Cli.run("provider", "install", "--config", source).requireSuccess();
      Cli.run("provider", "add", "--config", source, "public.t").requireSuccess();
      boolean extension =
          "1"
              .equals(
                  scalar(
                      replication.provider(),
                      "select count(*) from pg_extension where extname = 'pgq'"));
      sql(
          replication.provider(),
          "select pgq.register_consumer('%s', 'somebody else')".formatted(replication.name()));

      Cli uninstall = Cli.run("provider", "uninstall", "--config", source);
      if (extension) {
        assertThat(uninstall.requireSuccess().out())
            .contains("extension pgq 3.", "stays, with its queues and consumers");
      } else {
        assertThat(uninstall.exit()).isEqualTo(3);
        assertThat(uninstall.err())
            .contains("queue %s with consumer somebody else".formatted(replication.name()))
            .contains("Nothing was removed.", "--force");
        assertThat(scalar(replication.provider(), "select to_regclass('pgq_connect.provider')"))
            .isNotNull();
        assertThat(
                Cli.run("provider", "uninstall", "--config", source, "--force")
                    .requireSuccess()
                    .out())
            .contains("built-in engine", "is removed");
        assertThat(scalar(replication.provider(), "select to_regnamespace('pgq')")).isNull();
      }
      assertThat(scalar(replication.provider(), "select to_regnamespace('pgq_connect')")).isNull();
      sql(replication.provider(), "insert into t values (1)");
    }
  }

  @Test
  void whatIsWrongIsSeen(LocalStack stack) throws Exception {
    try (Replication replication = Replication.installingItself(stack)) {
      replication.tables("create table t (id int primary key, v text)", "public.t");
      // A look of the source's own at the wrong moment would stop it.
      replication.start(replication.source().with("capture.check", "warn"));
      Path source = replication.file(replication.source());
      sql(replication.provider(), "alter table t disable trigger user");
      Cli tables = Cli.run("provider", "tables", "--config", source);
      assertThat(tables.exit()).isEqualTo(1);
      assertThat(tables.out())
          .contains("DISABLED")
          .containsPattern("fix it: ALTER TABLE public.t ENABLE TRIGGER");
      sql(replication.provider(), "create table late (id int primary key)");
      Path wider =
          replication.file(replication.source().with("table.include.list", "public\\.(t|late)"));
      Cli lost = Cli.run("status", "--no-connect", "--source", wider);
      assertThat(lost.exit()).as(lost.toString()).isEqualTo(1);
      assertThat(lost.out())
          .containsPattern("public\\.t +DISABLED: ")
          .contains("fix it: ALTER TABLE public.t ENABLE TRIGGER")
          .contains("Table public.late is named by table.include.list, but queue ");
      sql(replication.provider(), tables.out().split("fix it: ")[1]);
      assertThat(Cli.run("provider", "tables", "--config", source).out())
          .contains("CHANGES_MISSED")
          .containsPattern("fix it: \\./pgq-connect provider resync ");
      Cli.run("provider", "resync", "--config", source, "public.t").requireSuccess();
      Cli.run("provider", "tables", "--config", source).requireSuccess();

      sql(
          replication.provider(),
          "do $$ declare n text; begin for n in select tgname from pg_trigger where tgrelid ="
              + " 't'::regclass loop execute format('drop trigger %I on t', n); end loop; end $$");
      tables = Cli.run("provider", "tables", "--config", source);
      assertThat(tables.exit()).isEqualTo(1);
      assertThat(tables.out())
          .contains("TRIGGER_MISSING")
          .contains(
              "fix it: ./pgq-connect provider add --config %s --queue %s public.t"
                  .formatted(source, replication.name()));
      Cli.run("provider", "add", "--config", source, "public.t").requireSuccess();
      Cli.run("provider", "tables", "--config", source).requireSuccess();

      sql(replication.subscriber(), "alter table t add own int not null");
      sql(replication.provider(), "insert into t values (1, 'refused')");
      replication.rest().waitFailed(replication.sinkName(1), Replication.PATIENCE);
      Cli status = Cli.run("status", "--connect", replication.rest().base());
      assertThat(status.exit()).isEqualTo(1);
      assertThat(status.out())
          .containsPattern("connector " + replication.sinkName(1) + " +RUNNING on ")
          .containsPattern("task 0 FAILED on .*\\R +The subscriber rejects a row of table public.t")
          .doesNotContain("Exiting WorkerSinkTask");
    }
  }

  @Test
  void refusals(LocalStack stack) throws Exception {
    try (Replication replication = Replication.installingItself(stack)) {
      sql(
          replication.provider(),
          """
          create table no_key (a int, b int not null);
          create table keyed (a int not null, b int not null unique);
          create table no_rights (id int primary key);
          grant select, trigger on no_key, keyed to installing_replicator\
          """);
      replication.tables("create table t (id int primary key)", "public.t");
      Path source = replication.file(replication.source());
      refused("is not installed in this database", "add", "--config", source, "public.t");
      Cli.run("provider", "install", "--config", source).requireSuccess();
      nothingToCopy(
          "No trigger in this database writes the changes of a table into queue \"%1$s\", so there is no table to copy. To have one captured and copied, with its schema and name at the end: ./pgq-connect provider add --config %2$s --queue %1$s <schema>.<table>."
              .formatted(replication.name(), source),
          "--config",
          source);
      nothingToCopy(
          "Queue \"absent\" does not exist on the provider. Create it: ./pgq-connect provider install --config %s --queue absent"
              .formatted(source),
          "--config",
          source,
          "--queue",
          "absent");
      refused("There is no table public.nothing in database", "add", "--config", source, "nothing");
      refused("no primary key", "add", "--config", source, "public.no_key");
      refused("no_rights", "add", "--config", source, "public.no_rights");
      Cli.run("provider", "add", "--config", source, "--key", "b", "public.keyed").requireSuccess();
      refused("absent", "add", "--config", source, "--queue", "absent", "public.t");
      refused("not captured", "resync", "--config", source, "public.t");
      Cli removed = Cli.run("provider", "remove", "--config", source, "public.t");
      assertThat(removed.exit()).isEqualTo(1);
      assertThat(removed.out())
          .contains("public.t: was not captured by queue " + replication.name());
      assertThat(scalar(replication.provider(), "select count(*) from pgq_connect.captured_table"))
          .isEqualTo("1");
    }
  }

  private static void nothingToCopy(String why, Object... arguments) {
    Object[] all = new Object[arguments.length + 3];
    all[0] = "provider";
    all[1] = "resync";
    all[2] = "--all";
    System.arraycopy(arguments, 0, all, 3, arguments.length);
    Cli answer = Cli.run(all);
    assertThat(answer.exit()).as(answer.toString()).isEqualTo(1);
    assertThat(answer.err()).contains("Nothing was requested. " + why);
    assertThat(answer.out()).isEmpty();
  }

  @Test
  void tablesThatAreGoneAreNamedAndRemoved(LocalStack stack) throws Exception {
    try (Replication replication = Replication.installingItself(stack)) {
      replication.tables(
          "create table t (id int primary key); create table \"Bob's u\" (id int primary key)",
          "public.t",
          "public.Bob's u");
      Path source = replication.file(replication.source());
      Cli.run("provider", "install", "--config", source).requireSuccess();
      Cli.run("provider", "add", "--config", source, "public.t", "public.Bob's u").requireSuccess();
      sql(replication.provider(), "drop table \"Bob's u\"");
      String remove =
          "./pgq-connect provider remove --config %s --queue %s 'public.Bob'\\''s u'"
              .formatted(source, replication.name());

      Cli tables = Cli.run("provider", "tables", "--config", source);
      assertThat(tables.exit()).isEqualTo(1);
      assertThat(tables.out()).contains("TABLE_MISSING", "fix it: " + remove);
      refused("there is nothing to copy", "resync", "--config", source, "public.Bob's u");
      refused(remove, "add", "--config", source, "public.Bob's u");
      Cli resync = Cli.run("provider", "resync", "--config", source, "--all");
      assertThat(resync.exit()).isEqualTo(1);
      assertThat(resync.out()).isEqualToIgnoringNewLines("public.t: copy requested");
      assertThat(resync.err()).contains("public.Bob's u: no copy: ", remove);
      Cli repair = Cli.run("provider", "repair-ticks", "--config", source, "--confirm");
      assertThat(repair.exit()).isEqualTo(1);
      assertThat(repair.out())
          .contains("a new copy of 1 captured tables")
          .contains("no copy of public.Bob's u: ", remove)
          .contains("DELETE /connectors/%s/offsets,".formatted(replication.sourceName()));

      assertThat(Cli.run(shellWords(remove)).requireSuccess().out())
          .isEqualToIgnoringNewLines("public.Bob's u: removed");
      Cli.run("provider", "tables", "--config", source).requireSuccess();
      Cli.run("provider", "resync", "--config", source, "--all").requireSuccess();
      refused("There is no table", "remove", "--config", source, "public.Bob's u");
    }
  }

  /** The words after the command's name, as a shell takes them. */
  private static Object[] shellWords(String command) throws Exception {
    Process shell = new ProcessBuilder("sh", "-c", "printf '%s\\n' " + command).start();
    return new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
        .lines()
        .skip(1)
        .toArray();
  }

  private static void refused(String message, Object... arguments) {
    Object[] all = new Object[arguments.length + 1];
    all[0] = "provider";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    Cli answer = Cli.run(all);
    assertThat(answer.exit()).as(answer.toString()).isEqualTo(3);
    assertThat(answer.err()).contains(message).startsWith("pgq-connect: ").doesNotContain("\tat ");
  }

  @Test
  void unreachableServers(LocalStack stack) throws Exception {
    try (Replication replication = Replication.installingItself(stack)) {
      replication.tables("create table t (id int primary key)", "public.t");
      Path down = replication.file(replication.source().with("database.port", "1"));
      Path wrong = replication.file(replication.source().with("database.password", "wrong"));
      Path sinkDown = replication.file(replication.sink().with("database.port", "1"));
      for (Cli answer :
          new Cli[] {
            Cli.run("provider", "install", "--config", down),
            Cli.run("provider", "add", "--config", down, "public.t"),
            Cli.run("provider", "tables", "--config", down),
            Cli.run("provider", "remove", "--config", down, "public.t"),
            Cli.run("provider", "uninstall", "--config", down),
            Cli.run("provider", "resync", "--config", down, "--all"),
            Cli.run("status", "--no-connect", "--source", down),
            Cli.run("subscriber", "install", "--config", sinkDown),
            Cli.run("status", "--no-connect", "--sink", sinkDown)
          }) {
        assertThat(answer.exit()).as(answer.toString()).isEqualTo(3);
        assertThat(answer.err())
            .contains("Cannot reach the ", "pg_isready -h 127.0.0.1 -p 1")
            .doesNotContain("\tat ", "Exception");
      }
      Cli refused = Cli.run("provider", "install", "--config", wrong);
      assertThat(refused.exit()).isEqualTo(3);
      assertThat(refused.err())
          .contains(
              "The password for role \"installing_replicator\" was rejected",
              "Correct database.password of connector \"%s\"".formatted(replication.sourceName()))
          .doesNotContain("\tat ");
      Cli noConnect = Cli.run("connectors", "deploy", "--connect", "http://127.0.0.1:1", down);
      assertThat(noConnect.exit()).isEqualTo(3);
      assertThat(noConnect.err()).contains("http://127.0.0.1:1").doesNotContain("\tat ");
      Cli noStatus = Cli.run("status", "--connect", "http://127.0.0.1:1");
      assertThat(noStatus.exit()).isEqualTo(3);
      assertThat(noStatus.err())
          .contains(
              "Nothing listens on http://127.0.0.1:1. Start the Connect worker, or name one that"
                  + " runs, as --connect http")
          .doesNotContain("null", "Exception");
    }
  }
}
