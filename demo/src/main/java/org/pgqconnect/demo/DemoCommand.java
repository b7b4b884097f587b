/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.demo;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code pgq-connect demo}. */
@Command(
    name = "demo",
    description = {
      "Shows it at work on this machine: a bank on a provider, two subscribers, Kafka and Connect.",
      "Money moves all the time; no reader of a subscriber may ever see some of it missing.",
      "Ends with a comparison of all tables; the exit code is 1 when anything differs."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  pgq-connect demo",
      "  pgq-connect demo --seconds 20 --sessions 8",
      "  pgq-connect demo --keep     (leaves everything running, to look around)"
    })
public final class DemoCommand implements Callable<Integer> {
  @Option(
      names = "--seconds",
      defaultValue = "60",
      description = "How long the bank works. Default: ${DEFAULT-VALUE}.")
  private int seconds;

  @Option(
      names = "--sessions",
      defaultValue = "4",
      description = "Sessions that transact at the same time. Default: ${DEFAULT-VALUE}.")
  private int sessions;

  @Option(
      names = "--accounts",
      defaultValue = "1000",
      description = "Accounts of the bank. Default: ${DEFAULT-VALUE}.")
  private int accounts;

  @Option(
      names = "--pause-ms",
      defaultValue = "5",
      description =
          "Milliseconds that a session rests after a transaction; 0 for as fast as it goes."
              + " Default: ${DEFAULT-VALUE}.")
  private long pauseMillis;

  @Option(
      names = "--postgres",
      defaultValue = "18",
      description =
          "Major version of the embedded PostgreSQL: 17 or 18. Default: ${DEFAULT-VALUE}.")
  private int postgres;

  @Option(names = "--keep", description = "Leave everything running until Ctrl-C.")
  private boolean keep;

  @Spec private CommandSpec command;

  @Override
  public Integer call() throws Exception {
    require(seconds >= 1, "--seconds must be at least 1");
    require(sessions >= 1 && sessions <= 50, "--sessions must be from 1 to 50");
    require(accounts >= 3 && accounts <= 1_000_000, "--accounts must be from 3 to 1000000");
    require(pauseMillis >= 0, "--pause-ms cannot be negative");
    require(postgres == 17 || postgres == 18, "--postgres must be 17 or 18");
    Demo.Settings settings =
        new Demo.Settings(seconds, sessions, accounts, pauseMillis, postgres, keep);
    return new Demo(settings, command.commandLine().getOut()).run() ? 0 : 1;
  }

  private void require(boolean condition, String message) {
    if (!condition) {
      throw new ParameterException(command.commandLine(), message);
    }
  }
}
