/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.it.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.pgqconnect.it.stack.Replication.scalar;
import static org.pgqconnect.it.stack.Replication.sql;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.pgqconnect.it.stack.Cli;
import org.pgqconnect.it.stack.Replication;
import org.pgqconnect.it.stack.TestStack;
import org.pgqconnect.local.LocalStack;

/** A running subscription is moved by the commands that {@code subscriber adopt} prints. */
@ExtendWith(TestStack.class)
class AdoptIT {
  @Test
  void aTableThatIsNotNamedIsCopied(LocalStack stack) throws Exception {
    try (Replication replication = Replication.of(stack)) {
      replication.tables(
          "create table t (id int primary key, v text); create table w (id int primary key, v"
              + " text)",
          "public.t",
          "public.w");
      sql(
          replication.provider(),
          "insert into t values (1, 'old'); insert into w values (1, 'old')");
      replication.start().awaitEqual();
      String sink = replication.sinkName(1);
      assertThat(
              Cli.run(
                      "subscriber",
                      "adopt",
                      "--config",
                      replication.file(replication.asAdministrator(replication.sink())),
                      "--tick",
                      1,
                      "public.t")
                  .err())
          .contains("is running")
          .contains("Stop it first: PUT /connectors/" + sink + "/stop");
      replication.rest().stop(sink);
      replication.rest().waitState(sink, "STOPPED", Replication.PATIENCE);
      sql(
          replication.provider(),
          "insert into t values (2, 'skipped'); insert into w values (2, 'skipped')");
      String tick = publishedTick(replication);
      sql(replication.subscriber(), "insert into t values (2, 'skipped')");
      Object[] adopt = {
        "subscriber",
        "adopt",
        "--config",
        replication.file(replication.asAdministrator(replication.sink())),
        "--tick",
        tick,
        "public.t"
      };
      String refused = Cli.run(adopt).err();
      assertThat(refused)
          .contains("already. Nothing was changed. Changes after tick ")
          .contains("for those that it holds and that are not named: public.w. If these hold")
          .contains(" --tick " + tick + " --move public.t public.w; otherwise have them copied: ");
      assertThat(
              scalar(
                  replication.subscriber(),
                  "select tick_id < %s from pgq_connect.subscription".formatted(tick)))
          .isEqualTo("t");

      String[] commands = refused.substring(refused.indexOf("have them copied: ")).split("[:;] ");
      assertThat(Cli.run(words(commands[1])).requireSuccess().out())
          .contains("public.t: ok")
          .contains("public.w: expecting-copy: once the sink runs: ./pgq-connect provider resync");
      replication.rest().resume(sink);
      replication.rest().waitRunning(sink, Replication.PATIENCE);
      assertThat(commands[3].trim())
          .isEqualTo("./pgq-connect provider resync --prefix %s public.w", replication.name());
      sql(replication.provider(), "insert into w values (3, 'new')");
      Cli.run(
              "provider",
              "resync",
              "--config",
              replication.file(replication.asAdministrator(replication.source())),
              "public.w")
          .requireSuccess();
      replication.awaitCopied();
      replication.awaitEqual();
    }
  }

  private static Object[] words(String command) {
    String[] words = command.trim().split(" ");
    Object[] arguments = new Object[words.length - 1];
    System.arraycopy(words, 1, arguments, 0, arguments.length);
    return arguments;
  }

  /** A tick up to which all is published that was committed before. */
  private static String publishedTick(Replication replication) throws Exception {
    String now = scalar(replication.provider(), "select txid_current()");
    replication
        .await("a batch that holds all that is committed")
        .until(
            () ->
                scalar(
                    replication.provider(),
                    "select txid_snapshot_xmin(t.tick_snapshot) > %s from pgq.get_consumer_info('%s') c join pgq.tick t on t.tick_id = c.last_tick"
                        .formatted(now, replication.name())),
            "t"::equals);
    return scalar(
        replication.provider(),
        "select last_tick from pgq.get_consumer_info('%s')".formatted(replication.name()));
  }
}
