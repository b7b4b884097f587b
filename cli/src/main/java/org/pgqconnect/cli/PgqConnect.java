/*
 * Copyright pgq-connect contributors
 * SPDX-License-Identifier: Apache-2.0
 */
package org.pgqconnect.cli;

import java.io.PrintWriter;
import java.util.List;
import org.pgqconnect.cli.connectors.ConnectorsCommand;
import org.pgqconnect.cli.options.QueueOption;
import org.pgqconnect.cli.output.Failures;
import org.pgqconnect.cli.provider.ProviderCommand;
import org.pgqconnect.cli.status.StatusCommand;
import org.pgqconnect.cli.subscriber.SubscriberCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The {@code pgq-connect} command. */
@Command(
    name = "pgq-connect",
    description = "Replicates PostgreSQL tables through Kafka, batch by batch.",
    mixinStandardHelpOptions = true,
    versionProvider = ProjectVersion.class,
    footerHeading = "%nExamples:%n",
    footer = {
      "  See it work on this machine, for a minute:",
      "    pgq-connect demo",
      "  Replicate tables of a database:",
      "    pgq-connect provider install --config config/source.json",
      "    pgq-connect provider add --config config/source.json public.accounts",
      "    pgq-connect subscriber install --config config/sink.json",
      "    pgq-connect connectors deploy config/source.json config/sink.json",
      "    pgq-connect status --source config/source.json --sink config/sink.json",
      "",
      "Exit codes: 0 done; 1 done, but a check found something wrong; 2 wrong usage; 3 failed."
    })
public final class PgqConnect {
  static final int USAGE = 2;

  private PgqConnect() {}

  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  /**
   * Runs the command.
   *
   * @return the exit code
   */
  public static int run(String... arguments) {
    return commandLine().execute(arguments);
  }

  /**
   * Runs the command with other outputs than those of the process.
   *
   * @return the exit code
   */
  public static int run(PrintWriter out, PrintWriter err, String... arguments) {
    int exit = commandLine().setOut(out).setErr(err).execute(arguments);
    out.flush();
    err.flush();
    return exit;
  }

  static CommandLine commandLine() {
    return commandLine(new MissingDemo());
  }

  /**
   * The command, to be executed.
   *
   * @param demo the command {@code demo}: it brings servers, so it is a module of its own
   */
  public static CommandLine commandLine(Object demo) {
    CommandLine main = new CommandLine(new PgqConnect());
    List.of(
            demo,
            new ProviderCommand(),
            new SubscriberCommand(),
            new StatusCommand(),
            new ConnectorsCommand())
        .forEach(main::addSubcommand);
    return main.setCaseInsensitiveEnumValuesAllowed(true)
        .setUsageHelpAutoWidth(true)
        // A table may be called @accounts: no argument is a file of arguments.
        .setExpandAtFiles(false)
        .setExecutionExceptionHandler(
            (failure, command, parsed) -> {
              command
                  .getErr()
                  .println(
                      "pgq-connect: " + QueueOption.completed(command, Failures.describe(failure)));
              return Failures.EXIT_CODE;
            });
  }
}
