/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli;

import java.util.List;
import java.util.concurrent.Callable;
import org.pgqconnect.cli.output.Failures;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/** {@code pgq-connect demo} where the demo is not installed: reports where it runs. */
@Command(
    name = "demo",
    description = {
      "Shows it at work on this machine: a bank on a provider, two subscribers, Kafka and Connect.",
      "This installation does not include the demo, which brings servers of its own."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = "  pgq-connect demo     (from the source of pgq-connect, with a JDK and Maven)")
final class MissingDemo implements Callable<Integer> {
  /** The demo's own options, so that they are no wrong usage here. */
  @Unmatched private List<String> options;

  @Spec private CommandSpec command;

  @Override
  public Integer call() {
    command
        .commandLine()
        .getErr()
        .println(
            "pgq-connect: This installation does not include the demo, which brings PostgreSQL,"
                + " Kafka and Connect. Run it from the source of pgq-connect, with a JDK 17 or"
                + " newer and Maven: pgq-connect demo");
    return Failures.EXIT_CODE;
  }
}
